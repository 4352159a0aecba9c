import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { script, scriptIn } from "../../../infra/logto/script";
import { temporaryFolder } from "../../support/programs";

const problemsOf = (text: string) =>
  script("runIt")
    .safeParse(text)
    .error?.issues.map(({ message }) => message) ?? [];

test.each([
  "const runIt = async ({ event }) => event?.user ?? null;",
  "function runIt() {}",
  "async function runIt() { for await (const one of []) one; }",
  "const other = 1, runIt = () => other;",
  "runIt = () => 1",
  "/* a comment */ let runIt; runIt = () => 1;",
])("a script defines its function in any way that a script can: %s", (text) => {
  expect(problemsOf(text)).toEqual([]);
});

test.each([
  ["", "define the function runIt"],
  ["const runit = () => 1;", "define the function runIt"],
  ["{ const runIt = () => 1; }", "define the function runIt"],
  ["(() => { function runIt() {} })();", "define the function runIt"],
  ["// const runIt = () => 1;", "define the function runIt"],
  ["const runIt = async (", "Unexpected token (1:21)"],
  ["const runIt = (event: Event) => 1;", "not TypeScript"],
  ["import got from 'got'; const runIt = () => 1;", "no module"],
  ["const runIt = await fetch('https://a.example');", "(1:20)"],
])("a script that Logto could not run is refused with what is wrong: %s", (text, expected) => {
  expect(problemsOf(text)).toEqual([expect.stringContaining(expected)]);
});

test("a file holds a script, and a wrong one is named", () => {
  const folder = path.join(temporaryFolder(), "scripts");
  mkdirSync(folder);
  const file = path.join(folder, "claims.js");
  writeFileSync(file, "\u{FEFF}const runIt = 1;\r\n");
  expect(scriptIn(file)).toBe("const runIt = 1;\n");
  writeFileSync(file, "const = 1;");
  expect(() => scriptIn(file)).toThrow(
    `${file}: expected JavaScript, not TypeScript and no module`,
  );
  const missing = path.join(folder, "other.js");
  expect(() => scriptIn(missing)).toThrow(
    `${missing}: expected a file with a script, and could not read one (ENOENT)`,
  );
  expect(() => scriptIn(folder)).toThrow("(EISDIR)");
  rmSync(path.dirname(folder), { recursive: true });
});

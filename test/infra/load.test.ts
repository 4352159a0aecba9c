import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../support/programs";

const root = path.join(__dirname, "../..");

/** What a plain Node prints that loads this module by the hook and calls its `main`. */
function outputOf(...lines: string[]): string {
  return outputIn(projectWith(...lines));
}

function projectWith(...lines: string[]): string {
  const project = temporaryFolder();
  mkdirSync(path.join(project, "infra"));
  cpSync(path.join(root, "infra/load.cjs"), path.join(project, "infra/load.cjs"));
  symlinkSync(path.join(root, "node_modules"), path.join(project, "node_modules"));
  writeFileSync(path.join(project, "module.ts"), lines.join("\n"));
  return project;
}

function outputIn(project: string): string {
  const script = `
    try {
      console.log(String(require("./infra/load.cjs")("module").main()));
    } catch (error) {
      console.log(error.stack);
    }`;
  return spawnSync(process.execPath, ["-e", script], { cwd: project, encoding: "utf8" }).stdout;
}

test("the stack of an error leads to the lines of the TypeScript", () => {
  const output = outputOf(
    "interface Left {",
    "  out: string;",
    "}",
    "",
    "export function main(left?: Left) {",
    "  return left!.out;",
    "}",
  );
  expect(output).toMatch(/^TypeError: .*\n {4}at .*module\.ts:6:16/);
});

test("what does not compile is shown where it lies, without the stack of the compiler", () => {
  const output = outputOf("export const main = 1;", "const = 2;");
  expect(output).toContain("module.ts:2:1");
  expect(output).toMatch(/2 \| const = 2;/);
  expect(output).not.toMatch(/^ +at |Caused by|backtrace/m);
});

test("a package is loaded by the first line that uses it", () => {
  const use = 'import nothing from "there-is-no-such-package";';
  expect(
    outputOf(use, "export const main = () => 'begun';", "export const later = () => nothing;"),
  ).toBe("begun\n");
  expect(outputOf(use, "export const main = () => nothing;")).toMatch(/Cannot find module/);
});

test("what was compiled once is not compiled again, and what was changed since is", () => {
  const isCompiler =
    'Object.keys(require.cache).some((file) => file.endsWith("/@swc/core/index.js"))';
  const [one, two] = [randomUUID(), randomUUID()]; // what no run before has compiled
  const text = (word: string) => `export const main = () => \`${word} \${${isCompiler}}\`;`;
  const project = projectWith(text(one));
  const runs = [outputIn(project), outputIn(project)];
  writeFileSync(path.join(project, "module.ts"), text(two));
  expect([...runs, outputIn(project)]).toEqual([
    `${one} true\n`,
    `${one} false\n`,
    `${two} true\n`,
  ]);
});

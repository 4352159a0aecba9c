import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(__dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const listed = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" });
/** Not what tests expect, nor the changelog, which names what was there then. */
const documents = listed
  .trim()
  .split("\n")
  .filter((file) => !/^test\/|^CHANGELOG/.test(file) && existsSync(path.join(root, file)));

test.each(documents)("%s names only commands that there are", (file) => {
  const named = [...read(file).matchAll(/\bnpm run(?:\s+--silent)?\s+(\w[\w:-]*)/g)].map(
    ([, name = ""]) => name,
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test.each(documents)("%s names only test files that there are", (file) => {
  const named = [...read(file).matchAll(/\btest\/[\w/.-]+\.test\.ts\b/g)].map(([name]) => name);
  expect(named.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
});

test.each(documents)("every link of %s within the repository leads somewhere", (file) => {
  const links = [...read(file).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(
    ([, link = ""]) => link,
  );
  const dead = links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => !existsSync(path.resolve(root, path.dirname(file), link)));
  expect(dead).toEqual([]);
});

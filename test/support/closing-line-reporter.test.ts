import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./programs";

const root = path.join(__dirname, "../..");

/** Runs Jest on a project with these test files, and returns its exit code and the last line it printed. */
function runJest(files: Record<string, string>, env: NodeJS.ProcessEnv = {}, args: string[] = []) {
  const project = temporaryFolder();
  const reporter = path.join(root, "test/support/closing-line-reporter.cjs");
  const config = { rootDir: project, reporters: ["default", reporter], transform: {} };
  writeFileSync(path.join(project, "jest.config.json"), JSON.stringify(config));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(project, name), content);
  }
  const jestProgram = require.resolve("jest/bin/jest");
  const { status, stdout } = spawnSync(
    "/bin/sh",
    [
      "-c",
      'exec "$0" "$@" 2>&1',
      process.execPath,
      jestProgram,
      "--config",
      path.join(project, "jest.config.json"),
      "--no-cache",
      ...args,
    ],
    { cwd: project, encoding: "utf8", env: { PATH: process.env["PATH"], ...env } },
  );
  return { code: status, stdout, last: stdout.trimEnd().split("\n").at(-1) };
}

const passing = "test('works', () => {});";
const failing = "test('fails', () => { throw new Error(); });";
const skipped = "describe('later', () => { test.skip('one', () => {}); test.todo('other'); });";

test("a run that passes ends with how many tests passed", () => {
  expect(runJest({ "a.test.js": passing + passing.replace("works", "works too") })).toMatchObject({
    code: 0,
    last: "2 passed, 0 failed",
  });
});

test("a run with a failure ends with both numbers and a code that says so", () => {
  expect(runJest({ "a.test.js": passing + failing })).toMatchObject({
    code: 1,
    last: "1 passed, 1 failed",
  });
});

test("a file that cannot be run counts as a failure", () => {
  expect(runJest({ "a.test.js": passing, "b.test.js": "{" })).toMatchObject({
    code: 1,
    last: "1 passed, 1 failed",
  });
});

test("skipped tests are counted and are no failure at a desk", () => {
  expect(runJest({ "a.test.js": passing + skipped })).toMatchObject({
    code: 0,
    last: "1 passed, 0 failed, 2 skipped",
  });
});

test("with CI=true skipped tests are named and the run fails", () => {
  const run = runJest({ "a.test.js": passing + skipped }, { CI: "true" });
  expect(run).toMatchObject({ code: 1, last: "1 passed, 0 failed, 2 skipped" });
  expect(run.stdout).toContain("skipped, which CI=true refuses: later one\n");
  expect(run.stdout).toContain("skipped, which CI=true refuses: later other\n");
});

test("tests left out by -t are not skipped ones, with CI=true neither", () => {
  const run = runJest({ "a.test.js": passing + failing }, { CI: "true" }, ["-t", "works"]);
  expect(run).toMatchObject({ code: 0, last: "1 passed, 0 failed, 1 skipped" });
});

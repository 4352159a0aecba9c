import { execFile, type ExecFileException } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder, writeProgram } from "../support/programs";

const root = path.join(__dirname, "../..");
const lock =
  '{"packages":{"":{},"node_modules/a":{"version":"1.0.0"},"node_modules/other-platform":{"version":"2.0.0","optional":true}}}';
const installed = '{"packages":{"node_modules/a":{"version":"1.0.0"}}}';

/** A clone in which nothing is installed, with a command `greet` that is `body`, and an npm that installs. */
function clone(body = "console.log('hello', ...args); return 0;") {
  const project = temporaryFolder();
  const bin = path.join(project, "bin");
  const log = path.join(project, "npm.log");
  mkdirSync(path.join(project, "tools"));
  mkdirSync(path.join(project, "infra"));
  cpSync(path.join(root, "tools/start.cjs"), path.join(project, "tools/start.cjs"));
  writeFileSync(path.join(project, "package-lock.json"), lock);
  writeFileSync(
    path.join(project, "infra/load.cjs"),
    "module.exports = (name) => require('../' + name + '.cjs');",
  );
  writeFileSync(
    path.join(project, "tools/greet.cjs"),
    `exports.main = async (args) => { ${body} };`,
  );
  writeProgram(
    bin,
    "npm",
    `echo "$@" >> ${log}`,
    "echo noise of npm",
    "/bin/sleep 0.2",
    "/bin/mkdir node_modules || exit 1",
    `echo '${installed}' > node_modules/.package-lock.json`,
  );
  const start = (preload: string[] = []) =>
    run([...preload, path.join(project, "tools/start.cjs"), "greet", "you"], bin);
  const commands = () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []);
  return { project, bin, start, commands };
}

test("a fresh clone installs its packages without a word of npm's, then runs the command", async () => {
  const { start, commands } = clone();
  expect(await start()).toEqual({
    code: 0,
    stdout: "hello you\n",
    stderr: "Installing the npm packages (npm ci) …\n",
  });
  expect(commands()).toEqual(["ci --include=dev --no-audit --no-fund"]);
  expect(await start()).toEqual({ code: 0, stdout: "hello you\n", stderr: "" });
  expect(commands()).toHaveLength(1);
});

test("two starts at once install once", async () => {
  const { start, commands } = clone();
  const results = await Promise.all([start(), start(), start()]);
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(commands()).toHaveLength(1);
});

test("a lock whose holder was killed does not stop the next start", async () => {
  const { project, start } = clone();
  mkdirSync(path.join(project, ".logto-stack"));
  // Above the largest process id of Linux and macOS.
  writeFileSync(path.join(project, ".logto-stack/npm-ci.lock"), "99999999");
  expect(await start()).toMatchObject({ code: 0, stdout: "hello you\n" });
  expect(existsSync(path.join(project, ".logto-stack/npm-ci.lock"))).toBe(false);
});

test.each([
  ["another version", '{"packages":{"node_modules/a":{"version":"0.9.0"}}}'],
  ["a package missing", '{"packages":{}}'],
  ["a package too many", `${installed.slice(0, -2)},"node_modules/b":{"version":"1.0.0"}}}`],
])("an installation with %s is made anew", async (_, content) => {
  const { project, bin, start, commands } = clone();
  mkdirSync(path.join(project, "node_modules"));
  writeFileSync(path.join(project, "node_modules/.package-lock.json"), content);
  writeProgram(bin, "npm", `echo "$@" >> ${project}/npm.log`);
  expect(await start()).toMatchObject({ code: 0 });
  expect(commands()).toHaveLength(1);
});

test("packages that node_modules only links to are not touched", async () => {
  const { project, start, commands } = clone();
  const elsewhere = temporaryFolder();
  symlinkSync(elsewhere, path.join(project, "node_modules"));
  expect(await start()).toEqual({
    code: 1,
    stdout: "",
    stderr: `node_modules is a link to ${elsewhere}, which does not hold what package-lock.json says: run npm ci where it lies, or remove the link.\n`,
  });
  expect(commands()).toEqual([]);
});

test("where npm ci fails its output is shown and the command is not run", async () => {
  const { bin, start } = clone();
  writeProgram(bin, "npm", "echo no such package >&2", "exit 1");
  const { code, stdout, stderr } = await start();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("no such package\nnpm ci failed, its output is above");
});

test("the exit code of the command is passed on", async () => {
  expect(await clone("return 7;").start()).toMatchObject({ code: 7 });
});

test("what the user can put right is one line", async () => {
  const body = "throw Object.assign(new Error('Do this.'), { stack: 'Do this.' });";
  const { code, stderr } = await clone(body).start();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Installing.*\nDo this\.\n$/);
});

test("a fault of ours shows where it happened", async () => {
  const { code, stderr } = await clone("throw new Error('oops');").start();
  expect(code).toBe(1);
  expect(stderr).toMatch(/Error: oops\n +at .*greet\.cjs/);
});

test("a review that cannot start does not end as one that found changes", async () => {
  const { project, bin } = clone();
  writeProgram(bin, "npm", "exit 1");
  const start = path.join(project, "tools/start.cjs");
  expect(await run([start, "review"], bin)).toMatchObject({ code: 3, stdout: "" });
});

test("an old Node is refused before anything else, and says which one is needed", async () => {
  const { project, start, commands } = clone();
  const preload = path.join(project, "old-node.cjs");
  writeFileSync(
    preload,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });",
  );
  expect(await start(["--require", preload])).toEqual({
    code: 1,
    stdout: "",
    stderr: "Node 20.18.3 is too old: install Node 20.19 or later.\n",
  });
  expect(commands()).toEqual([]);
});

function run(args: string[], bin: string) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    execFile(process.execPath, args, { env: { PATH: bin } }, done);
  });
}

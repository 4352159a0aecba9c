import { execFile, type ExecFileException } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import lostFlags from "../../tools/start/lost-flags.cjs";
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
  mkdirSync(path.join(project, "tools/commands"), { recursive: true });
  mkdirSync(path.join(project, "infra"));
  for (const part of ["start.cjs", "start"]) {
    cpSync(path.join(root, "tools", part), path.join(project, "tools", part), { recursive: true });
  }
  writeFileSync(path.join(project, "package-lock.json"), lock);
  writeFileSync(
    path.join(project, "infra/load.cjs"),
    "module.exports = (name) => require('../' + name + '.cjs');",
  );
  writeFileSync(
    path.join(project, "tools/commands/greet.cjs"),
    `exports.main = async (args) => { ${body} };`,
  );
  writeProgram(
    bin,
    "npm",
    `echo "$@" >> ${log}`,
    "echo noise of npm",
    "/bin/sleep 0.2",
    "/bin/mkdir -p node_modules/a || exit 1",
    "echo '{}' > node_modules/a/package.json",
    `echo '${installed}' > node_modules/.package-lock.json`,
  );
  const start = (preload: string[] = []) =>
    run([...preload, path.join(project, "tools/start.cjs"), "greet", "you"], { PATH: bin });
  const commands = () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []);
  return { project, bin, start, commands };
}

test("a fresh clone installs its packages without a word of npm's, then runs the command", async () => {
  const { start, commands } = clone();
  expect(await start()).toEqual({
    code: 0,
    stdout: "hello you\n",
    stderr: "Installing the npm packages (npm ci), about half a minute …\n",
  });
  expect(commands()).toEqual(["ci --include=dev --no-audit --no-fund"]);
  expect(await start()).toEqual({ code: 0, stdout: "hello you\n", stderr: "" });
  expect(commands()).toHaveLength(1);
});

const withDevelopment = `${lock.slice(0, -2)},"node_modules/jest":{"version":"3.0.0","dev":true}}}`;

test("what was installed with --omit=dev is enough for a command that does without", async () => {
  const { project, start, commands } = clone();
  await start();
  writeFileSync(path.join(project, "package-lock.json"), withDevelopment);
  expect(await start()).toEqual({ code: 0, stdout: "hello you\n", stderr: "" });
  expect(commands()).toHaveLength(1);
});

test("what was installed with --omit=dev is completed for the tests", async () => {
  const { project, bin, start, commands } = clone();
  await start();
  writeFileSync(path.join(project, "package-lock.json"), withDevelopment);
  await run([path.join(project, "tools/start.cjs"), "test"], { PATH: bin });
  expect(commands()).toHaveLength(2);
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
])("an installation with %s is made again", async (_, content) => {
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
    stderr: `node_modules is a link to ${elsewhere}, which does not hold what package-lock.json says: run npm ci in the folder that it leads to, or remove the link.\n`,
  });
  expect(commands()).toEqual([]);
});

test("if npm ci fails its output is shown and the command is not run", async () => {
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
  expect(await run([start, "review"], { PATH: bin })).toMatchObject({ code: 3, stdout: "" });
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

test("a package whose folder was removed is installed again", async () => {
  const { project, start, commands } = clone();
  await start();
  rmSync(path.join(project, "node_modules/a"), { recursive: true });
  expect(await start()).toMatchObject({ code: 0, stdout: "hello you\n" });
  expect(commands()).toHaveLength(2);
});

test.each(["require('yaml')", "require('yaml/dist/parse.js')", "require('@scope/package')"])(
  "a package that lacks a part (%s) is told apart from a fault of ours and of the user's files",
  async (body) => {
    const { code, stderr } = await clone(body).start();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Installing.*\nThe npm packages are incomplete \(Cannot find module '.*'\): run npm ci, and this again\.\n$/,
    );
  },
);

test("a file of ours that is missing is a fault that shows where it happened", async () => {
  const { stderr } = await clone("require('./missing.cjs')").start();
  expect(stderr).toMatch(/Cannot find module '\.\/missing\.cjs'[^]*\n +at /);
});

test.each([
  ["review", { drift: "true" }, "npm run review -- local --drift", 2],
  ["review", { offline: "true", base: "main" }, "npm run review -- local --offline --base main", 2],
  ["up", { refresh: "true" }, "npm run up -- local --refresh", 1],
  ["up", { r: "true" }, "npm run up -- local -r", 1],
  ["pulumi", { target: "urn", show_secrets: "true" }, "-- local --show-secrets --target urn", 1],
  ["pulumi", { stack: "true", diff: "true" }, "npm run pulumi -- --diff --stack local", 1],
  ["restore", { discard: "true" }, "npm run restore -- local --discard", 1],
] as const)(
  "npm run %s refuses flags that npm has taken for itself (%j)",
  async (command, given, way, code) => {
    const { project, bin, commands } = clone();
    const env = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [`npm_config_${name}`, value]),
    );
    const start = path.join(project, "tools/start.cjs");
    const ended = await run([start, command, "local"], { PATH: bin, ...env });
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain("for itself, and this command would run without");
    expect(ended.stderr).toContain(way);
    // Before anything is installed.
    expect(commands()).toEqual([]);
  },
);

test("what npm itself hands to every script is no lost flag", async () => {
  const { project, bin } = clone();
  const env = { npm_config_yes: "", npm_config_user_agent: "npm/11", npm_config_drift: "false" };
  const start = path.join(project, "tools/start.cjs");
  const ended = await run([start, "greet", "you"], { PATH: bin, ...env });
  expect(ended).toMatchObject({ code: 0, stdout: "hello you\n" });
});

test.each([["message=release %s"], [' message = "release %s" '], ["json\nmessage=release %s"]])(
  "what npm's own configuration says (%j) is no lost flag, though scripts get it likewise",
  (content) => {
    const file = path.join(temporaryFolder(), "npmrc");
    writeFileSync(file, `${content}\n`);
    const env = { npm_config_userconfig: file, npm_config_message: "release %s" };
    expect(lostFlags("up", [], env)).toBeUndefined();
    expect(lostFlags("up", [], { ...env, npm_config_message: "mine" })).toContain("--message mine");
  },
);

test("what the environment says of other databases, and of folders that are none, reaches no command", async () => {
  const { project, bin } = clone("console.log(JSON.stringify(process.env)); return 0;");
  const misleading = { PGHOST: "a", PGSSLMODE: "require", PGCONNECT_TIMEOUT: "1", HOME: "" };
  const kept = { PGP_KEY: "k", XDG_DATA_HOME: "relative" };
  const start = path.join(project, "tools/start.cjs");
  const { stdout } = await run([start, "greet"], {
    PATH: bin,
    XDG_CACHE_HOME: "relative",
    ...misleading,
    ...kept,
  });
  const env = JSON.parse(stdout) as Record<string, string>;
  expect(env).toMatchObject(kept);
  for (const name of [...Object.keys(misleading), "XDG_CACHE_HOME"]) {
    expect(env).not.toHaveProperty(name);
  }
});

test("each flag of our own commands is among those that npm may take", () => {
  for (const command of ["review", "review-step", "restore", "bench"]) {
    const source = readFileSync(path.join(root, "tools/commands", `${command}.ts`), "utf8");
    const [, usage = ""] = /`npm run [a-z-]+ -- (.*?)`:/s.exec(source) ?? [];
    const own = [...usage.matchAll(/--([a-z]+)/g)].map(([, flag = ""]) => flag);
    expect(own.length).toBeGreaterThan(0);
    for (const flag of own.filter((name) => name !== "yes")) {
      expect(lostFlags(command, [], { [`npm_config_${flag}`]: "true" })).toContain(`--${flag}`);
    }
  }
});

test("what a first run would lack later is said before anything is installed", async () => {
  const { project, bin, commands } = clone();
  const start = path.join(project, "tools/start.cjs");
  // A machine without Go and Pulumi, whose names lead nowhere.
  const offline = path.join(project, "offline.cjs");
  writeFileSync(
    offline,
    "require('node:dns').lookup = (name, options, done) => done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));",
  );
  const env = { PATH: bin, LOGTO_STACK_CACHE: path.join(project, "cache") };
  expect(await run(["--require", offline, start, "up"], env)).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "There is no Pulumi engine on PATH, the vendor's downloads are out of reach and there is no Go to build one with: install Pulumi (https://www.pulumi.com/docs/install/) or Go 1.23 or later, and run this again.\n",
  });
  expect(commands()).toEqual([]);
});

test("a disk without room is named before anything is installed", async () => {
  const { project, start, commands } = clone();
  const full = path.join(project, "full.cjs");
  writeFileSync(full, "require('fs').statfsSync = () => ({ bavail: 100, bsize: 1e6 });");
  const { code, stderr } = await start(["--require", full]);
  expect([code, stderr]).toEqual([
    1,
    `${project} has 100 MB free and 1000 are needed: make room, and run this again.\n`,
  ]);
  expect(commands()).toEqual([]);
});

test.each([
  ["EROFS", "its file system is read-only"],
  ["EACCES", "this user may not"],
  ["ENOSPC", "the disk is full"],
])("a file that cannot be written (%s) is one line, with what to do", async (code, reason) => {
  const error = `Object.assign(new Error("${code}: mkdir"), { code: "${code}", syscall: "mkdir", path: "/clone/.logto-stack" })`;
  const { stderr } = await clone(`throw ${error};`).start();
  expect(stderr).toMatch(/^Installing.*\n\/clone\/.logto-stack cannot be used \(mkdir\), .*\n$/);
  expect(stderr).toContain(reason);
});

function run(args: string[], env: Record<string, string>) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    execFile(process.execPath, args, { env }, done);
  });
}

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { selectedStack } from "../../tools/pulumi";
import { ensureSecrets } from "../../tools/secrets";
import { ensureStack, placeOf } from "../../tools/stack";
import { prepareTools } from "../../tools/tools";
import { temporaryFolder } from "../support/programs";

/** What the tools rely on in the engine that `npm test` set up; no program is run. */
async function clone() {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.yaml"), "name: logto-stack\nruntime: nodejs\n");
  writeFileSync(
    path.join(project, "Pulumi.local.yaml"),
    "# kept\nconfig:\n  logto-stack:runtime: embedded\n",
  );
  const prepared = await prepareTools({
    project: path.join(__dirname, "../.."),
    env: process.env,
    isThorough: false,
  });
  const env = {
    PULUMI_HOME: temporaryFolder(),
    PWD: project,
    ...placeOf(project, "local", {}).env,
  };
  const run = (...args: string[]) =>
    execFileSync(path.join(prepared.engine.bin, "pulumi"), args, {
      cwd: project,
      env: { ...prepared.env, ...env },
      encoding: "utf8",
    });
  const tools = prepared.with(env);
  const inProject = (args: string[], input?: string) =>
    tools.pulumi(["--cwd", project, ...args], input);
  return { project, run, tools: { ...tools, pulumi: inProject } };
}

test("a stack is made once, is not selected, and its file keeps its comments", async () => {
  const { project, tools, run } = await clone();
  await ensureStack(tools, "local");
  await ensureStack(tools, "local");
  expect(run("stack", "ls", "--json")).toContain('"name": "local"');
  expect(selectedStack(project, tools.env)).toBeUndefined();
  expect(readFileSync(path.join(project, "Pulumi.local.yaml"), "utf8")).toMatch(/^# kept\n/);
});

test("the stack that was selected is found in the engine's own note of it", async () => {
  const { project, tools, run } = await clone();
  run("stack", "init", "dev", "--non-interactive");
  expect(selectedStack(project, tools.env)).toMatch(/(^|\/)dev$/);
});

test("secrets are stored encrypted and can be read back", async () => {
  const { project, tools, run } = await clone();
  await ensureStack(tools, "local");
  await ensureSecrets(tools, project, "local", undefined);
  const secret = run("config", "get", "logto:clientSecret", "--stack", "local").trimEnd();
  expect(secret).toMatch(/^[A-Za-z0-9]{32}$/);
  const file = readFileSync(path.join(project, "Pulumi.local.yaml"), "utf8");
  expect(file).not.toContain(secret);
  expect(file.match(/secure: v1:/g)).toHaveLength(3);
});

test.each(["refresh", "destroy"])("%s runs the program without being told to", async (command) => {
  const { run } = await clone();
  expect(run(command, "--help")).toMatch(/--run-program .*\(default true\)/);
});

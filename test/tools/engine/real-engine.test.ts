import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { backendIn } from "../../../tools/stack/backend";
import { selectedStack } from "../../../tools/stack/choice";
import { ensureSecrets } from "../../../tools/stack/secrets";
import { ensureStack, placeOf } from "../../../tools/stack/place";
import { hasState } from "../../../tools/stack/state-file";
import { prepareTools } from "../../../tools/engine/tools";
import { temporaryFolder } from "../../support/programs";
import { startVault } from "../../support/vault";

/** What the tools rely on in the engine that `npm test` set up; no program is run. */
async function clone(given: Record<string, string> = {}, head = "# kept\n") {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.yaml"), "name: logto-stack\nruntime: nodejs\n");
  writeFileSync(
    path.join(project, "Pulumi.local.yaml"),
    `${head}config:\n  logto-stack:runtime: embedded\n`,
  );
  const prepared = await prepareTools({
    project: path.join(__dirname, "../../.."),
    env: process.env,
    isThorough: false,
  });
  const env = {
    PULUMI_HOME: temporaryFolder(),
    PWD: project,
    ...given,
    ...placeOf(project, "local", given).env,
  };
  const run = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(path.join(prepared.engine.bin, "pulumi"), args, {
      cwd: project,
      env: { ...prepared.env, ...env },
    });
    return stdout;
  };
  const tools = prepared.with(env);
  const inProject = (args: string[], input?: string) =>
    tools.pulumi(["--cwd", project, ...args], input);
  return { project, run, tools: { ...tools, pulumi: inProject } };
}

test("a stack is made once, is not selected, and its file keeps its comments", async () => {
  const { project, tools, run } = await clone();
  const place = placeOf(project, "local", {});
  expect(hasState(place, "local")).toBe(false);
  await ensureStack(tools, project, "local");
  expect(hasState(place, "local")).toBe(true);
  await ensureStack(tools, project, "local");
  expect(await run("stack", "ls", "--json")).toContain('"name": "local"');
  expect(selectedStack(project, String(tools.env["PULUMI_HOME"]))).toBeUndefined();
  expect(readFileSync(path.join(project, "Pulumi.local.yaml"), "utf8")).toMatch(/^# kept\n/);
});

test("the stack that was selected is found in the engine's own note of it", async () => {
  const { project, tools, run } = await clone();
  await run("stack", "init", "dev", "--non-interactive");
  expect(selectedStack(project, String(tools.env["PULUMI_HOME"]))).toMatch(/(^|\/)dev$/);
});

test("secrets are stored encrypted and can be read back", async () => {
  const { project, tools, run } = await clone();
  await ensureStack(tools, project, "local");
  await ensureSecrets(tools, project, "local", undefined);
  const stored = await run("config", "get", "logto:clientSecret", "--stack", "local");
  const secret = stored.trimEnd();
  expect(secret).toMatch(/^[A-Za-z0-9]{32}$/);
  const file = readFileSync(path.join(project, "Pulumi.local.yaml"), "utf8");
  expect(file).not.toContain(secret);
  expect(file.match(/secure: v1:/g)).toHaveLength(3);
});

test.each(["refresh", "destroy"])("%s runs the program without being told to", async (command) => {
  const { run } = await clone();
  expect(await run(command, "--help")).toMatch(/--run-program .*\(default true\)/);
});

test("a team's back end and key service need no passphrase, and none is made up", async () => {
  const vault = await startVault();
  const given = {
    ...vault.env,
    PULUMI_BACKEND_URL: backendIn(temporaryFolder()),
    // As a workflow sets the secrets that there are not.
    PULUMI_ACCESS_TOKEN: "",
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  try {
    const { project, tools, run } = await clone(
      given,
      "secretsprovider: hashivault://logto-stack\n",
    );
    await ensureStack(tools, project, "local");
    await ensureSecrets(tools, project, "local", undefined);
    const stored = await run("config", "get", "logto:clientSecret", "--stack", "local");
    const secret = stored.trimEnd();
    expect(secret).toMatch(/^[A-Za-z0-9]{32}$/);
    const file = readFileSync(path.join(project, "Pulumi.local.yaml"), "utf8");
    expect(file).toMatch(/^encryptedkey: /m);
    expect(file).not.toContain("encryptionsalt");
    expect(file).not.toContain(secret);
    expect(vault.requests).toContain("PUT /v1/transit/decrypt/logto-stack");
    expect(existsSync(path.join(project, ".logto-stack"))).toBe(false);
  } finally {
    await vault.close();
  }
});

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { commandLineOf } from "../../../../infra/server/processes/background-process";
import { freePort } from "../../../support/free-port";
import { evaluateProvider } from "../../../support/provider";

interface State {
  directory: string;
  endpoint: string;
  adminEndpoint?: string;
  databaseUrl: string;
  mailServer?: { port: number; certificate: string };
  program: string;
  startLimit: number;
}

const provider = evaluateProvider<State, State>("logto-server:Sandbox");
const password = `canary${randomBytes(6).toString("hex")}`;
const databaseUrl = `postgres://logto:${password}@127.0.0.1:5432/logto`;

let inputs: State;

jest.setTimeout(30_000);

beforeEach(async () => {
  inputs = await checked({
    directory: `.logto-stack/test-${randomBytes(6).toString("hex")}/sandbox`,
    endpoint: `http://localhost:${await freePort()}`,
    databaseUrl,
    program: "test/infra/server/embedded/sandbox-stand-in.cjs",
  });
});

afterEach(async () => {
  await provider.delete("", inputs);
  rmSync(path.dirname(inputs.directory), { recursive: true, force: true });
});

async function checked(news: object): Promise<State> {
  const { inputs: values, failures } = await provider.check({}, news);
  expect(failures).toBeUndefined();
  return values as State;
}

const pid = () =>
  (JSON.parse(readFileSync(`${inputs.directory}/sandbox.pid`, "utf8")) as { pid: number }).pid;
const state = () => provider.diff("", inputs, inputs).then(({ changes }) => changes);
const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

async function kill(): Promise<void> {
  const victim = pid();
  process.kill(victim, "SIGKILL");
  while (commandLineOf(victim) !== undefined) await delay(10);
}

test("it runs on by itself and nothing has changed then", async () => {
  const { id, outs } = await provider.create(inputs);
  expect(id).toBe(inputs.directory);
  expect(outs).toEqual(inputs);
  expect(await state()).toBe(false);
  // A session of its own: what ends the engine and its children does not end it.
  expect(execFileSync("ps", ["-o", "sid=", "-p", String(pid())], { encoding: "utf8" }).trim()).toBe(
    String(pid()),
  );
});

test("a killed process is a change and the next update starts it again", async () => {
  await provider.create(inputs);
  await kill();
  expect(await state()).toBe(true);
  await provider.update("", inputs, inputs);
  expect(await state()).toBe(false);
});

test("one that runs but is not well is a change and is started again", async () => {
  await provider.create(inputs);
  const before = pid();
  process.kill(before, "SIGSTOP");
  expect(await state()).toBe(true);
  process.kill(before, "SIGCONT");
  const sick = { ...inputs, databaseUrl: `${databaseUrl}?behaviour=sick`, startLimit: 1 };
  expect(await messageOf(provider.update("", inputs, sick))).toMatch(
    /^The sandbox did not answer http:\/\/localhost:\d+\/api\/status within 1 s: listening \(see \.logto-stack\/test-\w+\/sandbox\/sandbox\.log\)$/,
  );
  expect(commandLineOf(before)).toBeUndefined();
});

test("a create after one that was interrupted takes over what it started", async () => {
  await provider.create(inputs);
  const before = pid();
  await provider.create(inputs);
  expect(pid()).toBe(before);
});

test("a changed setting restarts it", async () => {
  await provider.create(inputs);
  const before = pid();
  const news = { ...inputs, adminEndpoint: "http://localhost:3002" };
  expect(await provider.diff("", inputs, news)).toMatchObject({ changes: true, replaces: [] });
  await provider.update("", inputs, news);
  expect(pid()).not.toBe(before);
  expect(commandLineOf(before)).toBeUndefined();
  expect(JSON.parse(readFileSync(`${inputs.directory}/config.json`, "utf8"))).toEqual({
    databaseUrl,
    endpoint: inputs.endpoint,
    adminEndpoint: "http://localhost:3002",
  });
});

test.each([
  ["port", { port: 3005, certificate: "one" }],
  ["certificate", { port: 3004, certificate: "another" }],
])("another %s of the mail server restarts it", async (_what, moved) => {
  inputs = await checked({ ...inputs, mailServer: { port: 3004, certificate: "one" } });
  await provider.create(inputs);
  const before = pid();
  const news = await checked({ ...inputs, mailServer: moved });
  expect(await provider.diff("", inputs, news)).toMatchObject({ changes: true, replaces: [] });
  await provider.update("", inputs, news);
  expect(commandLineOf(before)).toBeUndefined();
  expect(JSON.parse(readFileSync(`${inputs.directory}/config.json`, "utf8"))).toMatchObject({
    mailServer: moved,
  });
});

test("a pid file that names another program is neither trusted nor is that program ended", async () => {
  await provider.create(inputs);
  const record = JSON.parse(readFileSync(`${inputs.directory}/sandbox.pid`, "utf8")) as object;
  await kill();
  const other = spawn("sleep", ["60"]);
  const file = `${inputs.directory}/sandbox.pid`;
  writeFileSync(file, JSON.stringify({ ...record, pid: other.pid }));
  expect(await state()).toBe(true);
  await provider.update("", inputs, inputs);
  expect(await state()).toBe(false);
  expect(pid()).not.toBe(other.pid);
  expect(other.exitCode).toBeNull();
  writeFileSync(file, JSON.stringify({ ...record, pid: other.pid }));
  const started = processListening();
  await provider.delete("", inputs);
  expect(other.exitCode).toBeNull();
  other.kill();
  process.kill(started, "SIGKILL");
});

function processListening(): number {
  const list = execFileSync("ps", ["-ww", "-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  const line = list.find((one) => one.includes(`${inputs.directory}/config.json`)) ?? "";
  return Number.parseInt(line, 10);
}

test.each(["127.0.0.1", "::1", "::"])(
  "a port that another program has on %s is named with the key that changes it",
  async (host) => {
    const port = Number(new URL(inputs.endpoint).port);
    const other = http.createServer((_request, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => other.listen(port, host, resolve));
    expect(await messageOf(provider.create(inputs))).toBe(
      `The sandbox cannot use port ${port}, another program does: end that program, or name another port in logto:endpoint.`,
    );
    await new Promise((resolve) => other.close(resolve));
  },
);

test("one that ends at its start is told with its last log line, without the password", async () => {
  const crashing = { ...inputs, databaseUrl: `${databaseUrl}?behaviour=crash` };
  const message = await messageOf(provider.create(crashing));
  expect(message).toMatch(
    /^The sandbox ended right after its start: Error: cannot reach \[secret\] \(see .*sandbox\.log\)$/,
  );
});

test("no password is in the process list, in its environment, or in a file that others can read", async () => {
  process.env["PULUMI_CONFIG_PASSPHRASE"] = "canary-passphrase";
  await provider.create(inputs);
  delete process.env["PULUMI_CONFIG_PASSPHRASE"];
  expect(execFileSync("ps", ["-ww", "-eo", "args="], { encoding: "utf8" })).not.toContain(password);
  expect(readFileSync(`/proc/${pid()}/environ`, "utf8")).not.toContain("canary");
  expect(statSync(inputs.directory).mode & 0o777).toBe(0o700);
  const holding = readdirSync(inputs.directory).filter((name) => {
    expect(statSync(`${inputs.directory}/${name}`).mode & 0o777).toBe(0o600);
    return readFileSync(`${inputs.directory}/${name}`, "utf8").includes(password);
  });
  expect(holding).toEqual(["config.json"]);
});

test("deleting ends it and removes its folder, also a second time", async () => {
  await provider.create(inputs);
  const port = Number(new URL(inputs.endpoint).port);
  await provider.delete("", inputs);
  await provider.delete("", inputs);
  expect(existsSync(inputs.directory)).toBe(false);
  expect(await isListening(port)).toBe(false);
});

test("one that does not heed the request to end is ended by force", async () => {
  const stubborn = { ...inputs, databaseUrl: `${databaseUrl}?behaviour=stubborn` };
  await provider.create(stubborn);
  const victim = pid();
  await provider.delete("", stubborn);
  expect(commandLineOf(victim)).toBeUndefined();
});

test("a folder that is gone is reported as gone", async () => {
  await provider.create(inputs);
  expect(await provider.read("x", inputs)).toEqual({ id: "x", props: inputs, inputs });
  await provider.delete("", inputs);
  expect(await provider.read("x", inputs)).toEqual({ id: "" });
});

test("wrong inputs are refused by name, all at once", async () => {
  const { failures } = await provider.check(
    {},
    {
      directory: "../elsewhere",
      endpoint: "https://auth.example",
      adminEndpoint: "http://localhost:3002/console",
      databaseUrl,
    },
  );
  expect(failures?.map(({ reason }) => reason.split(": ")[0])).toEqual([
    "directory",
    "endpoint",
    "adminEndpoint",
  ]);
});

test("a database address that is not known yet passes and is a change", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const news = await checked({ ...inputs, databaseUrl: unknown });
  expect(news.databaseUrl).toBe(unknown);
  expect((await provider.diff("", inputs, news)).changes).toBe(true);
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
  });
}

test("the program of a folder is not ended from a copy of it", async () => {
  await provider.create(inputs);
  const copy = `${path.dirname(inputs.directory)}/copy`;
  cpSync(inputs.directory, copy, { recursive: true });
  await provider.delete("", { ...inputs, directory: copy });
  expect(commandLineOf(pid())).toContain("sandbox-stand-in.cjs");
});

test("a program whose folder was removed while it ran gives way to the next one", async () => {
  await provider.create(inputs);
  const orphan = pid();
  rmSync(inputs.directory, { recursive: true });
  await provider.create(inputs);
  expect(commandLineOf(orphan)).toBeUndefined();
  expect(pid()).not.toBe(orphan);
  expect(await state()).toBe(false);
});

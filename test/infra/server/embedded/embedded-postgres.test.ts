import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { commandLineOf } from "../../../../infra/server/processes/background-process";
import {
  reachableDirectory,
  unprivilegedUser,
} from "../../../../infra/server/processes/unprivileged";
import { freePort } from "../../../support/free-port";
import { evaluateProvider } from "../../../support/provider";

interface State {
  directory: string;
  port: number;
  superuserPassword: string;
}

const provider = evaluateProvider<State, State>("logto-server:EmbeddedPostgres");
const password = `canary${randomBytes(8).toString("hex")}`;
let inputs: State;

beforeAll(async () => {
  const directory = `.logto-stack/test-${randomBytes(6).toString("hex")}/postgres`;
  inputs = await checked({ directory, superuserPassword: password });
  process.env["PULUMI_CONFIG_PASSPHRASE"] = "canary-passphrase";
  await provider.create(inputs);
  delete process.env["PULUMI_CONFIG_PASSPHRASE"];
}, 60_000);

jest.setTimeout(30_000);

afterAll(async () => {
  await provider.delete("", inputs);
  rmSync(path.dirname(inputs.directory), { recursive: true, force: true });
});

async function checked(news: object, olds: Partial<State> = {}): Promise<State> {
  const { inputs: values, failures } = await provider.check(olds, news);
  expect(failures).toBeUndefined();
  return values as State;
}

const home = () => reachableDirectory(path.resolve(inputs.directory), unprivilegedUser());
const pidFile = () => path.join(home(), "data", "postmaster.pid");
const pid = () => Number.parseInt(readFileSync(pidFile(), "utf8"), 10);
const isChanged = () => provider.diff("", inputs, inputs).then(({ changes }) => changes);
const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

async function query(text: string, from: State = inputs): Promise<unknown[]> {
  const client = new Client({
    host: "127.0.0.1",
    port: from.port,
    user: "postgres",
    password: from.superuserPassword,
    database: "postgres",
  });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
}

async function crash(): Promise<void> {
  const victim = pid();
  process.kill(victim, "SIGKILL");
  // The process that has become its parent may leave it behind as a zombie.
  while (commandLineOf(victim) !== undefined) await delay(10);
}

test("it runs, and nothing has changed then", async () => {
  expect(await isChanged()).toBe(false);
  expect(await query("show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
  expect(await provider.read("x", inputs)).toEqual({ id: "x", props: inputs, inputs });
});

test("no password is in the process list or in its environment", () => {
  expect(execFileSync("ps", ["-ww", "-eo", "args="], { encoding: "utf8" })).not.toContain(password);
  expect(readFileSync(`/proc/${pid()}/environ`, "utf8")).not.toContain("canary");
  expect(readFileSync(path.join(home(), "postgres.log"), "utf8")).not.toContain(password);
});

test("a preview names the port that is then taken, and it is kept", async () => {
  const directory = ".logto-stack/never-made/postgres";
  const first = await checked({ directory, superuserPassword: password });
  expect(await checked({ directory, superuserPassword: password })).toEqual(first);
  expect(await checked({ directory, superuserPassword: password }, { port: 23456 })).toMatchObject({
    port: 23456,
  });
});

test("after a crash or a reboot it has changed, and the update starts it with its data", async () => {
  await query("create table kept (id int)");
  await crash();
  expect(await isChanged()).toBe(true);
  await provider.update("", inputs, inputs);
  expect(await isChanged()).toBe(false);
  expect(await query("select * from kept")).toEqual([]);
});

test("a pid file that names another program is neither trusted nor is that program ended", async () => {
  await crash();
  const user = unprivilegedUser();
  const other = spawn("sleep", ["60"], { ...user });
  const lines = readFileSync(pidFile(), "utf8").split("\n");
  writeFileSync(pidFile(), [String(other.pid), ...lines.slice(1)].join("\n"));
  expect(await isChanged()).toBe(true);
  await provider.update("", inputs, inputs);
  expect(await isChanged()).toBe(false);
  expect(other.exitCode).toBeNull();
  other.kill();
});

test("a changed port restarts it with its data", async () => {
  await query("create table moved (id int)");
  const news = { ...inputs, port: await freePort() };
  expect(await provider.diff("", inputs, news)).toEqual({ changes: true, replaces: [] });
  await provider.update("", inputs, news);
  inputs = news;
  expect(await query("select * from moved")).toEqual([]);
});

test("a port that another program has is named with the key that changes it", async () => {
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as net.AddressInfo;
  expect(await messageOf(provider.update("", inputs, { ...inputs, port }))).toBe(
    `Postgres cannot use port ${port}, another program does: end that program, or name another port as postgresPort in logto-stack:embedded.`,
  );
  await new Promise((resolve) => other.close(resolve));
  await provider.update("", inputs, inputs);
});

test("a changed superuser password is set, also when it had been set already", async () => {
  const news = { ...inputs, superuserPassword: `${password}2` };
  await provider.update("", inputs, news);
  await provider.update("", inputs, news);
  expect(await query("select 1 as one", news)).toEqual([{ one: 1 }]);
  await provider.update("", news, inputs);
  expect(await query("select 1 as one")).toEqual([{ one: 1 }]);
});

test("the data of an earlier stack is not taken over and not lost", async () => {
  expect(await messageOf(provider.create({ ...inputs, superuserPassword: `${password}3` }))).toBe(
    `${inputs.directory} holds the data of an earlier stack, whose password is not known: remove that folder to start afresh, or move it back to its own stack's state.`,
  );
  const unknown = { ...inputs, superuserPassword: `${password}4` };
  expect(
    await messageOf(provider.update("", unknown, { ...inputs, superuserPassword: `${password}3` })),
  ).toMatch(/^\S+ holds the data of an earlier stack, whose password is not known: /);
  expect(await query("select * from kept")).toEqual([]);
});

test("a create after one that was interrupted takes over what it made", async () => {
  const before = pid();
  await provider.create(inputs);
  expect(pid()).toBe(before);
});

test("wrong inputs are refused by name, all at once", async () => {
  const news = { directory: "/data", port: 80, superuserPassword: "short" };
  const { failures } = await provider.check({}, news);
  expect(failures?.map(({ reason }) => reason)).toEqual([
    "directory: expected a folder below the project's root, such as .logto-stack/local/postgres",
    "port: expected a port, 1024 to 65535",
    "superuserPassword: expected at least 12 characters",
  ]);
});

test.each(["$HOME", "a`b", 'a"b', "a\\b"])(
  "a folder in a path that Postgres's starter would hand to a shell (%s) is refused before anything is made",
  async (name) => {
    const news = { directory: `.logto-stack/${name}/postgres`, superuserPassword: password };
    const { failures } = await provider.check({}, news);
    expect(failures?.map(({ reason }) => reason)).toEqual([
      'directory: lies in a folder whose path holds $, `, " or \\, which the starter of Postgres takes for its shell: move the clone to another folder',
    ]);
  },
);

test("deleting ends it and removes its data; what is gone then is said plainly", async () => {
  const victim = pid();
  await provider.delete("", inputs);
  await provider.delete("", inputs);
  expect(commandLineOf(victim)).toBeUndefined();
  expect(existsSync(home())).toBe(false);
  expect(await provider.read("x", inputs)).toEqual({ id: "" });
  expect(await messageOf(Promise.resolve().then(() => provider.diff("", inputs, inputs)))).toBe(
    `Postgres's data is gone from ${inputs.directory}, and Logto's with it: run npm run pulumi -- destroy, then npm run up to build it again.`,
  );
});

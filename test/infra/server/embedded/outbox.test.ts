import { execFileSync } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { commandLineOf } from "../../../../infra/server/processes/background-process";
import { freePort } from "../../../support/free-port";
import { evaluateProvider } from "../../../support/provider";

interface Inputs {
  directory: string;
  port: number;
  sendGridPort: number;
  apiKey: string;
  program: string;
  startLimit: number;
}

interface State extends Inputs {
  certificate: string;
}

const provider = evaluateProvider<Inputs, State>("logto-server:Outbox");
const apiKey = `canary${randomBytes(6).toString("hex")}`;

let inputs: Inputs;

jest.setTimeout(60_000);

beforeEach(async () => {
  inputs = await checked({
    directory: `.logto-stack/test-${randomBytes(6).toString("hex")}/outbox`,
    port: await freePort(),
    apiKey,
  });
});

afterEach(async () => {
  await provider.delete("", { ...inputs, certificate: "" });
  rmSync(path.dirname(inputs.directory), { recursive: true, force: true });
});

async function checked(news: object, olds: object = {}): Promise<Inputs> {
  const { inputs: values, failures } = await provider.check(olds, news);
  expect(failures).toBeUndefined();
  return values as Inputs;
}

const create = async () => (await provider.create(inputs)).outs;
const pid = () =>
  (JSON.parse(readFileSync(`${inputs.directory}/outbox.pid`, "utf8")) as { pid: number }).pid;
const isChanged = (state: State, wanted: Inputs = inputs) =>
  provider.diff("", state, wanted).then(({ changes }) => changes);
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

/** Sends a mail as the sandbox would; answers the status. */
function sendMail(state: State, key = state.apiKey): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: "127.0.0.1",
        port: state.sendGridPort,
        servername: "api.sendgrid.com",
        ca: [state.certificate],
        method: "POST",
        path: "/v3/mail/send",
        agent: false,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on("error", reject);
    request.end(
      JSON.stringify({
        personalizations: [{ to: [{ email: "ada@bookstore.example" }] }],
        from: { email: "no-reply@bookstore.example" },
        subject: "Kept",
        content: [{ type: "text/plain", value: "123456" }],
      }),
    );
  });
}

async function subjects(): Promise<string[]> {
  const response = await fetch(`http://localhost:${inputs.port}/mails`);
  return ((await response.json()) as { subject: string }[]).map(({ subject }) => subject);
}

test("it takes mail under its certificate, runs on by itself, and nothing has changed then", async () => {
  const state = await create();
  expect(await sendMail(state)).toBe(202);
  expect(await subjects()).toEqual(["Kept"]);
  expect(await isChanged(state)).toBe(false);
  // A session of its own: what ends the engine and its children does not end it.
  expect(execFileSync("ps", ["-o", "sid=", "-p", String(pid())], { encoding: "utf8" }).trim()).toBe(
    String(pid()),
  );
});

test("its certificate is for SendGrid's name and lasts for years", async () => {
  const { certificate } = await create();
  const { subjectAltName, validTo } = new X509Certificate(certificate);
  expect(subjectAltName).toBe("DNS:api.sendgrid.com");
  expect(new Date(validTo).getFullYear()).toBe(new Date().getFullYear() + 10);
});

test("the port where it takes mail is free at first and kept from then on", async () => {
  const state = await create();
  expect(state.sendGridPort).toBeGreaterThanOrEqual(20_000);
  const { directory, port } = inputs;
  const again = await checked({ directory, port, apiKey }, state);
  expect(again.sendGridPort).toBe(state.sendGridPort);
  const other = await checked({ directory, port, apiKey });
  expect(other.sendGridPort).not.toBe(state.sendGridPort);
});

test("another API key restarts it, and keeps the certificate, the port and the mails", async () => {
  const state = await create();
  expect(await sendMail(state)).toBe(202);
  const rotated = { ...inputs, apiKey: `${apiKey}2` };
  expect(await isChanged(state, rotated)).toBe(true);
  const { outs } = await provider.update("", state, rotated);
  expect(outs).toEqual({ ...state, apiKey: rotated.apiKey });
  expect(await subjects()).toEqual(["Kept"]);
  expect(await sendMail(outs)).toBe(202);
  expect(await sendMail(outs, apiKey)).toBe(401);
});

test("a killed one is a change, and the next update starts it again with its mails", async () => {
  const state = await create();
  await sendMail(state);
  await kill();
  expect(await isChanged(state)).toBe(true);
  const { outs } = await provider.update("", state, inputs);
  expect(outs).toEqual(state);
  expect(await isChanged(outs)).toBe(false);
  expect(await subjects()).toEqual(["Kept"]);
});

test("a create after one that was interrupted takes over what it started", async () => {
  const state = await create();
  const before = pid();
  expect(await create()).toEqual(state);
  expect(pid()).toBe(before);
});

test("a lost key pair is a change, and is made again", async () => {
  const state = await create();
  const file = `${inputs.directory}/config.json`;
  const { privateKey: _, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Record<
    string,
    unknown
  >;
  writeFileSync(file, JSON.stringify(rest));
  expect(await isChanged(state)).toBe(true);
  const { outs } = await provider.update("", state, inputs);
  expect(outs.certificate).not.toBe(state.certificate);
  expect(await sendMail(outs)).toBe(202);
});

test("a page's port that another program has is named with the key that changes it", async () => {
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(inputs.port, "127.0.0.1", resolve));
  expect(await messageOf(provider.create(inputs))).toBe(
    `The outbox cannot use port ${inputs.port}, another program does: end that program, or name another port in logto-stack:embedded.outboxPort.`,
  );
  await new Promise((resolve) => other.close(resolve));
});

test("one that ends at its start is told with its last log line, without the key", async () => {
  const script = path.join(path.dirname(inputs.directory), "leaks.cjs");
  mkdirSync(path.dirname(script), { recursive: true });
  writeFileSync(
    script,
    `const { apiKey } = require(process.argv[2]);
     console.error("Error: not accepted: " + apiKey);
     process.exit(1);`,
  );
  expect(await messageOf(provider.create({ ...inputs, program: script }))).toMatch(
    /^The outbox ended right after its start: Error: not accepted: \[secret\] \(see .*outbox\.log\)$/,
  );
});

test("the API key and the private key are in one file, which no one else can read, and nowhere else", async () => {
  process.env["PULUMI_CONFIG_PASSPHRASE"] = "canary-passphrase";
  const state = await create();
  delete process.env["PULUMI_CONFIG_PASSPHRASE"];
  await sendMail(state);
  expect(JSON.stringify(state)).not.toContain("PRIVATE KEY");
  expect(execFileSync("ps", ["-ww", "-eo", "args="], { encoding: "utf8" })).not.toContain(apiKey);
  expect(readFileSync(`/proc/${pid()}/environ`, "utf8")).not.toContain("canary");
  expect(statSync(inputs.directory).mode & 0o777).toBe(0o700);
  const holding = readdirSync(inputs.directory).filter((name) => {
    expect([name, statSync(`${inputs.directory}/${name}`).mode & 0o777]).toEqual([name, 0o600]);
    const text = readFileSync(`${inputs.directory}/${name}`, "utf8");
    return text.includes(apiKey) || text.includes("PRIVATE KEY");
  });
  expect(holding).toEqual(["config.json"]);
});

test("deleting ends it and removes its folder with the mails, also a second time", async () => {
  const state = await create();
  const victim = pid();
  await provider.delete("", state);
  await provider.delete("", state);
  expect(existsSync(inputs.directory)).toBe(false);
  expect(commandLineOf(victim)).toBeUndefined();
});

test("a folder that is gone is reported as gone", async () => {
  const state = await create();
  expect(await provider.read("x", state)).toEqual({ id: "x", props: state, inputs });
  await provider.delete("", state);
  expect(await provider.read("x", state)).toEqual({ id: "" });
});

test("wrong inputs are refused by name, all at once", async () => {
  const { failures } = await provider.check(
    {},
    { directory: "../elsewhere", port: 80, apiKey: "", startLimit: 0 },
  );
  expect(failures?.map(({ reason }) => reason.split(": ")[0])).toEqual([
    "directory",
    "port",
    "apiKey",
    "startLimit",
  ]);
});

test("an API key that is not known yet passes and is a change", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const state = await create();
  expect(await isChanged(state, await checked({ ...inputs, apiKey: unknown }))).toBe(true);
});

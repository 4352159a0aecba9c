import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { administer, createSeededDatabase, query } from "../support/database";
import { runSandbox, type Sandbox, send, startSandboxProcess } from "../support/sandbox";
import { apiKey, sendGrid } from "./connector-bodies";

// Before the program can say anything it has loaded all of the sandbox, and the machine may be busy.
jest.setTimeout(60_000);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-sandbox-process-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a sandbox that runs", () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandboxProcess();
  }, 60_000);

  afterAll(() => sandbox.stop());

  test("logs each request by method, path, status and time, in one line of JSON", async () => {
    await sandbox.request("GET", "/api/applications?search=canary");
    await sandbox.request("PATCH", "/api/sign-in-exp", { customCss: ".canary {}" });
    const lines = await linesOf(sandbox, 3);
    expect(lines.slice(-2)).toEqual([
      request("GET", "/api/applications", 200),
      request("PATCH", "/api/sign-in-exp", 200),
    ]);
    expect(sandbox.writes()).toEqual([request("PATCH", "/api/sign-in-exp", 200)]);
    expect(sandbox.log()[0]).toMatchObject({ level: "info" });
  });

  test("answers on the loopback address only", async () => {
    const outside = Object.values(os.networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal);
    if (outside === undefined) return;
    const url = `http://${outside.address}:${new URL(sandbox.endpoint).port}/api/status`;
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  test.each([
    ["evil.example", 421],
    ["localhost.evil.example", 421],
    ["127.0.0.1.evil.example", 421],
    ["localhost", 204],
    ["[::1]", 204],
    ["admin.localhost", 204],
  ])("answers who calls it %s with %i", async (name, status) => {
    const { port } = new URL(sandbox.endpoint);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { host: `${name}:${port}` };
      get({ host: "127.0.0.1", port, path: "/api/status", headers }, resolve).on("error", reject);
    });
    answer.resume();
    expect(answer.statusCode).toBe(status);
  });

  test("does not write secrets to its log, whether requests succeed or fail", async () => {
    const { clientSecret } = await sandbox.managementCredential();
    await sandbox.request("POST", "/api/connectors", { ...sendGrid, id: "twice" });
    await sandbox.request("POST", "/api/connectors", { ...sendGrid, id: "twice" });
    await send(`${sandbox.endpoint}/api/applications`, "GET", undefined, {
      authorization: "Bearer canary",
    });
    expect(sandbox.logText()).toContain('"status":500');
    const password = new URL(sandbox.databaseUrl).password;
    for (const secret of [clientSecret, apiKey, await sandbox.token(), "canary", password]) {
      if (secret) expect(sandbox.logText()).not.toContain(secret);
    }
  });

  test("stays up while Postgres is away, answers 500, and goes on when it is back", async () => {
    await sandbox.request("GET", "/api/applications");
    const database = new URL(sandbox.databaseUrl).pathname.slice(1);
    await setAway(database, true);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => sandbox.request("GET", "/api/applications")),
    );
    const failed = { status: 500, body: { message: "Internal server error." } };
    expect(answers).toMatchObject(Array(4).fill(failed));
    expect((await sandbox.request("GET", "/api/status")).status).toBe(204);
    const { clientId, clientSecret } = await sandbox.managementCredential();
    const token = await send(`${sandbox.endpoint}/oidc/token`, "POST", {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    });
    expect(token).toMatchObject(failed);
    await setAway(database, false);
    expect((await sandbox.request("GET", "/api/applications")).status).toBe(200);
  });

  test("survives a connection that breaks inside a transaction", async () => {
    const database = new URL(sandbox.databaseUrl).pathname.slice(1);
    // So that the transaction is still under way when its connection breaks.
    await sandbox.query(
      "create or replace function pause() returns trigger as 'begin perform pg_sleep(5); return new; end' language plpgsql",
    );
    await sandbox.query(
      "create trigger pause before insert on connectors for each row execute function pause()",
    );
    const answer = sandbox.request("POST", "/api/connectors", sendGrid);
    await until(async () => {
      const [row] = await administer(async (client) => {
        const { rows } = await client.query<{ ended: boolean }>(
          "select pg_terminate_backend(pid) as ended from pg_stat_activity where datname = $1 and wait_event = 'PgSleep'",
          [database],
        );
        return rows;
      });
      return row?.ended === true;
    });
    expect((await answer).status).toBe(500);
    await sandbox.query("drop trigger pause on connectors");
    expect((await sandbox.request("POST", "/api/connectors", sendGrid)).status).toBe(200);
  });
});

test("SIGTERM ends it in order", async () => {
  const sandbox = await startSandboxProcess();
  await sandbox.request("GET", "/api/applications");
  const started = Date.now();
  await sandbox.stop();
  expect(Date.now() - started).toBeLessThan(4_000);
  expect(sandbox.log().at(-1)).toMatchObject({ level: "info", message: "closed" });
}, 60_000);

describe("what it cannot start with is one line and exit code 1:", () => {
  test("a port that is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as AddressInfo;
    const databaseUrl = await createSeededDatabase();
    const { code, lines } = await start({ databaseUrl, endpoint: `http://localhost:${port}` });
    other.close();
    expect(code).toBe(1);
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]?.["message"]).toContain(`port ${port} is in use`);
  });

  test.each([
    ["no JSON", "{canary", "is not JSON"],
    ["a key that is missing", { endpoint: "http://localhost:1" }, "databaseUrl: Required"],
    [
      "an address that is none",
      { databaseUrl: "canary", endpoint: "http://localhost:1" },
      "databaseUrl: expected a URL",
    ],
    [
      "a database that is not there",
      { databaseUrl: "postgres://logto:canary@127.0.0.1:1/logto", endpoint: "http://localhost:1" },
      "ECONNREFUSED",
    ],
  ])("%s", async (_what, configuration, expected) => {
    const { code, lines } = await start(configuration);
    expect(code).toBe(1);
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]?.["message"]).toContain(expected);
    expect(JSON.stringify(lines)).not.toContain("canary");
  });

  test("a database that is not seeded", async () => {
    const url = new URL(await createSeededDatabase());
    await administer((client) => client.query(`create database empty_${process.pid}`));
    url.pathname = `/empty_${process.pid}`;
    const { code, lines } = await start({ databaseUrl: url.href, endpoint: "http://localhost:1" });
    expect(code).toBe(1);
    expect(lines.at(-1)?.["message"]).toContain("logto_configs");
  });

  test.each([
    [
      "a table without row-level security",
      "create table note (text text)",
      "row-level security is off for note: turn it on",
    ],
    [
      "the database of an older Logto",
      `update systems set value = '{"timestamp": 1786000000, "updatedAt": ""}' where key = 'alterationState'`,
      "of Logto's alterations: deploy them with npm run alteration deploy latest",
    ],
  ])("%s", async (_, statement, message) => {
    const databaseUrl = await createSeededDatabase();
    await query(databaseUrl, statement);
    const { code, lines } = await start({ databaseUrl, endpoint: "http://localhost:1" });
    expect(code).toBe(1);
    expect(lines.at(-1)?.["message"]).toContain(message);
  });

  test("no file", async () => {
    const { code, lines } = await start(undefined);
    expect(code).toBe(1);
    expect(lines.at(-1)?.["message"]).toContain("needs a configuration file");
  });
});

function request(method: string, requested: string, status: number): unknown {
  return {
    time: expect.any(String) as string,
    level: "info",
    method,
    path: requested,
    status,
    milliseconds: expect.any(Number) as number,
  };
}

/** A line is written when the answer is out, so a client can be faster. */
async function linesOf(sandbox: Sandbox, count: number): Promise<unknown[]> {
  const requests = () => sandbox.log().filter(({ method }) => method !== undefined);
  await until(() => Promise.resolve(requests().length >= count));
  return requests();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("It did not come to pass within 5 seconds.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function setAway(database: string, isAway: boolean): Promise<void> {
  await administer(async (client) => {
    await client.query(`alter database ${database} with allow_connections ${!isAway}`);
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
      [database],
    );
  });
}

async function start(
  configuration: unknown,
): Promise<{ code: number | null; lines: Record<string, unknown>[] }> {
  const file = path.join(folder, "config.json");
  if (configuration !== undefined) {
    const isText = typeof configuration === "string";
    writeFileSync(file, isText ? configuration : JSON.stringify(configuration));
  }
  const { child, output } = runSandbox(configuration === undefined ? undefined : file);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, lines: output.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test("a start forgets sign-ins that have been over for a day, and no others", async () => {
  const databaseUrl = await createSeededDatabase();
  const first = await startSandboxProcess({ databaseUrl });
  const rows = {
    long: "- interval '25 hours'",
    lately: "- interval '1 hour'",
    not: "+ interval '1 hour'",
  };
  for (const [id, offset] of Object.entries(rows)) {
    await first.query(
      `insert into oidc_model_instances (tenant_id, model_name, id, payload, expires_at)
       values ('default', 'Session', $1, '{}', now() ${offset})`,
      [id],
    );
  }
  await first.stop();
  const second = await startSandboxProcess({ databaseUrl });
  const left = await second.query("select id from oidc_model_instances order by id");
  await second.stop();
  expect(left).toEqual([{ id: "lately" }, { id: "not" }]);
});

import { randomBytes } from "node:crypto";
import { parseDatabaseUrl, type DatabaseAccess } from "../../../../infra/server/database/database";
import { administer, createSeededDatabase, templateRole } from "../../../support/database";
import { evaluateProvider } from "../../../support/provider";

interface State extends DatabaseAccess {
  databaseUrl: string;
}

const provider = evaluateProvider<DatabaseAccess, State>("logto-server:LogtoDatabase");

async function accessToSeeded(): Promise<DatabaseAccess> {
  return parseDatabaseUrl(await createSeededDatabase());
}

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

test("its address is made of its parts, and its id holds none of the secret ones", async () => {
  const access = await accessToSeeded();
  const { id, outs } = await provider.create(access);
  expect(id).toBe(access.database);
  expect(outs).toEqual({
    ...access,
    databaseUrl: `postgres://${templateRole}:${access.password}@127.0.0.1:${access.port}/${access.database}`,
  });
  expect(await provider.diff(id, outs, access)).toEqual({ changes: false, replaces: [] });
  expect(await provider.read(id, outs)).toEqual({ id, props: outs, inputs: access });
});

test("a changed port or password is an update, another database a replacement", async () => {
  const access = await accessToSeeded();
  const outs = { ...access, databaseUrl: "" };
  expect(await provider.diff("", outs, { ...access, port: 1 })).toEqual({
    changes: true,
    replaces: [],
  });
  expect((await provider.diff("", outs, { ...access, database: "other" })).replaces).toEqual([
    "database",
  ]);
});

test("a database that is gone or holds no schema is reported as gone", async () => {
  const access = await accessToSeeded();
  const state = { ...access, databaseUrl: "" };
  expect(await provider.read("x", { ...state, database: "never_made" })).toEqual({ id: "" });
  const empty = `empty_${randomBytes(6).toString("hex")}`;
  await administer((client) => client.query(`create database ${empty} owner ${templateRole}`));
  expect(await provider.read("x", { ...state, database: empty })).toEqual({ id: "" });
});

test("an unreachable database is one line without the password", async () => {
  const access = {
    host: "127.0.0.1",
    port: 1,
    database: "logto",
    user: "logto",
    password: "canary",
  };
  const message = await messageOf(provider.create(access));
  expect(message).toMatch(/^Logto's database was not seeded: .*ECONNREFUSED/);
  expect(message).not.toContain("canary");
  expect(message).not.toContain("\n");
  expect(await messageOf(provider.read("x", { ...access, databaseUrl: "" }))).toBe(
    "The database logto at 127.0.0.1:1 failed: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)",
  );
});

test("parts that are not known yet pass", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const news = {
    host: "127.0.0.1",
    port: unknown,
    database: unknown,
    user: unknown,
    password: unknown,
  };
  expect(await provider.check({}, news)).toEqual({ inputs: news });
});

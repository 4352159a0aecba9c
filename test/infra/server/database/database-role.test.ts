import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { administer, serverUrl } from "../../../support/database";
import { evaluateProvider, failuresOf } from "../../../support/provider";

interface State {
  databaseUrl: string;
  databaseUrlFingerprint: string;
  name: string;
  password: string;
  passwordFingerprint: string;
  createRole: boolean;
  login: boolean;
  memberOf: string[];
  connectionLimit: number;
}

const password = "canary-it's \\ pässword";
const rotated = "canary-another-password";
let name: string;
let tenant: string;
let inputs: State;

const provider = () =>
  evaluateProvider<State, State>("logto-server:DatabaseRole", {
    "logto:fingerprintKey": "fingerprintKeyOfTheTests",
  });

const declared = (changes: Partial<State> = {}) => ({
  databaseUrl: `${serverUrl()}/postgres`,
  name,
  password,
  createRole: true,
  ...changes,
});

const checked = async (changes: Partial<State> = {}) =>
  (await provider().check({}, declared(changes))).inputs as State;

beforeEach(async () => {
  name = `A "role" ${randomBytes(4).toString("hex")}`;
  tenant = `${name} tenant`;
  inputs = await checked();
});

const sql = <Row>(statement: string, values: unknown[] = []) =>
  administer(async (client) => (await client.query(statement, values)).rows as Row[]);

const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

/** Works as the role. */
async function asRole<Result>(
  secret: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { hostname, port } = new URL(serverUrl());
  const client = new Client({
    host: hostname,
    port: Number(port),
    user: name,
    password: secret,
    database: "postgres",
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const signsInWith = (secret: string) =>
  asRole(secret, () => Promise.resolve(true)).catch(
    (error: unknown) => (error as { code?: string }).code,
  );

/** As Logto does for each of its tenants. */
const makeTenantRoles = () =>
  asRole(password, async (client) => {
    await client.query(`create role ${quoted(tenant)} with noinherit`);
    await client.query(`create role ${quoted(`${tenant} default`)} with inherit login`);
    await client.query(`grant ${quoted(tenant)} to ${quoted(`${tenant} default`)}`);
  });

const memberships = () =>
  sql(
    `select pg_get_userbyid(roleid) as group, pg_get_userbyid(member) as member, admin_option, inherit_option, set_option
     from pg_auth_members where pg_get_userbyid(roleid) like $1 order by 1, 2`,
    [`${name}%`],
  );

test("a role is made as declared, reads back so, and can log in with its password", async () => {
  expect(await provider().create(inputs)).toEqual({ id: name, outs: inputs });
  expect(await provider().read(name, inputs)).toEqual({ id: name, inputs, props: inputs });
  expect((await provider().diff(name, inputs, inputs)).changes).toBe(false);
  expect([await signsInWith(password), await signsInWith("another")]).toEqual([true, "28P01"]);
});

test("the password of a role with Logto's tenant roles is rotated, and their memberships stay", async () => {
  await provider().create(inputs);
  await makeTenantRoles();
  const before = await memberships();
  // Else this Postgres would not be one in which the plugin fails.
  expect(before).toContainEqual(
    expect.objectContaining({ group: tenant, member: name, admin_option: true, set_option: false }),
  );
  expect((await provider().read(name, inputs)).inputs).toEqual(inputs);
  const wanted = await checked({ password: rotated });
  expect(wanted.passwordFingerprint).not.toBe(inputs.passwordFingerprint);
  await provider().update(name, inputs, wanted);
  expect([await signsInWith(password), await signsInWith(rotated)]).toEqual(["28P01", true]);
  expect(await memberships()).toEqual(before);
  expect((await provider().read(name, wanted)).inputs).toEqual(wanted);
});

test("a role that exists already is taken over with its tenant roles, whatever its password and attributes were", async () => {
  await provider().create(inputs);
  await makeTenantRoles();
  const before = await memberships();
  await sql(`alter role ${quoted(name)} nologin createdb password 'md5${"0".repeat(32)}'`);
  expect(await provider().create(inputs)).toEqual({ id: name, outs: inputs });
  expect((await provider().read(name, inputs)).inputs).toEqual(inputs);
  expect([await signsInWith(password), await memberships()]).toEqual([true, before]);
});

test.each<[string, string, Partial<Record<keyof State | "superuser" | "inherit", unknown>>]>([
  [
    "an attribute",
    "createdb superuser noinherit",
    { createDatabase: true, superuser: true, inherit: false } as never,
  ],
  ["its right to log in", "nologin", { login: false }],
  ["a limit of connections", "connection limit 3", { connectionLimit: 3 }],
  ["its password", "password 'by-hand-4711'", { passwordFingerprint: "none" }],
  ["no password", "password null", { passwordFingerprint: "none" }],
  ["a date", "valid until '2020-01-01'", { passwordFingerprint: "none" }],
])(
  "%s that was changed by hand is drift, which an up without a refresh sees too, and puts back",
  async (_, change, drift) => {
    await provider().create(inputs);
    await sql(`alter role ${quoted(name)} ${change}`);
    const { inputs: live } = await provider().read(name, inputs);
    expect(live).toEqual({ ...inputs, ...drift });
    expect((await provider().diff(name, inputs, inputs)).changes).toBe(true);
    await provider().update(name, live as State, inputs);
    expect((await provider().read(name, inputs)).inputs).toEqual(inputs);
    expect((await provider().diff(name, inputs, inputs)).changes).toBe(false);
    expect(await signsInWith(password)).toBe(true);
  },
);

test("a membership that was granted by hand is drift, and taken back; what Postgres itself needs of it stays", async () => {
  await provider().create(inputs);
  await makeTenantRoles();
  const before = await memberships();
  await sql(
    `grant pg_read_all_data, ${quoted(tenant)} to ${quoted(name)} with inherit true, set true`,
  );
  const { inputs: live } = await provider().read(name, inputs);
  expect(live?.memberOf).toEqual([tenant, "pg_read_all_data"].sort());
  await provider().update(name, live as State, inputs);
  expect((await provider().read(name, inputs)).inputs).toEqual(inputs);
  expect(await memberships()).toEqual(before);
});

test("a membership that is declared is granted, and taken back when it is declared no more", async () => {
  const member = await checked({ memberOf: ["pg_monitor", "pg_monitor"] });
  expect(member.memberOf).toEqual(["pg_monitor"]);
  await provider().create(member);
  expect((await provider().read(name, member)).inputs).toEqual(member);
  await provider().update(name, member, inputs);
  expect((await provider().read(name, inputs)).inputs).toEqual(inputs);
});

test("a role that is gone reads as gone, is missed by an up without a refresh, and its deletion is done", async () => {
  expect(await provider().read(name, inputs)).toEqual({ id: "" });
  expect((await provider().diff(name, inputs, inputs)).changes).toBe(true);
  await provider().delete(name, inputs);
});

test("a deleted role leaves its databases to the superuser", async () => {
  await provider().create(inputs);
  await makeTenantRoles();
  await sql(`create database ${quoted(name)} owner ${quoted(name)}`);
  await provider().delete(name, inputs);
  expect(await provider().read(name, inputs)).toEqual({ id: "" });
  expect(
    await sql("select pg_get_userbyid(datdba) as owner from pg_database where datname = $1", [
      name,
    ]),
  ).toEqual([{ owner: "postgres" }]);
});

test("a role that owns something in another database is not deleted, keeps it all, and the error names the database", async () => {
  await provider().create(inputs);
  await sql(`create database ${quoted(name)} owner ${quoted(name)}`);
  const client = new Client({ connectionString: `${serverUrl()}/${encodeURIComponent(name)}` });
  await client.connect();
  await client.query(`create schema theirs authorization ${quoted(name)}`);
  await client.end();
  await expect(provider().delete(name, inputs)).rejects.toThrow(
    /^The role A "role" \w+ is not deleted, as something depends on it \(1 object in database A "role" \w+\): drop that /,
  );
  expect((await provider().read(name, inputs)).inputs).toEqual(inputs);
  expect(
    await sql("select pg_get_userbyid(datdba) as owner from pg_database where datname = $1", [
      name,
    ]),
  ).toEqual([{ owner: name }]);
});

test("a superuser whose declared password changed is given it, by the one of before", async () => {
  const superuser = `${name} superuser`;
  await sql(`create role ${quoted(superuser)} superuser login password 'first-password'`);
  const urlWith = (secret: string) => {
    const url = new URL(`${serverUrl()}/postgres`);
    url.username = superuser;
    url.password = secret;
    return url.href;
  };
  const before = await checked({ databaseUrl: urlWith("first-password") });
  const after = await checked({ databaseUrl: urlWith("second-password") });
  expect(after.databaseUrlFingerprint).not.toBe(before.databaseUrlFingerprint);
  await provider().create(before);
  await provider().update(name, before, after);
  expect((await provider().read(name, after)).inputs).toEqual(after);
  // As after an up that was broken off, which has not stored that it is done.
  await provider().update(name, before, after);
  await expect(provider().read(name, before)).rejects.toThrow(/password authentication failed/);
});

test("another name is another role, and the superuser's own is refused", async () => {
  const renamed = await checked({ name: `${name} renamed` });
  expect((await provider().diff(name, inputs, renamed)).replaces).toEqual(["name"]);
  expect(await failuresOf(provider(), declared({ name: "postgres" }))).toEqual([
    "name: is the superuser's, who cannot be declared",
  ]);
});

test("all that is wrong is told at once, and none of it shows a password", async () => {
  const failures = await failuresOf(provider(), {
    ...declared({ name: "x".repeat(64), password: "canary", connectionLimit: -2 }),
  });
  expect(failures.sort()).toEqual([
    "connectionLimit: expected -1 or more",
    "name: expected 1 to 63 bytes",
    "password: expected at least 12 characters",
  ]);
});

test("no password reaches the server in plain text, nor an error", async () => {
  const query = jest.spyOn(Client.prototype, "query");
  await provider().create(inputs);
  await provider().update(name, inputs, await checked({ password: rotated }));
  const statements = JSON.stringify(query.mock.calls.map((call: unknown[]) => call[0]));
  query.mockRestore();
  expect(statements).toContain("SCRAM-SHA-256$");
  expect(statements).not.toContain("canary");
  const url = "postgres://postgres:canary@127.0.0.1:1/postgres";
  await expect(provider().create({ ...inputs, databaseUrl: url })).rejects.toThrow(
    /^The database postgres at 127\.0\.0\.1:1 failed: connect ECONNREFUSED 127\.0\.0\.1:1 \(ECONNREFUSED\)$/,
  );
});

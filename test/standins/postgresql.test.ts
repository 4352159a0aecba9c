import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { administer, serverUrl } from "../support/database";
import { databaseOn } from "../../standins/database";
import { checkInputs, compareInputs } from "../../standins/inputs";
import { withDefaults } from "../../standins/rules";
import type { PluginResource, Properties } from "../../standins/plugin";
import { PostgresServer } from "../../standins/postgres-server";
import { roleOn } from "../../standins/role";

const server = serverAs({});
const role = roleOn(server);
const database = databaseOn(server);

let name: string;
beforeEach(() => {
  name = `Stand "in" ${randomBytes(4).toString("hex")}`;
});

test("a role is made as declared, and can log in with its password", async () => {
  const declared = { name, login: true, createRole: true, password: "it's \\ pässword" };
  const { id, outputs } = await create(role, { ...declared, connectionLimit: 3 });
  expect(id).toBe(name);
  expect(outputs).toEqual({
    ...declared,
    __pulumi_raw_state_delta: { obj: { renamed: { searchPaths: "search_path" } } },
    assumeRole: "",
    bypassRowLevelSecurity: false,
    connectionLimit: 3,
    createDatabase: false,
    encrypted: null,
    encryptedPassword: true,
    id: name,
    idleInTransactionSessionTimeout: 0,
    inherit: true,
    passwordWo: null,
    passwordWoVersion: null,
    replication: false,
    roles: null,
    searchPaths: null,
    skipDropRole: false,
    skipReassignOwned: false,
    statementTimeout: 0,
    superuser: false,
    validUntil: "infinity",
  });
  expect(await whoIs(name, declared.password)).toBe(name);
  await expect(whoIs(name, "another")).rejects.toThrow(/password authentication failed/);
});

test("a role that is as declared has no difference, and a drifted one has just that", async () => {
  const inputs = check(role, { name, login: true, password: "secret" });
  const { outputs } = await role.create(inputs);
  const unchanged = await readBack(role, outputs);
  expect(compareInputs(role.inputs, unchanged, inputs)).toEqual([]);
  await sql(`alter role ${quoted(name)} createdb password null`);
  const drifted = await readBack(role, outputs);
  expect(compareInputs(role.inputs, drifted, inputs)).toEqual([
    { property: "createDatabase", kind: "changed", replaces: false },
    { property: "password", kind: "changed", replaces: false },
  ]);
  expect(drifted["password"]).toBe("");
  await role.update(name, drifted, inputs);
  expect(await readBack(role, outputs)).toEqual(unchanged);
  expect(await whoIs(name, "secret")).toBe(name);
});

test("every attribute of a role can be changed in place", async () => {
  const { outputs } = await create(role, { name });
  const inputs = check(role, {
    name,
    bypassRowLevelSecurity: true,
    connectionLimit: 2,
    createDatabase: true,
    createRole: true,
    inherit: false,
    login: true,
    replication: true,
    superuser: true,
    validUntil: "2030-01-01 00:00:00+00",
    password: "secret",
  });
  expect(compareInputs(role.inputs, outputs, inputs).every(({ replaces }) => !replaces)).toBe(true);
  expect(await role.update(name, outputs, inputs)).toMatchObject(inputs);
  expect(await readBack(role, inputs)).toMatchObject(inputs);
});

test("a renamed role is found by its new name, although the engine keeps its old one as the id", async () => {
  const { id, outputs } = await create(role, { name, login: true, password: "secret" });
  const renamed = await role.update(id, outputs, { ...outputs, name: `${name} renamed` });
  expect(await role.read(id, renamed)).toMatchObject({ name: `${name} renamed` });
  expect(await whoIs(`${name} renamed`, "secret")).toBe(`${name} renamed`);
  await role.delete(id, renamed);
  expect(await role.read(id, renamed)).toBeUndefined();
});

test("a deleted role leaves what it owned to the provider's user, unless that is skipped", async () => {
  const { id, outputs } = await create(role, { name });
  await sql(`create schema ${quoted(name)} authorization ${quoted(name)}`);
  await expect(role.delete(id, { ...outputs, skipReassignOwned: true })).rejects.toThrow(
    /^the role ".*" was not deleted: role ".*" cannot be dropped because some objects depend on it$/,
  );
  await role.delete(id, { ...outputs, skipDropRole: true });
  expect(await role.read(id, outputs)).toBeDefined();
  await role.delete(id, outputs);
  expect(await role.read(id, outputs)).toBeUndefined();
  const owner = await sql(
    `select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1`,
    [name],
  );
  expect(owner).toEqual([{ owner: "postgres" }]);
});

test("what is gone already is deleted without an error", async () => {
  await role.delete(name, { name });
  await database.delete(name, { name });
});

test("what exists already is not taken over, and the error says what to do and no password", async () => {
  await create(role, { name, password: "canary" });
  await expect(create(role, { name, password: "canary" })).rejects.toThrow(
    `the role "${name}" was not created: role "${name}" already exists (take it over with pulumi import, or drop it)`,
  );
  await create(database, { name });
  await expect(create(database, { name })).rejects.toThrow(/already exists \(take it over/);
});

test("a password in plain text never reaches the server", async () => {
  const statements: string[] = [];
  const query = jest.spyOn(Client.prototype, "query");
  await create(role, { name, login: true, password: "canary" });
  await role.update(name, { name, password: "other" }, check(role, { name, password: "canary2" }));
  for (const [statement] of query.mock.calls as unknown[][]) {
    statements.push(JSON.stringify(statement));
  }
  query.mockRestore();
  expect(statements.join()).toContain("SCRAM-SHA-256$");
  expect(statements.join()).not.toContain("canary");
});

test("a database is made with the vendor's defaults", async () => {
  const { id, outputs } = await create(database, { name });
  expect(id).toBe(name);
  expect(outputs).toMatchObject({
    name,
    owner: "postgres",
    encoding: "UTF8",
    template: "template0",
    connectionLimit: -1,
    allowConnections: true,
    isTemplate: false,
    tablespaceName: "pg_default",
  });
  expect(compareInputs(database.inputs, outputs, check(database, { name }))).toEqual([]);
});

test("a database is made as declared; what only its making can set replaces it", async () => {
  await create(role, { name });
  const declared = { name, owner: name, encoding: "SQL_ASCII", lcCollate: "C", lcCtype: "C" };
  const inputs = check(database, { ...declared, template: "template0", isTemplate: true });
  const { outputs } = await database.create(inputs);
  expect(outputs).toMatchObject(inputs);
  const changed = { ...inputs, encoding: "UTF8", template: "template1", lcCtype: "C.UTF-8" };
  expect(compareInputs(database.inputs, outputs, changed)).toEqual([
    { property: "encoding", kind: "changed", replaces: true },
    { property: "lcCtype", kind: "changed", replaces: true },
    { property: "template", kind: "changed", replaces: true },
  ]);
});

test("the rest of a database is changed in place, its name and owner too", async () => {
  await create(role, { name });
  const { id, outputs } = await create(database, { name });
  const inputs = check(database, {
    name: `${name} renamed`,
    owner: name,
    connectionLimit: 5,
    allowConnections: false,
    isTemplate: true,
  });
  const differences = compareInputs(database.inputs, outputs, inputs);
  expect(differences.map(({ replaces }) => replaces)).toEqual([false, false, false, false, false]);
  const updated = await database.update(id, outputs, inputs);
  expect(updated).toMatchObject(inputs);
  expect(await database.read(id, updated)).toEqual(updated);
  await database.delete(id, updated);
  expect(await database.read(id, updated)).toBeUndefined();
});

test("DEFAULT is the server's choice, which is read, but for an owner, if it is the name of no role", async () => {
  const words = { encoding: "DEFAULT", lcCollate: "default", template: "DEFAULT" };
  const { outputs } = await create(database, { name, ...words });
  expect(outputs).toMatchObject({ encoding: "UTF8", lcCollate: "C", template: "DEFAULT" });
  await expect(create(database, { name: `${name} 2`, owner: "DEFAULT" })).rejects.toThrow(
    'role "DEFAULT" does not exist',
  );
});

test("a role of which tenant roles hang is never changed: its memberships are revoked first, and that fails", async () => {
  const declared = { name, login: true, createRole: true, password: "first" };
  const { id, outputs } = await create(role, declared);
  const url = new URL(serverUrl());
  const owner = new Client({
    ...{ host: url.hostname, port: Number(url.port), database: "postgres" },
    ...{ user: name, password: "first" },
  });
  await owner.connect();
  const [tenant, member] = [`${name} tenant`, `${name} tenant default`];
  await owner.query(`create role ${quoted(tenant)}`);
  await owner.query(`create role ${quoted(member)}`);
  await owner.query(`grant ${quoted(tenant)} to ${quoted(member)}`);
  await owner.end();

  const refreshed = await readBack(role, outputs);
  expect(refreshed).toMatchObject({ roles: [tenant, member], searchPaths: [] });
  for (const change of [{ password: "second" }, { connectionLimit: 5 }, {}]) {
    await expect(
      role.update(id, refreshed, check(role, { ...declared, ...change })),
    ).rejects.toMatchObject({
      message: `the role "${name}" was not changed: could not revoke role ${tenant} from ${name}: dependent privileges exist (2BP01)`,
      id,
      // The next up tries it again, as the state says that it is not done.
      outputs: { ...change },
    });
  }
  expect(await whoIs(name, "first")).toBe(name);
  expect(await readBack(role, outputs)).toEqual(refreshed);
});

test("memberships, search paths and other variables of a role are set, read in their order, and taken back", async () => {
  const groups = [`${name} a`, `${name} b`];
  for (const group of groups) await sql(`create role ${quoted(group)}`);
  const variables = { statementTimeout: 1000, idleInTransactionSessionTimeout: 2000 };
  const declared = {
    ...{ name, connectionLimit: -1, roles: groups.toReversed(), assumeRole: groups[0] },
    ...{ searchPaths: ['b "c"', "a"], ...variables },
  };
  const { id, outputs } = await role.create(declared);
  expect(outputs).toMatchObject({ ...declared, roles: groups });
  const changed = { name, searchPaths: ["a", 'b "c"'] };
  expect(await role.update(id, outputs, changed)).toMatchObject({
    ...changed,
    ...{ roles: [], assumeRole: "", statementTimeout: 0, idleInTransactionSessionTimeout: 0 },
  });
});

test("a database in use is deleted, and its connections end", async () => {
  const { id, outputs } = await create(database, { name });
  const url = new URL(`${serverUrl()}/${encodeURIComponent(name)}`);
  const client = new Client({ connectionString: url.href });
  const ended = new Promise((resolve) => client.on("error", resolve));
  await client.connect();
  await database.delete(id, outputs);
  expect(await ended).toMatchObject({ code: "57P01" });
  expect(await database.read(id, outputs)).toBeUndefined();
});

test("a user who is no superuser makes and deletes a role and its database as well", async () => {
  const asUser = await serverAsUser();
  const made = await create(roleOn(asUser), { name, login: true, password: "other" });
  const owned = await create(databaseOn(asUser), { name, owner: name });
  expect(owned.outputs).toMatchObject({ owner: name });
  expect(await readBack(roleOn(asUser), made.outputs)).toMatchObject({
    ...{ name, login: true, password: "other", roles: [], searchPaths: [] },
  });
  await databaseOn(asUser).delete(name, owned.outputs);
  await roleOn(asUser).delete(name, made.outputs);
  expect(await sql("select 1 from pg_roles where rolname = $1", [name])).toEqual([]);
  expect(await sql("select 1 from pg_database where datname = $1", [name])).toEqual([]);
});

test("changes are made one after the other, also those of other processes", async () => {
  const seen: string[] = [];
  const change = (on: PostgresServer) =>
    on.change("it failed", async (client) => {
      seen.push("begins");
      await client.query("select pg_sleep(0.05)");
      seen.push("ends");
    });
  await Promise.all([change(server), change(serverAs({}))]);
  expect(seen).toEqual(["begins", "ends", "begins", "ends"]);
});

test("a membership that a failed change needed does not outlive it", async () => {
  const asUser = await serverAsUser();
  await create(roleOn(asUser), { name });
  const impossible = { name, owner: name, encoding: "no such encoding" };
  await expect(create(databaseOn(asUser), impossible)).rejects.toThrow(/was not created/);
  const members = await sql("select pg_has_role($1, $2, 'usage') as member", [
    `${name} user`,
    name,
  ]);
  expect(members).toEqual([{ member: false }]);
});

test("a name that is not given is made of the resource's name, and stays", () => {
  const { inputs } = checkInputs("postgresql", role.inputs, "logto", {}, {});
  expect(inputs["name"]).toMatch(/^logto-[0-9a-f]{7}$/);
  expect(checkInputs("postgresql", role.inputs, "logto", inputs, {}).inputs).toEqual(inputs);
});

test.each<[string, PluginResource, Properties]>([
  ["role", role, { connectionLimit: -2 }],
  ["role", role, { login: "yes" }],
  ["role", role, { nmae: "x" }],
  ["role", role, { statementTimeout: -1 }],
  ["role", role, { passwordWo: "x", password: "x" }],
  ["database", database, { connectionLimit: -2 }],
])("an input that the vendor's plugin refuses is refused by name: %s %j", (_, resource, inputs) => {
  const { failures } = checkInputs("postgresql", resource.inputs, "logto", {}, inputs);
  expect(failures.map(({ property }) => property).sort()).toEqual(Object.keys(inputs).sort());
});

test("a server that cannot be used is named, without its password", async () => {
  const url = new URL(serverUrl());
  const wrong = serverAs({ password: "canary" });
  await expect(roleOn(wrong).read(name, {})).rejects.toThrow(
    `Postgres at ${url.hostname}:${url.port} cannot be used as "postgres": password authentication failed for user "postgres"`,
  );
  await expect(roleOn(serverAs({ port: "1" })).read(name, {})).rejects.toThrow(
    /^Postgres at 127.0.0.1:1 cannot be used as "postgres": connect ECONNREFUSED/,
  );
});

test("encryption is asked for if sslmode says nothing, and an unknown mode is refused", async () => {
  await expect(roleOn(serverAs({ sslmode: undefined })).read(name, {})).rejects.toThrow(
    /does not support SSL connections/,
  );
  expect(() => serverAs({ sslmode: "prefer" })).toThrow(
    'postgresql:sslmode: expected disable, require or verify-full, not "prefer"',
  );
});

function serverAs(options: Record<string, string | undefined>): PostgresServer {
  const { hostname, port, username, password } = new URL(serverUrl());
  const made = new PostgresServer();
  made.configure({ host: hostname, port, username, password, sslmode: "disable", ...options });
  return made;
}

async function serverAsUser(): Promise<PostgresServer> {
  const username = `${name} user`;
  const rights = { login: true, createRole: true, createDatabase: true };
  await create(role, { name: username, password: "secret", ...rights });
  return serverAs({ username, password: "secret", superuser: "false" });
}

function check(resource: PluginResource, news: Properties): Properties {
  const { inputs, failures } = checkInputs("postgresql", resource.inputs, "name", {}, news);
  expect(failures).toEqual([]);
  return withDefaults(resource.inputs, inputs);
}

function create(resource: PluginResource, news: Properties) {
  return resource.create(check(resource, news));
}

async function readBack(resource: PluginResource, outputs: Properties): Promise<Properties> {
  const found = await resource.read(name, outputs);
  expect(found).toBeDefined();
  return found as Properties;
}

function sql(statement: string, values: unknown[] = []): Promise<Properties[]> {
  return administer(async (client) => (await client.query<Properties>(statement, values)).rows);
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

async function whoIs(user: string, password: string): Promise<unknown> {
  const { hostname, port } = new URL(serverUrl());
  const client = new Client({
    host: hostname,
    port: Number(port),
    user,
    password,
    database: "postgres",
  });
  await client.connect();
  const { rows } = await client.query<{ user: string }>("select current_user as user");
  await client.end();
  return rows[0]?.user;
}

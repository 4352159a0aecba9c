import type { Role, RoleArgs } from "@pulumi/postgresql";
import { escapeIdentifier, escapeLiteral, type Client, type DatabaseError } from "pg";
import type { RulesFor } from "./inputs";
import { InitializationError, type PluginResource, type Properties } from "./plugin";
import { asMember, type PostgresServer } from "./postgres-server";
import { scramVerifier } from "../infra/server/database/scram";

const inputs = {
  assumeRole: { kind: "text" },
  bypassRowLevelSecurity: { kind: "boolean", default: false },
  connectionLimit: { kind: "number", default: -1, minimum: -1 },
  createDatabase: { kind: "boolean", default: false },
  createRole: { kind: "boolean", default: false },
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- programs may still use it
  encrypted: { kind: "text", unmade: true },
  encryptedPassword: { kind: "boolean", default: true },
  idleInTransactionSessionTimeout: { kind: "number", minimum: 0 },
  inherit: { kind: "boolean", default: true },
  login: { kind: "boolean", default: false },
  name: { kind: "text", named: true },
  password: { kind: "text", secret: true, conflicts: ["passwordWo"] },
  passwordWo: {
    kind: "text",
    secret: true,
    writeOnly: true,
    conflicts: ["password"],
  },
  passwordWoVersion: { kind: "text", conflicts: ["password"] },
  replication: { kind: "boolean", default: false },
  roles: { kind: "texts", unordered: true },
  searchPaths: { kind: "texts" },
  skipDropRole: { kind: "boolean", default: false },
  skipReassignOwned: { kind: "boolean", default: false },
  statementTimeout: { kind: "number", minimum: 0 },
  superuser: { kind: "boolean", default: false },
  validUntil: { kind: "text", default: "infinity" },
} satisfies RulesFor<RoleArgs>;

/** The boolean attributes of a role: their names in SQL, and their defaults. */
const attributes = {
  bypassRowLevelSecurity: { word: "bypassrls", default: false },
  createDatabase: { word: "createdb", default: false },
  createRole: { word: "createrole", default: false },
  inherit: { word: "inherit", default: true },
  login: { word: "login", default: false },
  replication: { word: "replication", default: false },
  superuser: { word: "superuser", default: false },
} satisfies Partial<Record<keyof RoleArgs, { word: string; default: boolean }>>;

type Attribute = keyof typeof attributes;
const attributeNames = Object.keys(attributes) as Attribute[];

interface Inputs extends Record<Attribute, boolean> {
  name: string;
  connectionLimit: number;
  validUntil: string;
  password: string;
  encryptedPassword: boolean;
  /** Never stored: a change shows only by its version. */
  passwordWo: string;
  passwordWoVersion: string;
  roles: string[];
  searchPaths: string[];
  statementTimeout: number;
  idleInTransactionSessionTimeout: number;
  assumeRole: string;
}

/** All values as declared now or before, with defaults for the rest. */
function effective(given: Properties): Inputs {
  const defaults = {
    ...Object.fromEntries(attributeNames.map((name) => [name, attributes[name].default])),
    connectionLimit: -1,
    validUntil: "infinity",
    password: "",
    encryptedPassword: true,
    passwordWo: "",
    passwordWoVersion: "",
    roles: [],
    searchPaths: [],
    statementTimeout: 0,
    idleInTransactionSessionTimeout: 0,
    assumeRole: "",
  };
  const present = Object.entries(given).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return { ...defaults, ...Object.fromEntries(present) } as unknown as Inputs;
}

/** `postgresql.Role` on a server. */
export function roleOn(server: PostgresServer): PluginResource {
  return {
    inputs,
    secrets: ["password", "passwordWo"] satisfies (keyof Role)[],

    async create(news) {
      const wanted = effective(news);
      const role = escapeIdentifier(wanted.name);
      await server.change(`the role "${wanted.name}" was not created`, async (client) => {
        await client.query("begin");
        await client.query(`create role ${role} ${clauses(undefined, wanted)}`);
        await grantRoles(client, wanted);
        await setVariables(client, undefined, wanted);
        await client.query("commit");
      });
      const outputs = await live(server, wanted.name, news);
      return { id: wanted.name, outputs: withoutNewLists({}, outputs ?? news) };
    },

    read: (id, outputs) => live(server, nameOf(id, outputs), outputs),

    async update(id, olds, news) {
      const [before, wanted] = [effective({ ...olds, name: nameOf(id, olds) }), effective(news)];
      const role = escapeIdentifier(wanted.name);
      try {
        await server.change(`the role "${before.name}" was not changed`, async (client) => {
          await client.query("begin");
          if (before.name !== wanted.name) {
            await client.query(`alter role ${escapeIdentifier(before.name)} rename to ${role}`);
          }
          const altered = clauses(before, wanted);
          if (altered !== "") {
            await client.query(`alter role ${role} ${altered}`);
          }
          // Memberships are always revoked and granted again, whatever changed.
          await revokeRoles(client, wanted.name);
          await grantRoles(client, wanted);
          await setVariables(client, before, wanted);
          await client.query("commit");
        });
      } catch (error) {
        // The state gets the wanted values all the same, and the next up tries again.
        const planned = { ...olds, ...news, passwordWo: null };
        throw new InitializationError((error as Error).message, id, planned);
      }
      // A password that is removed becomes empty; one that was never set stays null.
      const password = news["password"] ?? (typeof olds["password"] === "string" ? "" : null);
      const outputs = await live(server, wanted.name, { ...news, password });
      return withoutNewLists(olds, outputs ?? news);
    },

    async delete(id, outputs) {
      const name = nameOf(id, outputs);
      const role = escapeIdentifier(name);
      await server.change(`the role "${name}" was not deleted`, async (client) => {
        if ((await find(client, name)) === undefined) {
          return;
        }
        await client.query("begin");
        if (outputs["skipReassignOwned"] !== true) {
          await asMember(client, name, async () => {
            await client.query(`reassign owned by ${role} to current_user`);
            await client.query(`drop owned by ${role}`);
          });
        }
        if (outputs["skipDropRole"] !== true) {
          await client.query(`drop role ${role}`);
        }
        await client.query("commit");
      });
    },
  };
}

/** The role's name. After a rename in place it differs from the id, which the engine keeps. */
function nameOf(id: string, outputs: Properties): string {
  return typeof outputs["name"] === "string" ? outputs["name"] : id;
}

/** Clauses for `create role` and `alter role`: all of them, or those that differ from `before`. */
function clauses(before: Inputs | undefined, wanted: Inputs): string {
  const differs = (key: keyof Inputs) => before === undefined || before[key] !== wanted[key];
  const password = wanted.password || wanted.passwordWo;
  const isNewPassword = differs("password") || differs("passwordWoVersion");
  return [
    ...attributeNames
      .filter(differs)
      .map((name) => `${wanted[name] ? "" : "no"}${attributes[name].word}`),
    ...(differs("connectionLimit") ? [`connection limit ${wanted.connectionLimit}`] : []),
    ...(differs("validUntil")
      ? [`valid until ${escapeLiteral(wanted.validUntil || "infinity")}`]
      : []),
    ...(isNewPassword ? [passwordClause(password, wanted.encryptedPassword)] : []),
  ].join(" ");
}

function passwordClause(password: string, isEncrypted: boolean): string {
  if (password === "") return "password null";
  return `${isEncrypted ? "" : "unencrypted "}password ${escapeLiteral(scramVerifier(password))}`;
}

async function rolesOf(client: Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select distinct pg_get_userbyid(roleid) collate "C" as role from pg_auth_members
     where pg_get_userbyid(member) = $1 order by 1`,
    [name],
  );
  return rows.map(({ role }) => role);
}

async function revokeRoles(client: Client, name: string): Promise<void> {
  for (const role of await rolesOf(client, name)) {
    const statement = `revoke ${escapeIdentifier(role)} from ${escapeIdentifier(name)}`;
    await client.query(statement).catch(inWords(`could not revoke role ${role} from ${name}`));
  }
}

async function grantRoles(client: Client, { name, roles }: Inputs): Promise<void> {
  for (const role of roles) {
    const statement = `grant ${escapeIdentifier(role)} to ${escapeIdentifier(name)}`;
    await client.query(statement).catch(inWords(`could not grant role ${role} to ${name}`));
  }
}

function inWords(what: string): (error: unknown) => never {
  return (error) => {
    const { message, code = "" } = error as DatabaseError;
    throw new Error(`${what}: ${message} (${code})`, { cause: error });
  };
}

/** Sets the variables with which each session of the role begins. */
async function setVariables(
  client: Client,
  before: Inputs | undefined,
  wanted: Inputs,
): Promise<void> {
  const values = (given: Inputs | undefined) => ({
    search_path: (given?.searchPaths ?? []).map(escapeIdentifier).join(", "),
    statement_timeout: given?.statementTimeout ? String(given.statementTimeout) : "",
    idle_in_transaction_session_timeout: given?.idleInTransactionSessionTimeout
      ? String(given.idleInTransactionSessionTimeout)
      : "",
    role: given?.assumeRole ? escapeIdentifier(given.assumeRole) : "",
  });
  const were = values(before);
  for (const [variable, value] of Object.entries(values(wanted))) {
    if (value === were[variable as keyof typeof were]) continue;
    const role = escapeIdentifier(wanted.name);
    await client.query(
      value === ""
        ? `alter role ${role} reset ${variable}`
        : `alter role ${role} set ${variable} to ${value}`,
    );
  }
}

/**
 * The role as the server has it; what the server does not know comes from `known`. The server has only the hash of a
 * password, so it does not show a changed password, only a missing one.
 */
async function live(
  server: PostgresServer,
  name: string,
  known: Properties,
): Promise<Properties | undefined> {
  return server.read(async (client) => {
    const role = await find(client, name);
    if (role === undefined) {
      return undefined;
    }
    const { variables, ...columns } = role;
    const variable = (key: string) =>
      (variables as string[]).find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
    const password =
      server.superuser && role["login"] === true
        ? await passwordOf(client, name, known["password"])
        : known["password"];
    return withDelta({
      ...columns,
      assumeRole: variable("role") ?? "",
      encrypted: known["encrypted"] ?? null,
      // Today's servers always store it encrypted, whatever was declared.
      encryptedPassword: true,
      id: name,
      idleInTransactionSessionTimeout: Number(variable("idle_in_transaction_session_timeout") ?? 0),
      password: password ?? (typeof known["password"] === "string" ? "" : null),
      passwordWo: null,
      passwordWoVersion: known["passwordWoVersion"] ?? null,
      roles: await rolesOf(client, name),
      searchPaths: pathsIn(variable("search_path")),
      skipDropRole: known["skipDropRole"] ?? false,
      skipReassignOwned: known["skipReassignOwned"] ?? false,
      statementTimeout: Number(variable("statement_timeout") ?? 0),
    });
  });
}

const lists = ["roles", "searchPaths"] as const;

/** Turns empty lists that were never read from the server into null. */
function withoutNewLists(olds: Properties, outputs: Properties): Properties {
  const isNone = (list: string) =>
    !Array.isArray(olds[list]) && (outputs[list] as unknown[] | undefined)?.length === 0;
  return withDelta({
    ...outputs,
    ...Object.fromEntries(lists.filter(isNone).map((list) => [list, null])),
  });
}

/** Adds the bridge's note about properties whose form in the state differs from Terraform's. */
function withDelta(outputs: Properties): Properties {
  const held = lists.filter((list) => Array.isArray(outputs[list]));
  const arrays = Object.fromEntries(held.map((list) => [list, { arr: {} }]));
  return {
    ...outputs,
    __pulumi_raw_state_delta: {
      obj: { renamed: { searchPaths: "search_path" }, ...(held.length > 0 && { ps: arrays }) },
    },
  };
}

/** The names in a search path as the server stores it, where only some are quoted. */
function pathsIn(text = ""): string[] {
  return [...text.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
}

async function find(client: Client, name: string): Promise<Properties | undefined> {
  const { rows } = await client.query<Properties>(
    `select rolname as name,
       rolbypassrls as "bypassRowLevelSecurity", rolconnlimit as "connectionLimit",
       rolcreatedb as "createDatabase", rolcreaterole as "createRole", rolinherit as inherit,
       rolcanlogin as login, rolreplication as replication, rolsuper as superuser,
       coalesce(rolvaliduntil::text, 'infinity') as "validUntil",
       coalesce(rolconfig, '{}') as variables
     from pg_roles where rolname = $1`,
    [name],
  );
  return rows[0];
}

async function passwordOf(client: Client, name: string, declared: unknown): Promise<unknown> {
  const { rows } = await client.query<{ hash: string | null }>(
    "select rolpassword as hash from pg_authid where rolname = $1",
    [name],
  );
  const hash = rows[0]?.hash ?? undefined;
  return hash === undefined ? undefined : (declared ?? hash);
}

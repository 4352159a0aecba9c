import type { Role, RoleArgs } from "@pulumi/postgresql";
import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import { compareInputs, type RulesFor } from "./inputs";
import type { PluginResource, Properties } from "./plugin";
import { asMember, type PostgresServer } from "./postgres-server";
import { scramVerifier } from "../../infra/server/scram";

const inputs = {
  assumeRole: { kind: "refused" },
  bypassRowLevelSecurity: { kind: "boolean", default: false },
  connectionLimit: { kind: "number", default: -1, minimum: -1 },
  createDatabase: { kind: "boolean", default: false },
  createRole: { kind: "boolean", default: false },
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- refused here
  encrypted: { kind: "refused" },
  encryptedPassword: { kind: "boolean", default: true, only: true },
  idleInTransactionSessionTimeout: { kind: "refused" },
  inherit: { kind: "boolean", default: true },
  login: { kind: "boolean", default: false },
  name: { kind: "text", named: true },
  password: { kind: "text" },
  passwordWo: { kind: "refused" },
  passwordWoVersion: { kind: "refused" },
  replication: { kind: "boolean", default: false },
  roles: { kind: "refused" },
  searchPaths: { kind: "refused" },
  skipDropRole: { kind: "boolean", default: false },
  skipReassignOwned: { kind: "boolean", default: false },
  statementTimeout: { kind: "refused" },
  superuser: { kind: "boolean", default: false },
  validUntil: { kind: "text", default: "infinity" },
} satisfies RulesFor<RoleArgs>;

/** The attributes of a role that are on or off, as SQL names them. */
const attributes = {
  bypassRowLevelSecurity: "bypassrls",
  createDatabase: "createdb",
  createRole: "createrole",
  inherit: "inherit",
  login: "login",
  replication: "replication",
  superuser: "superuser",
} satisfies Partial<Record<keyof RoleArgs, string>>;

interface Inputs extends Record<keyof typeof attributes, boolean> {
  name: string;
  connectionLimit: number;
  validUntil: string;
  password?: string;
  skipDropRole: boolean;
  skipReassignOwned: boolean;
}

/** `postgresql.Role` on a server. */
export function roleOn(server: PostgresServer): PluginResource {
  return {
    inputs,
    secrets: ["password"] satisfies (keyof Role)[],

    async create(news) {
      const wanted = news as unknown as Inputs;
      await server.change(`the role "${wanted.name}" was not created`, (client) =>
        client.query(
          `create role ${escapeIdentifier(wanted.name)} ${clauses(Object.keys(news), wanted)}`,
        ),
      );
      return { id: wanted.name, outputs: (await live(server, wanted.name, news)) ?? news };
    },

    read: (id, outputs) => live(server, nameOf(id, outputs), outputs),

    async update(id, olds, news) {
      const wanted = news as unknown as Inputs;
      const old = nameOf(id, olds);
      const changed = compareInputs(inputs, olds, news).map(({ property }) => property);
      await server.change(`the role "${old}" was not changed`, async (client) => {
        await client.query("begin");
        if (old !== wanted.name) {
          await client.query(
            `alter role ${escapeIdentifier(old)} rename to ${escapeIdentifier(wanted.name)}`,
          );
        }
        const altered = clauses(changed, wanted);
        if (altered !== "") {
          await client.query(`alter role ${escapeIdentifier(wanted.name)} ${altered}`);
        }
        await client.query("commit");
      });
      return (await live(server, wanted.name, news)) ?? news;
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

/** The role's name, which a rename in place parts from the id that the engine keeps. */
function nameOf(id: string, outputs: Properties): string {
  return typeof outputs["name"] === "string" ? outputs["name"] : id;
}

/** What `create role` and `alter role` are told about the given inputs. */
function clauses(given: string[], wanted: Inputs): string {
  return given
    .map((input) => {
      if (input in attributes) {
        const attribute = input as keyof typeof attributes;
        return wanted[attribute] ? attributes[attribute] : `no${attributes[attribute]}`;
      }
      switch (input) {
        case "connectionLimit":
          return `connection limit ${wanted.connectionLimit.toString()}`;
        case "validUntil":
          return `valid until ${escapeLiteral(wanted.validUntil || "infinity")}`;
        case "password":
          return `password ${wanted.password ? escapeLiteral(scramVerifier(wanted.password)) : "null"}`;
        default:
          return "";
      }
    })
    .filter((clause) => clause !== "")
    .join(" ");
}

/**
 * The role as the server has it, with what the server does not know taken from `known`. It has only
 * the hash of a password, so a password that is not the declared one is seen only where there is none.
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
    const password =
      server.superuser && role["login"] === true
        ? await passwordOf(client, name, known["password"])
        : known["password"];
    return {
      ...role,
      password,
      encryptedPassword: true,
      skipDropRole: known["skipDropRole"] ?? false,
      skipReassignOwned: known["skipReassignOwned"] ?? false,
    };
  });
}

async function find(client: Client, name: string): Promise<Properties | undefined> {
  const { rows } = await client.query<Properties>(
    `select rolname as name,
       rolbypassrls as "bypassRowLevelSecurity", rolconnlimit as "connectionLimit",
       rolcreatedb as "createDatabase", rolcreaterole as "createRole", rolinherit as inherit,
       rolcanlogin as login, rolreplication as replication, rolsuper as superuser,
       coalesce(rolvaliduntil::text, 'infinity') as "validUntil"
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

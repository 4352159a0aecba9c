import type { DatabaseArgs } from "@pulumi/postgresql";
import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import type { RulesFor } from "./inputs";
import type { PluginResource, Properties } from "./plugin";
import { asMember, type PostgresServer } from "./postgres-server";

const inputs = {
  allowConnections: { kind: "boolean", default: true },
  alterObjectOwnership: { kind: "boolean", default: false, unmade: true },
  connectionLimit: { kind: "number", default: -1, minimum: -1 },
  encoding: { kind: "text", computed: true, replaces: true },
  isTemplate: { kind: "boolean", computed: true },
  lcCollate: { kind: "text", computed: true, replaces: true },
  lcCtype: { kind: "text", computed: true, replaces: true },
  name: { kind: "text", named: true },
  owner: { kind: "text", computed: true },
  tablespaceName: { kind: "text", computed: true },
  template: { kind: "text", computed: true, replaces: true },
} satisfies RulesFor<DatabaseArgs>;

interface Inputs {
  name: string;
  allowConnections: boolean;
  connectionLimit: number;
  isTemplate: boolean;
  encoding: string;
  lcCollate: string;
  lcCtype: string;
  owner: string;
  tablespaceName: string;
  template: string;
}

/** All values as declared now or before, with defaults for the rest. */
function effective(given: Properties): Inputs {
  const defaults = {
    ...{ allowConnections: true, connectionLimit: -1, isTemplate: false },
    ...{ encoding: "", lcCollate: "", lcCtype: "", owner: "", tablespaceName: "", template: "" },
  };
  const present = Object.entries(given).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return { ...defaults, ...Object.fromEntries(present) } as unknown as Inputs;
}

/** `postgresql.Database` on a server. */
export function databaseOn(server: PostgresServer): PluginResource {
  return {
    inputs,
    secrets: [],

    async create(news) {
      const wanted = effective(news);
      await server.change(`the database "${wanted.name}" was not created`, (client) =>
        forOwner(client, wanted.owner, () => client.query(createStatement(wanted))),
      );
      return { id: wanted.name, outputs: (await live(server, wanted.name, news)) ?? news };
    },

    read: (id, outputs) => live(server, nameOf(id, outputs), outputs),

    async update(id, olds, news) {
      const before = effective({ ...olds, name: nameOf(id, olds) });
      // A property that is no longer declared, and that the server chooses, stays as it is.
      const wanted = effective({ ...olds, ...news });
      await server.change(`the database "${before.name}" was not changed`, (client) =>
        forOwner(client, before.owner, async () => {
          for (const statement of alterStatements(before, wanted)) {
            await client.query(statement);
          }
          if (wanted.owner !== before.owner) {
            const name = escapeIdentifier(wanted.name);
            await forOwner(client, wanted.owner, () =>
              client.query(`alter database ${name} owner to ${escapeIdentifier(wanted.owner)}`),
            );
          }
        }),
      );
      return (await live(server, wanted.name, { ...olds, ...news })) ?? news;
    },

    async delete(id, outputs) {
      const name = nameOf(id, outputs);
      const database = escapeIdentifier(name);
      await server.change(`the database "${name}" was not deleted`, async (client) => {
        const found = await find(client, name);
        if (found === undefined) {
          return;
        }
        await forOwner(client, String(found["owner"]), async () => {
          if (found["isTemplate"] === true) {
            // A template cannot be dropped.
            await client.query(`alter database ${database} is_template false`);
          }
          await client.query(`drop database ${database} with (force)`);
        });
      });
    },
  };
}

/** The database's name. After a rename in place it differs from the id, which the engine keeps. */
function nameOf(id: string, outputs: Properties): string {
  return typeof outputs["name"] === "string" ? outputs["name"] : id;
}

/** The owner DEFAULT is read as a role's name and not as the keyword, as the vendor's plugin does. */
async function forOwner<Result>(
  client: Client,
  owner: string,
  work: () => Promise<Result>,
): Promise<Result> {
  return owner === "" ? work() : asMember(client, owner, work);
}

/** Uses the vendor's defaults: UTF-8, and `template0` so that any encoding fits. */
function createStatement(wanted: Inputs): string {
  const clauses = [
    ...clause("owner", wanted.owner === "" ? undefined : escapeIdentifier(wanted.owner)),
    `template ${orDefault(wanted.template, escapeIdentifier) ?? "template0"}`,
    `encoding ${orDefault(wanted.encoding, escapeLiteral) ?? "'UTF8'"}`,
    ...clause("lc_collate", orDefault(wanted.lcCollate, escapeLiteral)),
    ...clause("lc_ctype", orDefault(wanted.lcCtype, escapeLiteral)),
    ...clause("tablespace", orDefault(wanted.tablespaceName, escapeIdentifier)),
    `allow_connections ${wanted.allowConnections.toString()}`,
    `connection limit ${wanted.connectionLimit.toString()}`,
    `is_template ${wanted.isTemplate.toString()}`,
  ];
  return `create database ${escapeIdentifier(wanted.name)} ${clauses.join(" ")}`;
}

/** The value quoted for SQL, `DEFAULT` as a bare keyword, and undefined for an empty value. */
function orDefault(value: string, quote: (text: string) => string): string | undefined {
  if (value === "") {
    return undefined;
  }
  return value.toUpperCase() === "DEFAULT" ? "default" : quote(value);
}

function clause(word: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${word} ${value}`];
}

/** The rename comes first: the other statements use the new name. */
function alterStatements(before: Inputs, wanted: Inputs): string[] {
  const name = escapeIdentifier(wanted.name);
  const differs = (key: keyof Inputs) => before[key] !== wanted[key];
  return [
    ...(differs("name") ? [`${escapeIdentifier(before.name)} rename to ${name}`] : []),
    ...(differs("tablespaceName")
      ? [
          `${name} set tablespace ${orDefault(wanted.tablespaceName, escapeIdentifier) ?? "pg_default"}`,
        ]
      : []),
    ...(differs("connectionLimit") ? [`${name} connection limit ${wanted.connectionLimit}`] : []),
    ...(differs("allowConnections")
      ? [`${name} allow_connections ${String(wanted.allowConnections)}`]
      : []),
    ...(differs("isTemplate") ? [`${name} is_template ${String(wanted.isTemplate)}`] : []),
  ].map((change) => `alter database ${change}`);
}

/** The database as the server has it. Only `known` can tell from which template it was made. */
async function live(
  server: PostgresServer,
  name: string,
  known: Properties,
): Promise<Properties | undefined> {
  const database = await server.read((client) => find(client, name));
  return (
    database && {
      ...database,
      __pulumi_raw_state_delta: { obj: {} },
      alterObjectOwnership: known["alterObjectOwnership"] ?? false,
      id: name,
      template: known["template"] || "template0",
    }
  );
}

async function find(client: Client, name: string): Promise<Properties | undefined> {
  const { rows } = await client.query<Properties>(
    `select datname as name, pg_get_userbyid(datdba) as owner,
       pg_encoding_to_char(encoding) as encoding, datcollate as "lcCollate", datctype as "lcCtype",
       spcname as "tablespaceName", datconnlimit as "connectionLimit",
       datallowconn as "allowConnections", datistemplate as "isTemplate"
     from pg_database join pg_tablespace on pg_tablespace.oid = dattablespace
     where datname = $1`,
    [name],
  );
  return rows[0];
}

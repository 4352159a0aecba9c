import type { DatabaseArgs } from "@pulumi/postgresql";
import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import { compareInputs, type RulesFor } from "./inputs";
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
  tablespaceName: { kind: "text", computed: true, unmade: true },
  template: { kind: "text", computed: true, replaces: true },
} satisfies RulesFor<DatabaseArgs>;

interface Inputs {
  name: string;
  allowConnections: boolean;
  connectionLimit: number;
  encoding?: string;
  isTemplate?: boolean;
  lcCollate?: string;
  lcCtype?: string;
  owner?: string;
  template?: string;
}

/** `postgresql.Database` on a server. */
export function databaseOn(server: PostgresServer): PluginResource {
  return {
    inputs,
    secrets: [],

    async create(news) {
      const wanted = news as unknown as Inputs;
      await server.change(`the database "${wanted.name}" was not created`, (client) =>
        forOwner(client, wanted.owner, () => client.query(createStatement(wanted))),
      );
      return { id: wanted.name, outputs: (await live(server, wanted.name, news)) ?? news };
    },

    read: (id, outputs) => live(server, nameOf(id, outputs), outputs),

    async update(id, olds, news) {
      const wanted = news as unknown as Inputs;
      const old = nameOf(id, olds);
      const changed = compareInputs(inputs, olds, news).map(({ property }) => property);
      await server.change(`the database "${old}" was not changed`, (client) =>
        forOwner(client, olds["owner"], async () => {
          for (const statement of alterStatements(changed, old, wanted)) {
            await client.query(statement);
          }
          const owner = orDefault(wanted.owner, escapeIdentifier);
          if (changed.includes("owner") && owner !== undefined) {
            const to = owner === "default" ? "current_user" : owner;
            await forOwner(client, wanted.owner, () =>
              client.query(`alter database ${escapeIdentifier(wanted.name)} owner to ${to}`),
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
        await forOwner(client, found["owner"], async () => {
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

/** The database's name, which a rename in place parts from the id that the engine keeps. */
function nameOf(id: string, outputs: Properties): string {
  return typeof outputs["name"] === "string" ? outputs["name"] : id;
}

async function forOwner<Result>(
  client: Client,
  owner: unknown,
  work: () => Promise<Result>,
): Promise<Result> {
  return typeof owner === "string" ? asMember(client, owner, work) : work();
}

/** With the vendor's defaults: `template0`, so that any encoding fits, and UTF-8. */
function createStatement(wanted: Inputs): string {
  const clauses = [
    ...clause("owner", orDefault(wanted.owner, escapeIdentifier)),
    `template ${orDefault(wanted.template, escapeIdentifier) ?? "template0"}`,
    `encoding ${orDefault(wanted.encoding, escapeLiteral) ?? "'UTF8'"}`,
    ...clause("lc_collate", orDefault(wanted.lcCollate, escapeLiteral)),
    ...clause("lc_ctype", orDefault(wanted.lcCtype, escapeLiteral)),
    `allow_connections ${wanted.allowConnections.toString()}`,
    `connection limit ${wanted.connectionLimit.toString()}`,
    `is_template ${(wanted.isTemplate ?? false).toString()}`,
  ];
  return `create database ${escapeIdentifier(wanted.name)} ${clauses.join(" ")}`;
}

/** A value as SQL has it, `DEFAULT` as the key word that it is, and nothing where nothing is given. */
function orDefault(value: string | undefined, quote: (text: string) => string): string | undefined {
  if (value === undefined || value === "") {
    return undefined;
  }
  return value.toUpperCase() === "DEFAULT" ? "default" : quote(value);
}

function clause(word: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${word} ${value}`];
}

/** The new name comes first: the other statements use it. */
function alterStatements(changed: string[], old: string, wanted: Inputs): string[] {
  const name = escapeIdentifier(wanted.name);
  const rename = `alter database ${escapeIdentifier(old)} rename to ${name}`;
  const settings: Record<string, string> = {
    connectionLimit: `connection limit ${wanted.connectionLimit.toString()}`,
    allowConnections: `allow_connections ${wanted.allowConnections.toString()}`,
    isTemplate: `is_template ${(wanted.isTemplate ?? false).toString()}`,
  };
  const altered = changed.flatMap((input) => settings[input] ?? []);
  return [
    ...(old === wanted.name ? [] : [rename]),
    ...altered.map((setting) => `alter database ${name} ${setting}`),
  ];
}

/** The database as the server has it; which template it was made from only `known` can say. */
async function live(
  server: PostgresServer,
  name: string,
  known: Properties,
): Promise<Properties | undefined> {
  const database = await server.read((client) => find(client, name));
  return (
    database && {
      ...database,
      // What DEFAULT or nothing stood for is the server's business: a word that stays is no difference.
      ...Object.fromEntries(
        Object.entries(known).filter(
          ([key, value]) => key in database && /^(default)?$/i.test(String(value)),
        ),
      ),
      template: known["template"] || "template0",
      alterObjectOwnership: known["alterObjectOwnership"] ?? false,
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

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Arguments } from "../deep-input";
import { type DynamicProvider, DynamicResource } from "../dynamic";
import { checkInputs } from "../logto/checks";
import { userError } from "../user-error";
import { databaseUrl, type DatabaseAccess, withDatabase } from "./database";
import { redact } from "./redact";
import { seed } from "./seed";

interface DeclaredDatabase {
  host: string;
  port: number;
  /** Must exist. Changing it is another database: Logto's schema is put there, this one is left as it is. */
  database: string;
  /** Owns the database and has CREATEROLE: Logto makes a role for each of its tenants. */
  user: string;
  password: string;
}

export type LogtoDatabaseArgs = Arguments<DeclaredDatabase>;

type Inputs = DatabaseAccess;

interface Outputs extends Inputs {
  databaseUrl: string;
}

const shape = z.object({
  host: z.string().min(1, "expected a host name"),
  port: z.number().int().min(1, "expected a port").max(65535, "expected a port"),
  database: z.string().min(1, "expected a name"),
  user: z.string().min(1, "expected a name"),
  password: z.string().min(1, "expected a password"),
});

export const provider: DynamicProvider<Inputs, Outputs> = {
  check: (_olds, news) => Promise.resolve(checkInputs<Inputs>(news, shape)),

  diff: (_id, olds, news) =>
    Promise.resolve({
      changes: inputNames.some((name) => olds[name] !== news[name]),
      replaces: olds.database === news.database ? [] : ["database"],
    }),

  async create(inputs) {
    return { id: inputs.database, outs: await ensure(inputs) };
  },

  async read(id, props) {
    const inputs = inputsOf(props);
    return (await isSeeded(inputs)) ? { id, inputs, props: stateOf(inputs) } : { id: "" };
  },

  async update(_id, _olds, news) {
    return { outs: await ensure(news) };
  },

  // The schema goes with the database.
  delete: () => Promise.resolve(),
};

async function ensure(inputs: Inputs): Promise<Outputs> {
  const state = stateOf(inputs);
  try {
    await seed(state.databaseUrl);
  } catch (error) {
    throw userError(redact((error as Error).message, [state.databaseUrl, inputs.password]));
  }
  return state;
}

async function isSeeded(access: DatabaseAccess): Promise<boolean> {
  try {
    const { rows } = await withDatabase(access, (client) =>
      client.query<{ found: boolean }>(
        "select to_regclass('public.logto_configs') is not null as found",
      ),
    );
    return rows[0]?.found ?? false;
  } catch (error) {
    const noSuchDatabase = "3D000";
    if ((error as { code?: string }).code === noSuchDatabase) return false;
    throw error;
  }
}

const inputNames = ["host", "port", "database", "user", "password"] as const;

function inputsOf({ host, port, database, user, password }: Inputs): Inputs {
  return { host, port, database, user, password };
}

function stateOf(inputs: Inputs): Outputs {
  return { ...inputsOf(inputs), databaseUrl: databaseUrl(inputsOf(inputs)) };
}

/**
 * Logto's schema and first rows in a Postgres database, put there by Logto's own command line tool.
 *
 * A database that holds them already is left as it is: rows are never seeded twice, and nothing is
 * upgraded. Deleting this resource deletes nothing. Errors name the database and not its password.
 */
export class LogtoDatabase extends DynamicResource {
  /** As Logto takes it in DB_URL. A secret: it holds the password. */
  declare readonly databaseUrl: pulumi.Output<string>;

  constructor(name: string, args: LogtoDatabaseArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "infra/server/logto-database",
      "logto-server:LogtoDatabase",
      name,
      { ...args, password: pulumi.secret(args.password), databaseUrl: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["password", "databaseUrl"] }),
    );
  }
}

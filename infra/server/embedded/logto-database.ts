import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { checkInputs } from "../../checks";
import { resourceProvider } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import { databaseUrl, type DatabaseAccess, withDatabase } from "../database/database";
import { redact } from "../../redact";
import { seed } from "./seed";

interface DeclaredDatabase {
  host: string;
  port: number;
  /** Must exist. Changing it means another database: Logto's schema is put there, and the old one is left as it is. */
  database: string;
  /** Owns the database and has CREATEROLE: Logto makes a role for each of its tenants. */
  user: string;
  password: string;
}

export type LogtoDatabaseArgs = Arguments<DeclaredDatabase>;

type Inputs = DatabaseAccess;

interface Outputs {
  databaseUrl: string;
}

const shape = z.object({
  host: z.string().min(1, "expected a host name"),
  port: z.number().int().min(1, "expected a port").max(65535, "expected a port"),
  database: z.string().min(1, "expected a name"),
  user: z.string().min(1, "expected a name"),
  password: z.string().min(1, "expected a password"),
});

export const provider = resourceProvider<Inputs, Outputs>(["databaseUrl"], {
  check: (news) => checkInputs<Inputs>(news, shape),

  replaces: (before, wanted) => (before.database === wanted.database ? [] : ["database"]),

  async create(inputs) {
    return { id: inputs.database, outputs: await ensure(inputs) };
  },

  async read(_id, { inputs }) {
    return (await isSeeded(inputs)) ? { inputs, outputs: outputsOf(inputs) } : undefined;
  },

  update: (_id, _past, inputs) => ensure(inputs),

  // The schema goes with the database.
  delete: () => Promise.resolve(),
});

async function ensure(inputs: Inputs): Promise<Outputs> {
  const outputs = outputsOf(inputs);
  try {
    await seed(outputs.databaseUrl);
  } catch (error) {
    throw userError(redact((error as Error).message, [outputs.databaseUrl, inputs.password]));
  }
  return outputs;
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

function outputsOf(inputs: Inputs): Outputs {
  return { databaseUrl: databaseUrl(inputs) };
}

/**
 * Logto's schema and first rows in a Postgres database, put there by Logto's own command line tool.
 *
 * A database that holds them already is left as it is: rows are never seeded twice, and nothing is
 * upgraded. Deleting this resource deletes nothing. Errors name the database and not its password.
 */
export class LogtoDatabase extends DynamicResource {
  /** The database's address as Logto takes it in DB_URL. A secret: it holds the password. */
  declare readonly databaseUrl: pulumi.Output<string>;

  constructor(name: string, args: LogtoDatabaseArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:LogtoDatabase",
      name,
      { ...args, password: pulumi.secret(args.password), databaseUrl: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["password", "databaseUrl"] }),
    );
  }
}

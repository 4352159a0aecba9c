import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { fingerprintBeside } from "../../fingerprint";
import { configured } from "../../provider/stack-configuration";
import { resourceProvider } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import { parseDatabaseUrl, withDatabase } from "./database";

interface DeclaredConsole {
  /** Address of Logto's database, as the role that owns it. */
  databaseUrl: string;
}

export type ClosedConsoleArgs = Arguments<DeclaredConsole>;

interface Inputs extends DeclaredConsole {
  /** Shows in a diff that the database's password changed. */
  databaseUrlFingerprint?: string;
  /** Mode of the console's own sign-in experience: existing accounts sign in, and new ones cannot be made. */
  signInMode: string;
}

const tenant = "admin";
const closed = "SignIn";

const shape = z.object({
  databaseUrl: z.string(),
  databaseUrlFingerprint: z.string().optional(),
  signInMode: z.literal(closed),
});

const stack = configured();

export const provider = resourceProvider<Inputs, object>([], {
  configure: (configuration) => stack.configure(configuration),

  check(news) {
    const print = fingerprintBeside("databaseUrl", stack.get("logto:fingerprintKey"), news);
    return checkInputs<Inputs>({ ...(news as object), ...print, signInMode: closed }, shape);
  },

  async create(inputs) {
    await close(inputs);
    return { id: tenant, outputs: {} };
  },

  async read(_id, { inputs }) {
    const { rows } = await withDatabase(parseDatabaseUrl(inputs.databaseUrl), (client) =>
      client.query<{ mode: string }>(
        "select sign_in_mode as mode from sign_in_experiences where tenant_id = $1 and id = 'default'",
        [tenant],
      ),
    );
    const [row] = rows;
    return row && { inputs: { ...inputs, signInMode: row.mode }, outputs: {} };
  },

  async update(_id, _past, inputs) {
    await close(inputs);
    return {};
  },

  // The console stays closed: otherwise the next visitor would become its administrator.
  delete: () => Promise.resolve(),
});

async function close({ databaseUrl }: Inputs): Promise<void> {
  const { rowCount } = await withDatabase(parseDatabaseUrl(databaseUrl), (client) =>
    client.query(
      "update sign_in_experiences set sign_in_mode = $2 where tenant_id = $1 and id = 'default'",
      [tenant, closed],
    ),
  );
  if (rowCount !== 1) {
    throw userError(
      "Logto's database has no sign-in experience of its console, which could not be closed: it is not seeded.",
    );
  }
}

/**
 * Logto's console, closed to strangers. The first visitor of a new console becomes its administrator, and until
 * then Logto lets everybody register there; this resource forbids that in Logto's tables. Made before the server
 * starts, it leaves no moment in which a stranger could register. An `Administrator` says who may sign in.
 *
 * If somebody has opened the console, the next `up --refresh` closes it again. Deleting this resource leaves it
 * closed. Nothing changes for a console that has its administrator: Logto itself has closed it.
 *
 * What surprises: a Logto that runs already, with a cache (`logto-stack:redisUrl`), may go on for up to half an
 * hour with what it has read before.
 *
 * Errors: a database that cannot be reached or is not seeded. None shows its password.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/provision-library.ts`.
 */
export class ClosedConsole extends DynamicResource {
  constructor(name: string, args: ClosedConsoleArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:ClosedConsole",
      name,
      { ...args, databaseUrl: pulumi.secret(args.databaseUrl), signInMode: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl"] }),
    );
  }
}

import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { dequal } from "dequal";
import type { Client } from "pg";
import { z } from "zod";
import { defaultClientId } from "../../logto/connection";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { fingerprint, fingerprintBeside } from "../../fingerprint";
import { configured } from "../../provider/stack-configuration";
import { checkInputs } from "../../checks";
import { PartialFailure } from "../../provider/partial-failure";
import { resourceProvider } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import {
  clientId,
  clientSecretExpectation,
  configurationFaults,
  fingerprintKeyExpectation,
  isClientSecret,
  isFingerprintKey,
  requireNoFaults,
} from "./credential";
import { inTransaction, isCommitUnsure, isGone, parseDatabaseUrl, withDatabase } from "./database";

interface DeclaredAccess {
  /** Address of Logto's database, as the role that owns it. */
  databaseUrl: string;
  /** 1 to 21 of a-z, 0-9 and "-". Default: infrastructure. Changing it makes another application. */
  clientId?: string;
}

export type ManagementAccessArgs = Arguments<DeclaredAccess>;

interface Inputs extends DeclaredAccess {
  clientId: string;
  /** Fingerprint of the client secret, which itself is in no input and no output. */
  clientSecretFingerprint: string;
  /** Shows in a diff that the database's password changed. */
  databaseUrlFingerprint?: string;
  /** The role that opens the Management API. */
  role: string;
}

const tenant = "default";
const managementRole = "Logto Management API access";
const secretName = "Default secret";
/** Value in the place of a fingerprint: the secret's row is gone, or has expired. */
const none = "none";

const shape = z.object({
  databaseUrl: z.string(),
  clientId: clientId.default(defaultClientId),
  clientSecretFingerprint: z.string(),
  databaseUrlFingerprint: z.string().optional(),
  role: z.literal(managementRole),
});

const stack = configured();

export const provider = resourceProvider<Inputs, object>([], {
  configure: (configuration) => stack.configure(configuration),

  check(news) {
    const { clientSecret = "", fingerprintKey = "" } = readCredential();
    const clientSecretFingerprint = fingerprint(fingerprintKey, clientSecret);
    const { inputs, failures = [] } = checkInputs<Inputs>(
      {
        ...(news as object),
        ...fingerprintBeside("databaseUrl", fingerprintKey, news),
        clientSecretFingerprint,
        role: managementRole,
      },
      shape,
    );
    const faults = [...failures, ...credentialFaults(clientSecret, fingerprintKey)];
    return {
      ...(inputs && { inputs }),
      ...(faults.length > 0 && { failures: faults }),
    };
  },

  // A restored database holds an earlier secret: until that is put right, a refresh can read nothing.
  async isUp(inputs) {
    try {
      return dequal(await liveInputs(inputs), inputs);
    } catch {
      return true; // nothing can be said of a database that does not answer
    }
  },

  replaces: (before, wanted) => (before.clientId === wanted.clientId ? [] : ["clientId"]),

  async create(inputs) {
    await ensure(inputs);
    return { id: inputs.clientId, outputs: {} };
  },

  async read(_id, prior) {
    const inputs = await liveInputs(prior.inputs);
    return inputs && { inputs, outputs: {} };
  },

  async update(_id, _past, inputs) {
    await ensure(inputs);
    return {};
  },

  async delete(_id, { inputs }) {
    try {
      await withDatabase(parseDatabaseUrl(inputs.databaseUrl), (client) =>
        // Its secrets and its roles go with it.
        client.query(
          "delete from applications where tenant_id = $1 and id = $2 and type = 'MachineToMachine'",
          [tenant, inputs.clientId],
        ),
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
});

/** Writes all rows or none, so that an interrupted `up` leaves no application without its role. */
async function ensure({ databaseUrl, clientId }: Inputs): Promise<void> {
  const { clientSecret = "", fingerprintKey = "" } = readCredential();
  requireNoFaults(credentialFaults(clientSecret, fingerprintKey));
  await withDatabase(
    parseDatabaseUrl(databaseUrl),
    (client) =>
      inTransaction(client, async () => {
        await ensureApplication(client, clientId);
        await ensureSecret(client, clientId, clientSecret);
        await ensureRole(client, clientId);
      }),
    [clientSecret],
  ).catch((error: unknown) => {
    throw isCommitUnsure(error) ? new PartialFailure(error, { id: clientId, outputs: {} }) : error;
  });
}

async function ensureApplication(client: Client, clientId: string): Promise<void> {
  // Logto marks secrets that it keeps to itself; it puts this one in the place of ours at sign-in.
  const internalSecret = `#internal:${randomBytes(16).toString("hex")}`;
  await client.query(
    `insert into applications (tenant_id, id, name, secret, description, type, oidc_client_metadata)
     values ($1, $2, $3, $4, $5, 'MachineToMachine', '{"redirectUris": [], "postLogoutRedirectUris": []}')
     on conflict (id) do nothing`,
    [
      tenant,
      clientId,
      "Infrastructure as code",
      internalSecret,
      "Calls the Management API for logto-stack, which made it.",
    ],
  );
  const { rowCount } = await client.query(
    "select from applications where tenant_id = $1 and id = $2 and type = 'MachineToMachine' for update",
    [tenant, clientId],
  );
  if (rowCount !== 1) {
    throw userError(
      `${clientId} is the id of another application of this Logto, which cannot call the Management API: name another id in logto:clientId.`,
    );
  }
}

async function ensureSecret(client: Client, clientId: string, secret: string): Promise<void> {
  await client.query(
    `insert into application_secrets (tenant_id, application_id, name, value)
     values ($1, $2, $3, $4)
     on conflict (tenant_id, application_id, name)
     do update set value = excluded.value, expires_at = null`,
    [tenant, clientId, secretName, secret],
  );
}

async function ensureRole(client: Client, clientId: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    "select id from roles where tenant_id = $1 and name = $2",
    [tenant, managementRole],
  );
  const role = rows[0];
  if (role === undefined) {
    throw userError(
      `Logto's database has no role "${managementRole}": it is not seeded, or the role was renamed.`,
    );
  }
  await client.query(
    `insert into applications_roles (tenant_id, id, application_id, role_id)
     values ($1, $2, $3, $4)
     on conflict (tenant_id, application_id, role_id) do nothing`,
    [tenant, randomBytes(10).toString("hex"), clientId, role.id],
  );
}

/** The inputs as the database has them, or nothing if the application is gone. */
async function liveInputs(inputs: Inputs): Promise<Inputs | undefined> {
  const { fingerprintKey = "" } = readCredential();
  const live = await observe(inputs);
  return (
    live && {
      ...inputs,
      clientSecretFingerprint:
        live.secret === undefined ? none : fingerprint(fingerprintKey, live.secret),
      role: live.hasRole ? managementRole : none,
    }
  );
}

/** What the database holds, or nothing if the application is gone. */
async function observe({
  databaseUrl,
  clientId,
}: Inputs): Promise<{ secret: string | undefined; hasRole: boolean } | undefined> {
  const { rows } = await withDatabase(parseDatabaseUrl(databaseUrl), (client) =>
    client.query<{ secret: string | null; has_role: boolean }>(
      `select
         (select value from application_secrets
          where tenant_id = $1 and application_id = $2 and name = $3
            and (expires_at is null or expires_at > now())) as secret,
         exists (select from applications_roles
                 join roles on roles.id = applications_roles.role_id
                 where applications_roles.tenant_id = $1 and application_id = $2
                   and roles.name = $4) as has_role
       from applications
       where tenant_id = $1 and id = $2 and type = 'MachineToMachine'`,
      [tenant, clientId, secretName, managementRole],
    ),
  );
  const row = rows[0];
  return row && { secret: row.secret ?? undefined, hasRole: row.has_role };
}

function readCredential() {
  return {
    clientSecret: stack.get("logto:clientSecret"),
    fingerprintKey: stack.get("logto:fingerprintKey"),
  };
}

function credentialFaults(clientSecret: string, fingerprintKey: string) {
  return configurationFaults([
    {
      key: "logto:clientSecret",
      isRight: isClientSecret(clientSecret),
      expectation: clientSecretExpectation,
    },
    {
      key: "logto:fingerprintKey",
      isRight: isFingerprintKey(fingerprintKey),
      expectation: fingerprintKeyExpectation,
    },
  ]);
}

/**
 * The credential with which the Management API is called, written into Logto's own tables: a
 * machine-to-machine application, its secret and its role. For runtimes that own the database; Logto
 * itself has no way to make a first credential without a browser.
 *
 * The secret is `logto:clientSecret` of the stack's configuration and in no state. After a change of it, `up` shows
 * one change, that of its fingerprint, and the old secret is refused at once; tokens that were issued with it stay
 * valid until they expire. Each `up` checks that the database still holds it. Deleting this resource deletes the
 * application.
 *
 * Errors: a secret that Logto would not take; a client id that another application has; a database that
 * cannot be reached or is not seeded. None shows the secret or the database's password.
 */
export class ManagementAccess extends DynamicResource {
  declare readonly clientId: pulumi.Output<string>;

  constructor(name: string, args: ManagementAccessArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:ManagementAccess",
      name,
      {
        clientId: undefined,
        clientSecretFingerprint: undefined,
        role: undefined,
        ...args,
        databaseUrl: pulumi.secret(args.databaseUrl),
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl"] }),
    );
  }
}

import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { argon2i, argon2Verify } from "hash-wasm";
import type { Client } from "pg";
import { z } from "zod";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { fingerprint, fingerprintBeside } from "../../fingerprint";
import { configured } from "../../provider/stack-configuration";
import { PartialFailure } from "../../provider/partial-failure";
import { resourceProvider } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import {
  administratorName,
  administratorPasswordExpectation,
  configurationFaults,
  fingerprintKeyExpectation,
  isAdministratorPassword,
  isFingerprintKey,
  requireNoFaults,
} from "./credential";
import { inTransaction, isCommitUnsure, isGone, parseDatabaseUrl, withDatabase } from "./database";

interface DeclaredAdministrator {
  /** Address of Logto's database, as the role that owns it. */
  databaseUrl: string;
  /**
   * The name that signs in to the console: 1 to 128 letters, digits and "_", no digit first. Changing it renames
   * the account.
   */
  username: string;
}

export type AdministratorArgs = Arguments<DeclaredAdministrator>;

interface Inputs extends DeclaredAdministrator {
  /** Fingerprint of the password, which itself is in no input and no output. */
  passwordFingerprint: string;
  /** Shows in a diff that the database's password changed. */
  databaseUrlFingerprint?: string;
  /** The rights that Logto gives the first visitor of a new console, in the words of its tables. */
  roles: string[];
  organizationRoles: string[];
  isSuspended: boolean;
}

const passwordKey = "logto-stack:administratorPassword";

const tenant = "admin";
/** The organization of the members of the tenant `default`; it lies in the tenant `admin`. */
const organization = "t-default";
const roles = ["default:admin", "user"];
const organizationRoles = ["admin"];
/** Mark in `custom_data`: the account is this resource's, and no person's own. */
const mark = { "logto-stack": "administrator" };
/** Value in the place of a fingerprint: the password is not the configured one. */
const none = "none";

const shape = z.object({
  databaseUrl: z.string(),
  username: administratorName,
  passwordFingerprint: z.string(),
  databaseUrlFingerprint: z.string().optional(),
  roles: z.array(z.string()),
  organizationRoles: z.array(z.string()),
  isSuspended: z.boolean(),
});

const stack = configured();

export const provider = resourceProvider<Inputs, object>([], {
  configure: (configuration) => stack.configure(configuration),

  check(news) {
    const { password, fingerprintKey } = readCredential();
    const { inputs, failures = [] } = checkInputs<Inputs>(
      {
        ...(news as object),
        ...fingerprintBeside("databaseUrl", fingerprintKey, news),
        passwordFingerprint: fingerprint(fingerprintKey, password),
        roles,
        organizationRoles,
        isSuspended: false,
      },
      shape,
    );
    const faults = [...failures, ...credentialFaults(inputs?.username)];
    return { ...(inputs && { inputs }), ...(faults.length > 0 && { failures: faults }) };
  },

  async create(inputs) {
    return { id: await ensure(inputs), outputs: {} };
  },

  async read(id, { inputs }) {
    const live = await liveInputs(id, inputs);
    return live && { inputs: live, outputs: {} };
  },

  async update(id, _past, inputs) {
    await ensure(inputs, id);
    return {};
  },

  async delete(id, { inputs }) {
    try {
      await withDatabase(parseDatabaseUrl(inputs.databaseUrl), (client) =>
        inTransaction(client, async () => {
          // Roles and memberships go with the account, its sessions do not.
          await client.query("delete from users where tenant_id = $1 and id = $2", [tenant, id]);
          await client.query(
            "delete from oidc_model_instances where tenant_id = $1 and payload ->> 'accountId' = $2",
            [tenant, id],
          );
        }),
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
});

/**
 * Writes all rows or none, so that an interrupted `up` leaves no account without its rights.
 *
 * @param known the account's id, if it was made before: an account deleted since is made again under it
 * @returns the account's id
 */
async function ensure(inputs: Inputs, known?: string): Promise<string> {
  const { password } = readCredential();
  requireNoFaults(credentialFaults(inputs.username));
  let id = "";
  await withDatabase(
    parseDatabaseUrl(inputs.databaseUrl),
    (client) =>
      inTransaction(client, async () => {
        id = await ensureAccount(client, inputs.username, known);
        await ensureRoles(client, id);
        await ensureMembership(client, id);
        // The password comes last, as a hash takes its time and the account is locked meanwhile.
        await ensurePassword(client, id, password);
      }),
    [password],
  ).catch((error: unknown) => {
    throw isCommitUnsure(error) ? new PartialFailure(error, { id, outputs: {} }) : error;
  });
  return id;
}

async function ensureAccount(client: Client, username: string, known?: string): Promise<string> {
  const { rows } = await client.query<{ id: string; is_ours: boolean }>(
    `select id, custom_data @> $3::jsonb as is_ours from users
     where tenant_id = $1 and username = $2 for update`,
    [tenant, username, JSON.stringify(mark)],
  );
  const [found] = rows;
  if (found !== undefined && found.id !== known && (known !== undefined || !found.is_ours)) {
    throw userError(
      `Somebody else has the user name "${username}" at Logto's console, and their account is left alone: name another in logto-stack:docker.administrator.username.`,
    );
  }
  // A create that was interrupted after its transaction has left the account there.
  const id = known ?? found?.id ?? randomBytes(6).toString("hex");
  await client.query(
    `insert into users (tenant_id, id, username, custom_data) values ($1, $2, $3, $4)
     on conflict (id) do update set username = excluded.username, is_suspended = false`,
    [tenant, id, username, JSON.stringify(mark)],
  );
  return id;
}

async function ensureRoles(client: Client, id: string): Promise<void> {
  const { rows } = await client.query<{ id: string; name: string }>(
    "select id, name from roles where tenant_id = $1 and name = any($2)",
    [tenant, roles],
  );
  const missing = roles.filter((role) => !rows.some(({ name }) => name === role));
  if (missing.length > 0) {
    throw userError(
      `Logto's database has no role "${missing.join('", "')}" for its console: it is not seeded, or the role was renamed.`,
    );
  }
  for (const role of rows) {
    await client.query(
      `insert into users_roles (tenant_id, id, user_id, role_id) values ($1, $2, $3, $4)
       on conflict (tenant_id, user_id, role_id) do nothing`,
      [tenant, randomBytes(10).toString("hex"), id, role.id],
    );
  }
}

async function ensureMembership(client: Client, id: string): Promise<void> {
  await client.query(
    `insert into organization_user_relations (tenant_id, organization_id, user_id)
     values ($1, $2, $3) on conflict do nothing`,
    [tenant, organization, id],
  );
  for (const role of organizationRoles) {
    await client.query(
      `insert into organization_role_user_relations
         (tenant_id, organization_id, organization_role_id, user_id)
       values ($1, $2, $3, $4) on conflict do nothing`,
      [tenant, organization, role, id],
    );
  }
}

/** Sets the password, unless it is the right one already. */
async function ensurePassword(client: Client, id: string, password: string): Promise<void> {
  const account = await observe(client, id);
  if (account !== undefined && (await isPassword(password, account))) return;
  await client.query(
    `update users set password_encrypted = $3, password_encryption_method = 'Argon2i'
     where tenant_id = $1 and id = $2`,
    [tenant, id, await hash(password)],
  );
}

/** The inputs as the database has them, or nothing if the account is gone. */
async function liveInputs(id: string, inputs: Inputs): Promise<Inputs | undefined> {
  const { password, fingerprintKey } = readCredential();
  const account = await withDatabase(parseDatabaseUrl(inputs.databaseUrl), (client) =>
    observe(client, id),
  );
  if (account === undefined) return undefined;
  return {
    ...inputs,
    username: account.username ?? "",
    passwordFingerprint: (await isPassword(password, account))
      ? fingerprint(fingerprintKey, password)
      : none,
    // Other roles that the account was given are not ours to take away.
    roles: roles.filter((role) => account.roles.includes(role)),
    organizationRoles: organizationRoles.filter((role) =>
      account.organization_roles.includes(role),
    ),
    isSuspended: account.is_suspended,
  };
}

interface Account {
  username: string | null;
  password: string | null;
  is_suspended: boolean;
  roles: string[];
  organization_roles: string[];
}

async function observe(client: Client, id: string): Promise<Account | undefined> {
  const { rows } = await client.query<Account>(
    `select username, password_encrypted as password, is_suspended,
       array(select roles.name from users_roles join roles on roles.id = role_id
             where users_roles.tenant_id = $1 and user_id = users.id) as roles,
       array(select organization_role_id from organization_role_user_relations
             where tenant_id = $1 and organization_id = $3 and user_id = users.id)
         as organization_roles
     from users where tenant_id = $1 and id = $2`,
    [tenant, id, organization],
  );
  return rows[0];
}

/** Whether the account has this password. A hash of another kind was set neither by Logto nor by this resource. */
function isPassword(password: string, { password: stored }: Account): boolean | Promise<boolean> {
  return stored?.startsWith("$argon2") === true && argon2Verify({ password, hash: stored });
}

/**
 * The hash of a new password, as Logto makes it. It takes a good part of a second.
 *
 * Source: Logto, `packages/core/src/utils/password.ts`.
 */
function hash(password: string): Promise<string> {
  return argon2i({
    password,
    salt: randomBytes(16),
    iterations: 256,
    parallelism: 1,
    memorySize: 4096,
    hashLength: 32,
    outputType: "encoded",
  });
}

function readCredential() {
  return {
    password: stack.get(passwordKey) ?? "",
    fingerprintKey: stack.get("logto:fingerprintKey") ?? "",
  };
}

function credentialFaults(username = "") {
  const { password, fingerprintKey } = readCredential();
  // A password may hold a short name by chance.
  const holdsName = username.length > 3 && password.toLowerCase().includes(username.toLowerCase());
  return configurationFaults([
    {
      key: passwordKey,
      isRight: isAdministratorPassword(password),
      expectation: administratorPasswordExpectation,
    },
    {
      key: passwordKey,
      isRight: !holdsName,
      expectation: "expected a password without the user name in it",
    },
    {
      key: "logto:fingerprintKey",
      isRight: isFingerprintKey(fingerprintKey),
      expectation: fingerprintKeyExpectation,
    },
  ]);
}

/**
 * The administrator of Logto's console: an account that signs in there with a name and a password, and may do what
 * the first visitor of a new console may. It is written into Logto's own tables in one transaction, like
 * `ManagementAccess`, so it exists before the server starts, and the machine that runs `up` need not reach the
 * console.
 *
 * The password is `logto-stack:administratorPassword` of the stack's configuration and in no state. After a change
 * of it, `up` shows one change, that of its fingerprint, and the old password is refused at once; sessions go on. A
 * password that was changed in the console is drift, which `up --refresh` puts right.
 *
 * An account of that name that this resource did not make is left alone, and the name is refused. Deleting this
 * resource deletes the account and ends its sessions; a token that it has for the Management API is accepted until
 * it expires, an hour at most. After the last account is deleted, signing in at the console is impossible until an
 * account is declared again.
 *
 * Errors: a name or password that Logto would not take; a name that somebody else has; a database that cannot be
 * reached or is not seeded. None shows the password or that of the database.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/provision-library.ts`.
 */
export class Administrator extends DynamicResource {
  constructor(name: string, args: AdministratorArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:Administrator",
      name,
      {
        ...args,
        databaseUrl: pulumi.secret(args.databaseUrl),
        passwordFingerprint: undefined,
        roles: undefined,
        organizationRoles: undefined,
        isSuspended: undefined,
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl"] }),
    );
  }
}

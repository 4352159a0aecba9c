import * as pulumi from "@pulumi/pulumi";
import { dequal } from "dequal";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { z } from "zod";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { fingerprintBeside } from "../../fingerprint";
import { configured } from "../../provider/stack-configuration";
import { PartialFailure } from "../../provider/partial-failure";
import { resourceProvider } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import {
  canLogIn,
  type DatabaseAccess,
  inTransaction,
  isCommitUnsure,
  parseDatabaseUrl,
  withDatabase,
} from "./database";
import { isVerifierOf, scramVerifier } from "./scram";

interface DeclaredRole {
  /**
   * Address of any database of the server, as the superuser. If only the password in it changed, the superuser is
   * given that password, as the official image sets it in a new cluster only.
   */
  databaseUrl: string;
  /** 1 to 63 bytes, and not the superuser's. Changing it makes another role; what the old one owns stays its own. */
  name: string;
  password: string;
  /** Default: true. */
  login?: boolean;
  /** Whether it may make roles, and change those that it made. Default: false. */
  createRole?: boolean;
  /** Default: false. */
  createDatabase?: boolean;
  /** Whether it has the rights of its memberships without asking for them. Default: true. */
  inherit?: boolean;
  /** Default: false. */
  replication?: boolean;
  /** Default: false. */
  bypassRowLevelSecurity?: boolean;
  /** Default: false. */
  superuser?: boolean;
  /** Connections at once. Default: -1, any number. */
  connectionLimit?: number;
  /** Roles whose rights it has. Default: none. */
  memberOf?: string[];
}

export type DatabaseRoleArgs = Arguments<DeclaredRole>;

interface Inputs extends Required<DeclaredRole> {
  /** Shows in a diff that the superuser's password changed. */
  databaseUrlFingerprint?: string;
  /** Shows in a diff that the password changed, here or on the server. */
  passwordFingerprint?: string;
}

/** Attributes that are on or off, with their words in SQL and their columns. */
const switches = {
  login: ["login", "rolcanlogin"],
  createRole: ["createrole", "rolcreaterole"],
  createDatabase: ["createdb", "rolcreatedb"],
  inherit: ["inherit", "rolinherit"],
  replication: ["replication", "rolreplication"],
  bypassRowLevelSecurity: ["bypassrls", "rolbypassrls"],
  superuser: ["superuser", "rolsuper"],
} as const;

type Switch = keyof typeof switches;
const switchNames = Object.keys(switches) as Switch[];

/** Value in the place of a fingerprint: the password is not the declared one. */
const none = "none";

const roleName = z
  .string()
  .refine(
    (name) => name !== "" && Buffer.byteLength(name) <= 63 && !name.includes("\0"),
    "expected 1 to 63 bytes",
  );

const shape = z.object({
  databaseUrl: z.string(),
  databaseUrlFingerprint: z.string().optional(),
  name: roleName,
  password: z.string().min(12, "expected at least 12 characters"),
  passwordFingerprint: z.string().optional(),
  login: z.boolean().default(true),
  createRole: z.boolean().default(false),
  createDatabase: z.boolean().default(false),
  inherit: z.boolean().default(true),
  replication: z.boolean().default(false),
  bypassRowLevelSecurity: z.boolean().default(false),
  superuser: z.boolean().default(false),
  connectionLimit: z
    .number()
    .int("expected a whole number")
    .min(-1, "expected -1 or more")
    .default(-1),
  memberOf: z
    .array(roleName)
    .default([])
    .transform((names) => [...new Set(names)].sort()),
});

const stack = configured();

export const provider = resourceProvider<Inputs, object>([], {
  configure: (configuration) => stack.configure(configuration),

  check(news) {
    const key = stack.get("logto:fingerprintKey");
    const prints = ["databaseUrl", "password"].map((name) => fingerprintBeside(name, key, news));
    return checkInputs<Inputs>(Object.assign({}, news, ...prints), shape, [
      {
        reads: ["databaseUrl", "name"],
        problems: ({ databaseUrl, name }) =>
          parseDatabaseUrl(databaseUrl).user === name
            ? [{ path: ["name"], message: "is the superuser's, who cannot be declared" }]
            : [],
      },
    ]);
  },

  // False for an empty cluster after an upgrade, or a role that an interrupted run left: a refresh needs it as
  // declared.
  async isUp(inputs) {
    try {
      return dequal(await liveInputs(inputs), inputs);
    } catch {
      return true; // nothing can be said of a server that does not answer
    }
  },

  replaces: (before, wanted) => (before.name === wanted.name ? [] : ["name"]),

  async create(inputs) {
    await ensure(inputs);
    return { id: inputs.name, outputs: {} };
  },

  async read(_id, { inputs }) {
    const live = await liveInputs(inputs);
    return live && { inputs: live, outputs: {} };
  },

  async update(_id, prior, inputs) {
    await ensureSuperuser(inputs, prior.inputs);
    await ensure(inputs);
    return {};
  },

  async delete(_id, { inputs: { databaseUrl, name } }) {
    const role = escapeIdentifier(name);
    await withDatabase(parseDatabaseUrl(databaseUrl), (client) =>
      inTransaction(client, async () => {
        if ((await observe(client, name)) === undefined) return;
        // Reassigned first, so that only its rights and the memberships that it granted are dropped.
        await client.query(`reassign owned by ${role} to current_user`);
        await client.query(`drop owned by ${role}`);
        await client.query(`drop role ${role}`).catch((error: unknown) => {
          throw withWhatDependsOn(error, name);
        });
      }),
    );
  },
});

/** Makes the role as declared, or changes nothing. An existing role is taken over. */
async function ensure(inputs: Inputs): Promise<void> {
  const { databaseUrl, name, password } = inputs;
  await withDatabase(
    parseDatabaseUrl(databaseUrl),
    (client) =>
      inTransaction(client, async () => {
        const role = escapeIdentifier(name);
        // Roles belong to the cluster: another stack's run must not make the same one meanwhile.
        await client.query("select pg_advisory_xact_lock(hashtext('logto-stack role'))");
        const found = await observe(client, name);
        if (found === undefined) await client.query(`create role ${role}`);
        const clauses = [
          ...switchNames
            .filter((key) => found?.[key] !== inputs[key])
            .map((key) => word(key, inputs)),
          ...(found?.connectionLimit === inputs.connectionLimit
            ? []
            : [`connection limit ${inputs.connectionLimit}`]),
          ...(found?.isExpired ? ["valid until 'infinity'"] : []),
          ...(isVerifierOf(found?.verifier, password)
            ? []
            : [`password ${escapeLiteral(scramVerifier(password))}`]),
        ];
        if (clauses.length > 0) await client.query(`alter role ${role} ${clauses.join(" ")}`);
        await ensureMemberships(client, role, found?.memberships ?? [], inputs.memberOf);
      }),
    [password],
  ).catch((error: unknown) => {
    throw isCommitUnsure(error) ? new PartialFailure(error, { id: name, outputs: {} }) : error;
  });
}

function word(key: Switch, inputs: Inputs): string {
  return `${inputs[key] ? "" : "no"}${switches[key][0]}`;
}

/**
 * Grants or revokes only what differs. From Postgres 16 on, a role that makes another becomes a member that can
 * hand it on and use none of its rights; what it handed on depends on that membership, so it is left as it is.
 */
async function ensureMemberships(
  client: Client,
  role: string,
  found: Membership[],
  wanted: string[],
): Promise<void> {
  const hasOptions = (await versionOf(client)) >= 160_000;
  const missing = wanted.filter((name) => !found.some((one) => one.name === name));
  for (const name of missing) {
    // Without the options an existing membership would stay without rights.
    const rights = hasOptions ? " with inherit true, set true" : "";
    await client.query(`grant ${escapeIdentifier(name)} to ${role}${rights}`);
  }
  for (const { name, grantor, canGrant } of found.filter((one) => !wanted.includes(one.name))) {
    const [group, by] = [escapeIdentifier(name), `granted by ${escapeIdentifier(grantor)}`];
    await client.query(
      canGrant && hasOptions
        ? `grant ${group} to ${role} with inherit false, set false ${by}`
        : `revoke ${group} from ${role} ${by}`,
    );
  }
}

async function versionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: string }>(
    "select current_setting('server_version_num') as version",
  );
  return Number(rows[0]?.version);
}

/** Gives the superuser its new password, which the image sets in a new cluster only. The last `up` had the old one. */
async function ensureSuperuser(inputs: Inputs, before: Inputs): Promise<void> {
  const [wanted, former] = [inputs, before].map(({ databaseUrl }) =>
    parseDatabaseUrl(databaseUrl),
  ) as [DatabaseAccess, DatabaseAccess];
  if (!dequal({ ...wanted, password: former.password }, former)) return;
  if (wanted.password === former.password || (await canLogIn(wanted))) return;
  await withDatabase(
    former,
    (client) =>
      client.query(
        `alter role ${escapeIdentifier(wanted.user)} password ${escapeLiteral(scramVerifier(wanted.password))}`,
      ),
    [wanted.password],
  );
}

/** The inputs as the server has them, or nothing if the role is gone. */
async function liveInputs(inputs: Inputs): Promise<Inputs | undefined> {
  const { databaseUrl, name, password } = inputs;
  const live = await withDatabase(parseDatabaseUrl(databaseUrl), (client) => observe(client, name));
  if (live === undefined) return undefined;
  const { verifier, isExpired, memberships, ...attributes } = live;
  const isAccepted = isVerifierOf(verifier, password) && !isExpired;
  return {
    ...inputs,
    ...attributes,
    memberOf: [...new Set(memberships.map((one) => one.name))].sort(),
    ...(!isAccepted && { passwordFingerprint: none }),
  };
}

type Live = Pick<Inputs, Switch | "connectionLimit"> & {
  verifier: string | undefined;
  /** Whether its password has a date from which on it is refused. */
  isExpired: boolean;
  memberships: Membership[];
};

interface Membership {
  name: string;
  grantor: string;
  /** Whether the role can hand it on. */
  canGrant: boolean;
}

/**
 * The role with the memberships whose rights it has: neither those of Postgres's own making, which give none, nor
 * those that it gave itself. Before Postgres 16 each membership gives rights.
 */
async function observe(client: Client, name: string): Promise<Live | undefined> {
  const columns = switchNames.map((key) => `${switches[key][1]} as ${escapeIdentifier(key)}`);
  const { rows } = await client.query<Omit<Live, "verifier"> & { verifier: string | null }>(
    `select ${columns.join(", ")}, rolconnlimit as "connectionLimit", rolpassword as verifier,
       coalesce(rolvaliduntil, 'infinity') <> 'infinity' as "isExpired",
       coalesce((
         select jsonb_agg(jsonb_build_object('name', pg_get_userbyid(roleid), 'canGrant', admin_option,
                                             'grantor', pg_get_userbyid(grantor)))
         from pg_auth_members as held
         where member = pg_authid.oid and grantor <> pg_authid.oid
           and (coalesce(to_jsonb(held) ->> 'inherit_option', 'true') = 'true'
                or coalesce(to_jsonb(held) ->> 'set_option', 'true') = 'true')
       ), '[]') as memberships
     from pg_authid where rolname = $1`,
    [name],
  );
  const [row] = rows;
  return row && { ...row, verifier: row.verifier ?? undefined };
}

/** The error with what depends on the role, which Postgres names in the error's details. */
function withWhatDependsOn(error: unknown, name: string): unknown {
  const { code, detail = "" } = error as { code?: string; detail?: string };
  const dependentObjects = "2BP01";
  return code === dependentObjects
    ? userError(
        `The role ${name} is not deleted, as something depends on it (${detail.replaceAll("\n", ", ")}): drop that or give it another owner, and run this again.`,
      )
    : error;
}

/**
 * A role of a Postgres server, with its password and its attributes.
 *
 * It is in place of `postgresql.Role`, whose plugin revokes all memberships of a role before it changes anything.
 * From Postgres 16 on that fails for Logto's role: it makes a role for each tenant, becomes a member of it, and
 * hands that on. So its password could not be rotated, and a refresh left a difference that no `up` could mend.
 *
 * An existing role of that name is taken over. What was changed by hand is put back by the next `up`: an attribute,
 * the password, a date from which on it is refused, a membership whose rights the role has. Memberships that
 * give no rights are left alone.
 *
 * Deleting it leaves what it owns in the database of `databaseUrl`, and databases, to the superuser; what it owns in
 * another database has to be gone, or the deletion fails and changes nothing.
 *
 * The passwords are in no statement, so not in the server's log, and in no error.
 */
export class DatabaseRole extends DynamicResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: DatabaseRoleArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:DatabaseRole",
      name,
      {
        ...args,
        databaseUrl: pulumi.secret(args.databaseUrl),
        password: pulumi.secret(args.password),
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl", "password"] }),
    );
  }
}

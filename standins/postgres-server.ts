import type { ProviderArgs } from "@pulumi/postgresql";
import { Client, DatabaseError, escapeIdentifier, type ClientConfig } from "pg";
import { matching, type RulesFor } from "./inputs";

const version = /^v?\d+(\.\d+){0,2}([-+][\w.+-]+)?$/;

/** The options of `postgresql.Provider`. */
export const options = {
  awsRdsIamAuth: { kind: "boolean", unmade: true },
  awsRdsIamProfile: { kind: "text", unmade: true },
  awsRdsIamProviderRoleArn: { kind: "text", unmade: true },
  awsRdsIamRegion: { kind: "text", unmade: true },
  azureIdentityAuth: { kind: "boolean", unmade: true },
  azureTenantId: { kind: "text", unmade: true },
  clientcert: {
    kind: "object",
    unmade: true,
    fields: {
      cert: { kind: "text", required: true },
      key: { kind: "text", required: true },
      sslinline: { kind: "boolean" },
    },
  },
  connectTimeout: { kind: "number", minimum: -1 },
  database: { kind: "text" },
  databaseUsername: { kind: "text", unmade: true },
  expectedVersion: { kind: "text", complaint: matching(version, "a version such as 17 or 17.2") },
  gcpIamImpersonateServiceAccount: { kind: "text", unmade: true },
  host: { kind: "text" },
  // It has no effect here: each change has its own connection, and there is one change at a time.
  maxConnections: { kind: "number", minimum: -1 },
  password: { kind: "text", secret: true },
  port: { kind: "number" },
  scheme: {
    kind: "text",
    default: "postgres",
    complaint: matching(/^(aws|gcp)?postgres$/, "postgres, awspostgres or gcppostgres"),
    unmade: true,
  },
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- programs may still use it
  sslMode: { kind: "text", unmade: true },
  sslmode: { kind: "text" },
  sslrootcert: { kind: "text", unmade: true },
  superuser: { kind: "boolean" },
  username: { kind: "text" },
} satisfies RulesFor<ProviderArgs>;

/** The server that the provider's options name, and whether to use superuser rights on it. */
export class PostgresServer {
  private connection: ClientConfig = {};

  /** Whether passwords may be read, which only a superuser can do. */
  superuser = true;

  configure(given: Partial<Record<string, string>>): void {
    this.superuser = (given["superuser"] ?? process.env["PGSUPERUSER"] ?? "true") === "true";
    this.connection = {
      host: given["host"] ?? process.env["PGHOST"] ?? "localhost",
      port: Number(given["port"] ?? process.env["PGPORT"] ?? 5432),
      user: given["username"] ?? process.env["PGUSER"] ?? "postgres",
      password: given["password"] ?? process.env["PGPASSWORD"],
      database: given["database"] ?? process.env["PGDATABASE"] ?? "postgres",
      connectionTimeoutMillis: 1000 * Number(given["connectTimeout"] ?? 180),
      ssl: encryption(given["sslmode"]),
    };
  }

  /** Reads without changing anything. */
  async read<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client(this.connection);
    try {
      await client.connect();
    } catch (error) {
      const { host, port, user } = this.connection;
      throw new Error(
        `Postgres at ${String(host)}:${String(port)} cannot be used as "${String(user)}": ${reason(error)}`,
        { cause: error },
      );
    }
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /**
   * Changes something. `what` starts the error's message, and only the server's own words follow: a statement may
   * hold a password.
   *
   * Changes run one at a time, across processes too: a change may make the user a member of a role for a
   * while, and another change that ends meanwhile would remove that membership.
   */
  async change<Result>(what: string, work: (client: Client) => Promise<Result>): Promise<Result> {
    return this.read(async (client) => {
      try {
        await client.query("select pg_advisory_lock(hashtext('logto-stack stand-in'))");
        return await work(client);
      } catch (error) {
        throw new Error(`${what}: ${reason(error)}${advice(error)}`, { cause: error });
      }
    });
  }
}

/** `sslmode`, with the vendor's default: a server without TLS needs `disable` with the vendor's plugin too. */
function encryption(mode = "require"): ClientConfig["ssl"] {
  switch (mode) {
    case "disable":
      return false;
    case "require":
      return { rejectUnauthorized: false };
    case "verify-full":
      return { rejectUnauthorized: true };
    default:
      throw new Error(
        `postgresql:sslmode: expected disable, require or verify-full, not "${mode}"`,
      );
  }
}

/** Makes the current user a member of `role` while `work` runs: only then can it act for the role. */
export async function asMember<Result>(
  client: Client,
  role: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await client.query<{ member: boolean }>(
    "select pg_has_role(current_user, rolname, 'usage') as member from pg_roles where rolname = $1",
    [role],
  );
  if (rows[0]?.member === true) {
    return work();
  }
  // If the role does not exist, the server's own error says so.
  await client.query(`grant ${escapeIdentifier(role)} to current_user`);
  try {
    return await work();
  } finally {
    // In a failed transaction this fails too, and the rollback undoes the grant.
    await client.query(`revoke ${escapeIdentifier(role)} from current_user`).catch(() => undefined);
  }
}

function reason(error: unknown): string {
  // The error for a refused connection to a host with several addresses has an empty message.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return (first as Error).message;
}

/** Advice for errors that are likely after an interrupted run, or with a second stack. */
function advice(error: unknown): string {
  const codes = { duplicateObject: "42710", duplicateDatabase: "42P04" };
  return error instanceof DatabaseError && Object.values(codes).includes(error.code ?? "")
    ? " (take it over with pulumi import, or drop it)"
    : "";
}

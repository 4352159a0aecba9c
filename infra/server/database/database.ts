import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { databasePatience } from "../../patience";
import { redact } from "../../redact";
import { userError } from "../../user-error";
import { isUrl } from "../../url";

/** Address of a database, and the user who works on it. */
export interface DatabaseAccess {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
}

/**
 * The address as Logto and its tools take it. It holds the password.
 *
 * A destroy runs the program though it makes nothing, so parts may be undefined then: the address is of no use, but
 * making it must not fail.
 */
export function databaseUrl(access: DatabaseAccess): string {
  const url = new URL(`postgres://${access.host}/${access.database}`);
  url.port = String(access.port);
  url.username = access.user;
  url.password = access.password;
  return url.href;
}

/** @throws a user error that does not show the address, which holds a password */
export function parseDatabaseUrl(address: string): DatabaseAccess {
  if (!/^postgres(ql)?:/.test(address) || !isUrl(address)) {
    throw userError("The database's address is no URL of the form postgres://user@host:5432/name.");
  }
  const url = new URL(address);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/**
 * Connects, works, and disconnects.
 *
 * @throws a user error of one line that names the database and shows neither address nor password nor
 *   what is in `secrets`; it keeps the SQLSTATE, or the system's code, in `code`
 */
export async function withDatabase<Result>(
  access: DatabaseAccess,
  work: (client: Client) => Promise<Result>,
  secrets: readonly string[] = [],
): Promise<Result> {
  const client = new Client({
    ...access,
    connectionTimeoutMillis: databasePatience.connection,
    query_timeout: databasePatience.statement,
  });
  // A connection that breaks fails the query that waits on it; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    const { message = "", isCommitUnsure } = error as Partial<Unsure>;
    const code = codeOf(error);
    if (code === undefined) throw error;
    const reason = redact(message || code, [access.password, ...secrets]);
    const place = `${access.database} at ${access.host}:${access.port}`;
    const text = code === noAnswer ? `${reason}; run it again` : `${reason} (${code})`;
    throw Object.assign(userError(`The database ${place} failed: ${text}`), {
      code,
      ...(isCommitUnsure && { isCommitUnsure }),
    });
  } finally {
    await Promise.race([
      client.end().catch(() => undefined),
      pause(databasePatience.farewell, undefined, { ref: false }),
    ]);
  }
}

/** Pseudo error code: pg gives none for its own errors about a connection. */
const noAnswer = "no answer";

/** The SQLSTATE, or the system's code; `undefined` if the error is none of a database's. */
function codeOf(error: unknown): string | undefined {
  const { code, message = "" } = error as { code?: string; message?: string };
  const isOfConnection = /^(Connection terminated|timeout expired|Query read timeout)/.test(
    message,
  );
  return code ?? (isOfConnection ? noAnswer : undefined);
}

const noSuchDatabase = "3D000";
const noSuchTable = "42P01";

/** Whether the server accepts the password. Every other failure is thrown. */
export async function canLogIn(access: DatabaseAccess): Promise<boolean> {
  try {
    await withDatabase(access, () => Promise.resolve());
    return true;
  } catch (error) {
    const invalidPassword = "28P01";
    if ((error as { code?: string }).code === invalidPassword) return false;
    throw error;
  }
}

/**
 * Whether an error of {@link withDatabase} says that the database or its tables are gone: nothing is left to
 * delete.
 */
export function isGone(error: unknown): boolean {
  return [noSuchDatabase, noSuchTable].includes((error as { code?: string }).code ?? "");
}

/** Runs `work` in a transaction: all that it does takes effect, or nothing of it. */
export async function inTransaction<Result>(
  client: Client,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query("begin");
  try {
    const result = await work();
    await client.query("commit").catch((error: unknown) => {
      throw Object.assign(error as Error, { isCommitUnsure: true } satisfies Partial<Unsure>);
    });
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

interface Unsure extends Error {
  isCommitUnsure: true;
}

/** Whether an error of {@link withDatabase} leaves open if a transaction was carried out. */
export function isCommitUnsure(error: unknown): boolean {
  return (error as Partial<Unsure>).isCommitUnsure === true;
}

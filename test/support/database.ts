import { randomBytes } from "node:crypto";
import { Client } from "pg";

export const templateRole = "logto_template";
export const templateDatabase = "logto_template";

/** Work as the superuser of the tests' Postgres. */
export async function administer<Result>(
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: `${serverUrl()}/postgres` });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * A database of the test's own, as Logto's seed leaves it, and its address as its owner. It goes with
 * the tests' Postgres, so no test has to drop it.
 *
 * @param like the address of one of these, which has no connections, whose content it has instead
 */
export async function createSeededDatabase(like?: string): Promise<string> {
  const name = `logto_${randomBytes(6).toString("hex")}`;
  const template = like === undefined ? templateDatabase : new URL(like).pathname.slice(1);
  await administer((client) =>
    client.query(`create database ${name} template ${template} owner ${templateRole}`),
  );
  const url = new URL(`${serverUrl()}/${name}`);
  url.username = templateRole;
  return url.href;
}

/** A statement in the database at that address. */
export async function query<Row>(
  databaseUrl: string,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(statement, values);
    return rows as Row[];
  } finally {
    await client.end();
  }
}

/** The address of the tests' Postgres, as its superuser, without a database. */
export function serverUrl(): string {
  const url = process.env["TEST_POSTGRES_URL"];
  if (url === undefined) {
    throw new Error("The tests' Postgres is not running: run the tests with npm test.");
  }
  return url;
}

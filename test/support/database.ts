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
 */
export async function createSeededDatabase(): Promise<string> {
  const name = `logto_${randomBytes(6).toString("hex")}`;
  await administer((client) =>
    client.query(`create database ${name} template ${templateDatabase} owner ${templateRole}`),
  );
  const url = new URL(`${serverUrl()}/${name}`);
  url.username = templateRole;
  return url.href;
}

/** The address of the tests' Postgres, as its superuser, without a database. */
export function serverUrl(): string {
  const url = process.env["TEST_POSTGRES_URL"];
  if (url === undefined) {
    throw new Error("The tests' Postgres is not running: run the tests with npm test.");
  }
  return url;
}

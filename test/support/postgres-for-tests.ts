import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import getPort from "get-port";
import { startCluster } from "../../infra/server/embedded/postgres-cluster";
import { seed } from "../../infra/server/embedded/seed";
import { administer, templateDatabase, templateRole } from "./database";

/** Jest's global set-up: one real Postgres for all test files, with a database that Logto's own tool seeded. */
export default async function setUp(): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-postgres-"));
  const port = await getPort();
  const password = randomBytes(12).toString("hex");
  await startCluster({ directory, port }, password, ["fsync = off", "synchronous_commit = off"]);
  process.env["TEST_POSTGRES_DIRECTORY"] = directory;
  process.env["TEST_POSTGRES_URL"] = `postgres://postgres:${password}@127.0.0.1:${port}`;
  await administer(async (client) => {
    await client.query(`create role ${templateRole} login createrole password '${password}'`);
    await client.query(`create database ${templateDatabase} owner ${templateRole}`);
  });
  await seed(`postgres://${templateRole}:${password}@127.0.0.1:${port}/${templateDatabase}`);
}

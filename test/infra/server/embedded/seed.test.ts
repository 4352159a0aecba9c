import { Client } from "pg";
import { seed } from "../../../../infra/server/embedded/seed";
import { createSeededDatabase } from "../../../support/database";

test("a database that is seeded already is left as it is", async () => {
  const url = await createSeededDatabase();
  const before = await secretOfManagementApplication(url);
  await seed(url);
  expect(await secretOfManagementApplication(url)).toBe(before);
});

test("two databases are seeded at once, although Logto's tool cannot do that", async () => {
  const urls = await Promise.all([createSeededDatabase(), createSeededDatabase()]);
  await expect(Promise.all(urls.map((url) => seed(url)))).resolves.toEqual([undefined, undefined]);
});

test("a database that cannot be reached is named without its password", async () => {
  const error: unknown = await seed("postgres://logto:canary@127.0.0.1:1/logto").catch(
    (e: unknown) => e,
  );
  expect((error as Error).message).toMatch(/^Logto's database was not seeded: .*ECONNREFUSED/);
  expect(JSON.stringify(error)).not.toContain("canary");
});

async function secretOfManagementApplication(connectionString: string): Promise<string> {
  const client = new Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ secret: string }>(
    "select secret from applications where tenant_id = 'admin' and id = 'm-default'",
  );
  await client.end();
  expect(rows).toHaveLength(1);
  return (rows[0] as { secret: string }).secret;
}

import { LogtoConfigs } from "@logto/schemas";
import type { TenantDatabase } from "./database";

/** A value in the table of configs, of which there is one for each key. */
export async function storedConfig(database: TenantDatabase, key: string): Promise<unknown> {
  return (await database.row<{ key: string; value: unknown }>(LogtoConfigs, { key }))?.value;
}

export async function storeConfig(
  database: TenantDatabase,
  key: string,
  value: object,
): Promise<void> {
  await database.query(
    `insert into ${LogtoConfigs.table} (tenant_id, key, value) values ($1, $2, $3)
     on conflict (tenant_id, key) do update set value = excluded.value`,
    [database.tenantId, key, JSON.stringify(value)],
  );
}

import {
  LogtoConfigs,
  type LogtoActionKey,
  type LogtoJwtTokenKey,
  type LogtoOidcConfigKey,
  type LogtoTenantConfigKey,
} from "@logto/schemas";
import type { Table, TenantDatabase } from "./database";
import { ensure } from "./errors";

type ConfigKey = LogtoActionKey | LogtoJwtTokenKey | LogtoOidcConfigKey | LogtoTenantConfigKey;

/** The table of configs, in which a tenant has one value for each key. */
export const configs = LogtoConfigs as unknown as Table<{
  tenantId: string;
  key: string;
  value: unknown;
}>;

/** The value that the tenant keeps under the key, nothing if there is none. Its shape is unchecked. */
export async function storedConfig(database: TenantDatabase, key: ConfigKey): Promise<unknown> {
  const row = await database.row(configs, { key });
  return row?.value;
}

/** The same, or the refusal that Logto gives if there is none. */
export async function foundConfig(database: TenantDatabase, key: ConfigKey): Promise<object> {
  const value = await storedConfig(database, key);
  ensure(value, "entity.not_exists_with_id", {
    status: 404,
    values: { name: "logto_config", id: key },
  });
  return value;
}

/** Keeps a value under the key, in the place of the one that is there. */
export async function storeConfig(
  database: TenantDatabase,
  key: ConfigKey,
  value: object,
): Promise<void> {
  await database.query(
    `insert into ${configs.table} (tenant_id, key, value) values ($1, $2, $3)
     on conflict (tenant_id, key) do update set value = excluded.value`,
    [database.tenantId, key, JSON.stringify(value)],
  );
}

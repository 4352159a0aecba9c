import { LogtoConfigs, type LogtoOidcConfigKey, type LogtoTenantConfigKey } from "@logto/schemas";
import type { Table, TenantDatabase } from "../database";

const configs = LogtoConfigs as unknown as Table<{ tenantId: string; key: string; value: unknown }>;

/** The value that the tenant keeps under the key, nothing if there is none. Its shape is unchecked. */
export async function storedConfig(
  database: TenantDatabase,
  key: LogtoOidcConfigKey | LogtoTenantConfigKey,
): Promise<unknown> {
  const row = await database.row(configs, { key });
  return row?.value;
}

import { getManagementApiResourceIndicator } from "@logto/schemas";
import type pg from "pg";
import type { ConnectorFactories } from "./connectors/factories";
import { TenantDatabase } from "./database";
import { createProvider } from "./oidc/provider";
import { readSigningKeys } from "./oidc/signing-keys";
import type { Tenant } from "./tenant";

/**
 * A tenant of a seeded database, ready to answer.
 *
 * @param admin the tenant `admin`, whose tokens the others take too. Default: this is it
 */
export async function openTenant(
  pool: pg.Pool,
  { id, endpoint }: { id: string; endpoint: string },
  connectorFactories: ConnectorFactories,
  admin?: Tenant,
): Promise<Tenant> {
  const database = new TenantDatabase(pool, id);
  const own = { issuer: new URL("/oidc", endpoint).href, keys: await readSigningKeys(database) };
  return {
    id,
    ...own,
    managementApi: getManagementApiResourceIndicator(id),
    database,
    trusted: admin ? [own, { issuer: admin.issuer, keys: admin.keys }] : [own],
    connectorFactories,
    provider: createProvider({ database, ...own }),
  };
}

import { getManagementApiResourceIndicator } from "@logto/schemas";
import type { Provider } from "oidc-provider";
import type pg from "pg";
import type { ConnectorFactories } from "./connectors/factories";
import { TenantDatabase } from "./database";
import { createProvider } from "./oidc/provider";
import { type SigningKeys, readSigningKeys } from "./oidc/signing-keys";

/** A tenant's token issuer, and the keys that its tokens can be checked with. */
export interface TokenSource {
  issuer: string;
  keys: SigningKeys;
}

/** All that the routes of one tenant share. */
export interface Tenant {
  id: string;
  issuer: string;
  /** The resource that a token must be for, to be let into the Management API. */
  managementApi: string;
  database: TenantDatabase;
  keys: SigningKeys;
  /** Beside the tenant's own tokens, the Management API of every tenant takes those of `admin`. */
  trusted: TokenSource[];
  connectorFactories: ConnectorFactories;
  /** Signs people in and gives tokens. */
  provider: Provider;
}

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

import type { Provider } from "oidc-provider";
import type { ConnectorFactories } from "./connectors/factories";
import type { TenantDatabase } from "./database";
import type { SigningKeys } from "./oidc/signing-keys";

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
  /** Besides the tenant's own tokens, the Management API of every tenant takes those of `admin`. */
  trusted: TokenSource[];
  connectorFactories: ConnectorFactories;
  /** Signs people in and gives tokens. */
  provider: Provider;
}

import { ExtraParamsKey } from "@logto/schemas";
import { Provider } from "oidc-provider";
import { logUnexpected } from "../log";
import type { Tenant } from "../tenant";
import { findAccount } from "./accounts";
import { promptUrl } from "./prompts";
import { resourceServerFor } from "./resources";
import { oidcStorage } from "./storage";

const hour = 3600;
const day = 24 * hour;

/** What a provider is made of: the tenant without it. */
export type ProviderSource = Pick<Tenant, "database" | "issuer" | "keys">;

/** The OIDC server of a tenant, for its machines and its people. */
export function createProvider(tenant: ProviderSource): Provider {
  const cookie = {
    path: "/",
    sameSite: "lax",
    signed: true,
    httpOnly: true,
    overwrite: true,
  } as const;
  const provider = new Provider(tenant.issuer, {
    adapter: oidcStorage(tenant.database),
    jwks: { keys: tenant.keys.private },
    cookies: { keys: tenant.keys.cookies, long: cookie, short: cookie },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    enabledJWA: { idTokenSigningAlgValues: [tenant.keys.algorithm] },
    clientDefaults: { id_token_signed_response_alg: tenant.keys.algorithm },
    conformIdTokenClaims: false,
    extraParams: Object.values(ExtraParamsKey),
    findAccount: findAccount(tenant.database),
    interactions: { url: promptUrl },
    pkce: { required: (_context, client) => client.clientAuthMethod !== "client_secret_basic" },
    ttl: {
      AccessToken: (_context, token) => token.resourceServer?.accessTokenTTL ?? hour,
      ClientCredentials: (_context, token) => token.resourceServer?.accessTokenTTL ?? hour,
      Interaction: hour,
      Session: 14 * day,
      Grant: 180 * day,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (_context, indicator, client) =>
          resourceServerFor(tenant, indicator, client.clientId),
      },
    },
  });
  provider.on("server_error", (_context, error) => logUnexpected(error));
  return provider;
}

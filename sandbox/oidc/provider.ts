import { Provider } from "oidc-provider";
import { logUnexpected } from "../log";
import type { Tenant } from "../tenant";
import { resourceServerFor } from "./resources";
import { oidcStorage } from "./storage";

const hour = 3600;

/** The OIDC server of a tenant. So far it gives tokens to machines; people cannot sign in yet. */
export function createProvider(tenant: Tenant): Provider {
  const provider = new Provider(tenant.issuer, {
    adapter: oidcStorage(tenant.database),
    jwks: { keys: tenant.keys.private },
    cookies: { keys: tenant.keys.cookies },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    enabledJWA: { idTokenSigningAlgValues: [tenant.keys.algorithm] },
    clientDefaults: { id_token_signed_response_alg: tenant.keys.algorithm },
    ttl: {
      ClientCredentials: (_context, token) => token.resourceServer?.accessTokenTTL ?? hour,
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

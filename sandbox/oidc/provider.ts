import { userClaims } from "@logto/core-kit";
import { type CustomClientMetadata, CustomClientMetadataKey, ExtraParamsKey } from "@logto/schemas";
import { type Client, type Configuration, interactionPolicy, Provider } from "oidc-provider";
import { logUnexpected } from "../log";
import { findAccount } from "./accounts";
import { issuesRefreshToken, lifetimes, rotatesRefreshToken } from "./lifetimes";
import { promptUrl } from "./prompts";
import type { ProviderSource } from "./provider-source";
import { compareRedirectUrisAsLogto, isOriginOf, takeRedirectUrisAsLogto } from "./redirect-uris";
import { defaultResource, resourceServerFor } from "./resources";
import { signedOutPage, signOutPage } from "./sign-out";
import { oidcStorage } from "./storage";

/**
 * The OIDC server of a tenant, for its machines and its people. What is set here is set as Logto does it.
 *
 * Source: Logto, `packages/core/src/oidc/init.ts`.
 */
export function createProvider(source: ProviderSource): Provider {
  const { database, issuer, keys } = source;
  const provider = new Provider(issuer, {
    adapter: oidcStorage(database),
    jwks: { keys: keys.private },
    cookies: { keys: keys.cookies, long: cookie, short: cookie },
    enabledJWA: { idTokenSigningAlgValues: [keys.algorithm] },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    clientBasedCORS: (_context, origin, client) =>
      origin === new URL(issuer).origin || isOriginAllowed(origin, client),
    clientDefaults: { id_token_signed_response_alg: keys.algorithm },
    extraClientMetadata: { properties: Object.values(CustomClientMetadataKey) },
    extraParams: Object.values(ExtraParamsKey),
    claims: userClaims,
    // The id token holds what its scopes say, and not only what the userinfo endpoint would not tell.
    conformIdTokenClaims: false,
    findAccount: findAccount(database),
    interactions: { url: promptUrl, policy: prompts() },
    issueRefreshToken: (_context, client, code) => issuesRefreshToken(client, code),
    rotateRefreshToken: rotatesRefreshToken,
    pkce: { required: (_context, client) => client.clientAuthMethod !== "client_secret_basic" },
    // JSON in a browser, too.
    renderError(context, error) {
      context.body = error;
    },
    ttl: lifetimes,
    fetch: fetchFromThisMachine,
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: signOutPage,
        postLogoutSuccessSource: signedOutPage,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (context) => defaultResource(database, context),
        getResourceServerInfo: (context, indicator, client) =>
          resourceServerFor(source, context, indicator, client),
        useGrantedResource: () => false,
      },
    },
  });
  takeRedirectUrisAsLogto(provider);
  compareRedirectUrisAsLogto(provider);
  provider.on("server_error", (_context, error) => logUnexpected(error));
  provider.on("backchannel.error", (_context, error) => logUnexpected(error));
  return provider;
}

const cookie = {
  path: "/",
  sameSite: "lax",
  httpOnly: true,
  signed: true,
  overwrite: true,
} as const;

/** A person who was deleted or suspended since has a session still, but has to sign in, if they can. */
function prompts(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy
    .get("login")
    ?.checks.add(
      new interactionPolicy.Check(
        "no_account",
        "End-User authentication is required",
        "login_required",
        ({ oidc }) => oidc.session?.accountId !== undefined && oidc.account === undefined,
      ),
    );
  return policy;
}

function isOriginAllowed(origin: string, client: Client): boolean {
  const { corsAllowedOrigins = [] } = client.metadata() as CustomClientMetadata;
  return (
    corsAllowedOrigins.includes(origin) ||
    (client.redirectUris ?? []).some((uri) => isOriginOf(uri, origin))
  );
}

/**
 * Applications are told of a sign-out at an address of theirs. `oidc-provider` by itself would call everybody
 * but programs on this machine; it is the other way round here, so that nothing leaves the machine.
 */
const fetchFromThisMachine: Configuration["fetch"] = (url, options) => {
  const { hostname } = new URL(url instanceof Request ? url.url : url);
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname)
    ? fetch(url, { ...options, dispatcher: undefined } as RequestInit)
    : Promise.reject(new Error(`The sandbox calls nothing but this machine, and not ${hostname}.`));
};

import type { Property } from "../property";
import type { Subject } from "../rule";
import { logto } from "../types";

/** Properties with addresses to which Logto sends users, their data or events, by resource type. */
const places: Record<string, readonly string[]> = {
  [logto.application]: [
    "oidcClientMetadata.redirectUris.*",
    "oidcClientMetadata.postLogoutRedirectUris.*",
    "oidcClientMetadata.backchannelLogoutUri",
    "oidcClientMetadata.logoUri",
    "customClientMetadata.corsAllowedOrigins.*",
  ],
  [logto.signInExperience]: [
    "branding.*",
    "termsOfUseUrl",
    "privacyPolicyUrl",
    "supportWebsiteUrl",
    "unknownSessionRedirectUrl",
  ],
  [logto.webhook]: ["config.url"],
};

export const typesWithAddresses = Object.keys(places);

/** The addresses of a resource. An empty text clears one, so it does not count. */
export function addressesOf({ type, at }: Subject): Property[] {
  return at(...(places[type] ?? []));
}

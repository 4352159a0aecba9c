import type { Property } from "../property";
import type { Subject } from "../rule";
import { logto } from "../types";

/** Where Logto sends users, their data or events, by the type of the resource that says so. */
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

/** The addresses of a resource; an empty text clears one and is none. */
export function addressesOf({ type, at }: Subject): Property[] {
  return at(...(places[type] ?? []));
}

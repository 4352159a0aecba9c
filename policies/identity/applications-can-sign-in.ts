import { corsOrigin, isWebUri } from "../../infra/logto/oidc-client";
import { resourceRule } from "../rule";
import { logto } from "../types";

/** The types that send users to Logto and get them back. */
const typesWithUsers: unknown[] = ["Traditional", "SPA", "Native"];

/**
 * Checks that Logto's OpenID Connect server accepts the application as declared. The Management API is less strict:
 * it lets the `up` pass although every sign-in of the application would fail.
 */
export const applicationsCanSignIn = resourceRule({
  name: "applications-can-sign-in",
  description:
    "Checks that an application has a redirect URI, no address with a fragment, and http or https addresses where Logto calls or shows them.",
  level: "mandatory",
  types: [logto.application],
  *demands({ at, value }) {
    yield {
      property: "oidcClientMetadata.redirectUris",
      must: "hold an address: without one Logto refuses every sign-in",
      isMet: () =>
        !typesWithUsers.includes(value("type")) ||
        value("customClientMetadata.isDeviceFlow") === true ||
        isAdopted(value) ||
        at("oidcClientMetadata.redirectUris.*").length > 0,
    };
    for (const uri of at(
      "oidcClientMetadata.redirectUris.*",
      "oidcClientMetadata.postLogoutRedirectUris.*",
    )) {
      yield {
        property: uri.path,
        must: "do without a fragment (#…): with one Logto refuses every sign-in",
        isMet: () => !String(uri.value).includes("#"),
      };
      yield {
        property: uri.path,
        must: "be an address: with another text Logto refuses every sign-in",
        isMet: () => String(uri.value).trim() !== "",
      };
    }
    for (const origin of at("customClientMetadata.corsAllowedOrigins.*")) {
      yield {
        property: origin.path,
        must: "be an origin without a path: browsers send no other, so Logto would refuse what they ask",
        isMet: () =>
          !/^https?:/i.test(String(origin.value)) || corsOrigin.safeParse(origin.value).success,
      };
    }
    for (const uri of at("oidcClientMetadata.backchannelLogoutUri", "oidcClientMetadata.logoUri")) {
      yield {
        property: uri.path,
        must: "be an http or https address: with another Logto refuses every sign-in",
        isMet: () => isWebUri(String(uri.value)),
      };
    }
  },
});

/** Whether it is adopted, and so keeps its addresses if none are declared. */
function isAdopted(value: (path: string) => unknown): boolean {
  const [adopt = "never", adoptId] = [value("adopt"), value("adoptId")];
  return (
    (adopt !== "never" || adoptId !== undefined) &&
    value("oidcClientMetadata.redirectUris") === undefined
  );
}

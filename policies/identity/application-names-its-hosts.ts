import { resourceRule } from "../rule";
import { logto } from "../types";
import { hasWildcardHost } from "./wildcard";

/** Checks that an application's redirect URIs name their hosts, because a wildcard sends sign-in codes to any of them. */
export const applicationNamesItsHosts = resourceRule({
  name: "application-names-its-hosts",
  description: "Checks that an application's redirect URIs have no wildcard in the host.",
  level: "mandatory",
  types: [logto.application],
  *demands({ at }) {
    for (const uri of at(
      "oidcClientMetadata.redirectUris.*",
      "oidcClientMetadata.postLogoutRedirectUris.*",
      "customClientMetadata.corsAllowedOrigins.*",
    )) {
      yield {
        property: uri.path,
        must: "name its host without a wildcard: list each host",
        isMet: () => !hasWildcardHost(String(uri.value)),
      };
    }
  },
});

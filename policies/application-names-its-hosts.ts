import type { ResourceValidationPolicy } from "@pulumi/policy";

/** Checks that an application's redirect URIs name their hosts, because a wildcard sends sign-in codes to any of them. */
export const applicationNamesItsHosts: ResourceValidationPolicy = {
  name: "logto-application-names-its-hosts",
  description: "Checks that an application's redirect URIs have no wildcard in the host.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, reportViolation) => {
    if (type !== "pulumi-nodejs:dynamic/logto:Application") return;
    const { oidcClientMetadata = {} } = props as {
      oidcClientMetadata?: { redirectUris?: string[]; postLogoutRedirectUris?: string[] };
    };
    for (const property of ["redirectUris", "postLogoutRedirectUris"] as const) {
      for (const uri of oidcClientMetadata[property] ?? []) {
        if (/^[^/]*\/\/[^/?#]*\*/.test(uri)) {
          reportViolation(
            `The application "${name}" must name the host of "${uri}" in oidcClientMetadata.${property}, without a wildcard.`,
          );
        }
      }
    }
  },
};

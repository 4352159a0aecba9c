import { isPlaceholder } from "../../infra/placeholder";
import { resourceRule } from "../rule";
import { credentialPlaces } from "./credentials";
import { isUrl } from "../../infra/url";

/** Default credentials of examples and images. */
const wellKnown = new Set([
  "postgres",
  "p0stgr3s",
  "password",
  "passw0rd",
  "admin",
  "logto",
  "root",
]);

/** Checks that no credential is a placeholder, or a well-known default. */
export const credentialsAreNoPlaceholders = resourceRule({
  name: "credentials-are-no-placeholders",
  description: "Checks that credentials are neither placeholders nor those of examples.",
  level: "mandatory",
  *demands(subject) {
    for (const { property, credentials } of credentialPlaces(subject)) {
      yield {
        property: property.path,
        must: "be a credential of this environment's own instead of a placeholder or an example's",
        isMet: () =>
          credentials()
            .map(passwordOf)
            .every(
              (value) =>
                value === undefined ||
                !(wellKnown.has(value.toLowerCase()) || isPlaceholder(value)),
            ),
      };
    }
  },
});

/** The password of an address, if it has one; otherwise the credential itself. */
function passwordOf(credential: string): string | undefined {
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(credential) && isUrl(credential);
  if (!isAddress) return credential;
  const { password } = new URL(credential);
  return password === "" ? undefined : password;
}

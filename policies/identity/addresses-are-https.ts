import { type Subject, resourceRule } from "../rule";
import { logto } from "../types";
import { isHttps, isOfOwnMachine } from "../machine";
import { addressesOf, typesWithAddresses } from "./addresses";

/**
 * Checks that users and events are sent over https only, and never to an address of the caller's own machine.
 *
 * Apps on phones and desktops may also use a scheme of their own, such as `io.bookstore.app://callback`: their
 * maker's domain reversed, as https://www.rfc-editor.org/rfc/rfc8252#section-7.1 requires.
 */
export const addressesAreHttps = resourceRule({
  name: "addresses-are-https",
  description:
    "Checks that redirect, sign-out, webhook and page addresses are https and not of one's own machine.",
  level: "mandatory",
  types: typesWithAddresses,
  *demands(subject) {
    for (const address of addressesOf(subject)) {
      yield {
        property: address.path,
        must: "be an https address: give the one under which it is published",
        isMet: () => {
          const text = String(address.value);
          return (
            text === "" ||
            isHttps(text) ||
            isOfApp(subject, address.path, text) ||
            isOfDevice(subject, address.path, text) ||
            // A picture embedded in the address itself is not fetched.
            (/^data:image\//i.test(text) && /^branding\.|\.logoUri$/.test(address.path))
          );
        },
      };
      yield {
        property: address.path,
        must: "be an address that users can reach: name a public host instead of this machine",
        isMet: () => !isOfOwnMachine(String(address.value)),
      };
    }
  },
});

function isOfApp(subject: Subject, path: string, address: string): boolean {
  return /^[a-z][a-z\d_-]*(?:\.[a-z\d_-]+)+:\S+$/i.test(address) && isReturnToApp(subject, path);
}

/** Whether the app itself listens on its user's machine: https://www.rfc-editor.org/rfc/rfc8252#section-7.3 */
function isOfDevice(subject: Subject, path: string, address: string): boolean {
  const isLoopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:\/\S*)?$/i;
  return isLoopback.test(address) && isReturnToApp(subject, path);
}

function isReturnToApp({ type, value }: Subject, path: string): boolean {
  return (
    /^oidcClientMetadata\.(?:redirectUris|postLogoutRedirectUris)\[/.test(path) &&
    type === logto.application &&
    value("type") === "Native"
  );
}

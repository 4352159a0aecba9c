import { resourceRule } from "../rule";
import { addressesOf, typesWithAddresses } from "./addresses";

/**
 * Checks that users and events are sent over https only, and to no address that is another machine's own.
 *
 * An app's own scheme, such as `io.bookstore.app://callback`, is no web address and left alone.
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
        isMet: () => !/^http:/i.test(address.value as string),
      };
      yield {
        property: address.path,
        must: "be an address that users can reach: name a public host instead of this machine",
        isMet: () => !isLocal(address.value as string),
      };
    }
  },
});

function isLocal(address: string): boolean {
  if (!/^https:/i.test(address) || !URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return /^(?:(?:.+\.)?localhost\.?|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)$/.test(
    hostname,
  );
}

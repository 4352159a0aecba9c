import { BlockList } from "node:net";
import { type Subject, resourceRule } from "../rule";
import { logto } from "../types";
import { addressesOf, typesWithAddresses } from "./addresses";

/**
 * Checks that users and events are sent over https only, and to no address that is another machine's own.
 *
 * An app on a phone or a desktop is also called by a scheme of its own, such as `io.bookstore.app://callback`:
 * by its maker's domain backwards, as https://www.rfc-editor.org/rfc/rfc8252#section-7.1 has it.
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
            // A picture that lies in the address itself is not fetched from anywhere.
            (/^data:image\//i.test(text) && /^branding\.|\.logoUri$/.test(address.path))
          );
        },
      };
      yield {
        property: address.path,
        must: "be an address that users can reach: name a public host instead of this machine",
        isMet: () => !isLocal(String(address.value)),
      };
    }
  },
});

/** As it is written, too: browsers skip white space that a scheme hides behind. */
function isHttps(address: string): boolean {
  return /^https:\/\/\S+$/i.test(address) && URL.canParse(address);
}

function isOfApp({ type, value }: Subject, path: string, address: string): boolean {
  return (
    /^[a-z][a-z\d_-]*(?:\.[a-z\d_-]+)+:\S+$/i.test(address) &&
    /^oidcClientMetadata\.(?:redirectUris|postLogoutRedirectUris)\[/.test(path) &&
    type === logto.application &&
    value("type") === "Native"
  );
}

const ownAddresses = new BlockList();
ownAddresses.addSubnet("127.0.0.0", 8, "ipv4");
ownAddresses.addAddress("0.0.0.0", "ipv4");
ownAddresses.addAddress("::", "ipv6");
ownAddresses.addAddress("::1", "ipv6");

function isLocal(address: string): boolean {
  if (!isHttps(address)) return false;
  const { hostname } = new URL(address);
  const ipv6 = /^\[(.+)\]$/.exec(hostname)?.[1];
  return (
    (ipv6 === undefined ? ownAddresses.check(hostname) : ownAddresses.check(ipv6, "ipv6")) ||
    /^(?:(?:.+\.)?localhost|localhost\.localdomain|(?:host|gateway)\.docker\.internal)\.?$/.test(
      hostname,
    )
  );
}

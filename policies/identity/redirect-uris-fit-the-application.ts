import { resourceRule } from "../rule";
import { logto } from "../types";
import { isUrl } from "../../infra/url";

const loopbacks = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Warns, as Logto's console does, of redirect and sign-out URIs that do not fit the application's type. Logto accepts
 * them and they work, but the sign-in code is not safe: any app on a phone can claim a scheme, and an http address of
 * another machine can be read on the way.
 *
 * What RFC 8252 recommends for native applications passes: https addresses that the app has claimed, and http on
 * a loopback address.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7
 */
export const redirectUrisFitTheApplication = resourceRule({
  name: "redirect-uris-fit-the-application",
  description:
    "Checks that web applications are called by http or https, and native ones by a scheme of their own, https or a loopback.",
  level: "advisory",
  types: [logto.application],
  *demands({ at, value }) {
    for (const uri of at(
      "oidcClientMetadata.redirectUris.*",
      "oidcClientMetadata.postLogoutRedirectUris.*",
    )) {
      yield {
        property: uri.path,
        must: () =>
          value("type") === "Native"
            ? "be an address of a native application: a scheme of its own, a claimed https address, or http on a loopback"
            : "be an http or https address: declare an app with a scheme of its own as Native",
        isMet: () => fits(String(uri.value), value("type")),
      };
    }
  },
});

function fits(uri: string, type: unknown): boolean {
  if (!isUrl(uri)) return true;
  const { protocol, hostname } = new URL(uri);
  const isLoopback = loopbacks.includes(hostname);
  if (type !== "Native") return type === "MachineToMachine" || /^https?:$/.test(protocol);
  return protocol === "http:" ? isLoopback : protocol !== "https:" || !isLoopback;
}

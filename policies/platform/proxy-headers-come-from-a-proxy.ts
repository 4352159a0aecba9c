import { isPrivateAddress } from "../machine";
import { resourceRule } from "../rule";
import { docker } from "../types";
import { environmentOf } from "./container";

/**
 * Checks that only a proxy can say where a request comes from: with TRUST_PROXY_HEADER, Logto believes the
 * X-Forwarded headers of any client that reaches its port. It builds addresses from them, and locks out by them.
 */
export const proxyHeadersComeFromAProxy = resourceRule({
  name: "proxy-headers-come-from-a-proxy",
  description:
    "Checks that a container that trusts forwarded headers is published to its proxy only.",
  level: "mandatory",
  types: [docker.container],
  options: {
    guardedAddresses: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Addresses beyond private ones that only the proxy can reach, by a firewall.",
    },
  },
  *demands(subject, { guardedAddresses }) {
    const { at, value } = subject;
    for (const [index, { path }] of at("ports.*").entries()) {
      const ip = () => {
        const given = value(`ports.${index}.ip`);
        return typeof given === "string" ? given : "0.0.0.0";
      };
      yield {
        property: path,
        exception: { guardedAddresses: "ADDRESS" },
        must: "be published on 127.0.0.1 or a private address, as X-Forwarded headers are trusted: set its ip (logto-stack:docker.address), or docker.trustProxyHeader to false",
        isMet: () =>
          !environmentOf(subject, "TRUST_PROXY_HEADER").some(isOn) ||
          isPrivateAddress(ip()) ||
          guardedAddresses.includes(ip()),
      };
    }
  },
});

function isOn(value: string): boolean {
  return /^(?:1|true|yes|on)$/i.test(value);
}

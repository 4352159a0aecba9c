import { resourceRule } from "../rule";
import { docker } from "../types";
import { environmentOf } from "./container";
import { isUrl } from "../../infra/url";

/** Names that no public server has, as https://www.iana.org/assignments/special-use-domain-names lists them. */
const privateName =
  /^[^.]+$|\.(?:internal|local|localdomain|lan|home|home\.arpa|intranet|private|corp|test|localhost|invalid)\.?$/i;

/** Checks that extra hosts do not redirect a public name, such as the mail service's, to another machine. */
export const extraHostsArePrivate = resourceRule({
  name: "extra-hosts-are-private",
  description: "Checks that a container's own host entries are not for public names of others.",
  level: "mandatory",
  types: [docker.container],
  options: {
    names: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Public names that lead elsewhere inside containers, as somebody decided.",
    },
  },
  *demands(subject, { names }) {
    const { at, value } = subject;
    for (const [index, { path }] of at("hosts.*").entries()) {
      const host = () => String(value(`hosts.${index}.host`));
      yield {
        property: path,
        exception: { names: "NAME" },
        must: "not be for a public name of somebody else's: what is sent there would go to another machine",
        isMet: () =>
          privateName.test(host()) || names.includes(host()) || ownHosts(subject).includes(host()),
      };
    }
  },
});

/** The hosts of Logto's own endpoints, which are often on the same machine. */
function ownHosts(subject: Parameters<typeof environmentOf>[0]): string[] {
  return ["ENDPOINT", "ADMIN_ENDPOINT"]
    .flatMap((name) => environmentOf(subject, name))
    .flatMap((address) => (isUrl(address) ? [new URL(address).hostname] : []));
}

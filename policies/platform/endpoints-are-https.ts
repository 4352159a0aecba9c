import { isHttps, isOfOwnMachine } from "../machine";
import { resourceRule } from "../rule";
import { plainSetting } from "../secrets/stack-file";
import { docker, stack } from "../types";
import { environmentOf } from "./container";

/** The setting from which each of Logto's variables is made. */
const endpoints = { ENDPOINT: "logto:endpoint", ADMIN_ENDPOINT: "logto:adminEndpoint" };

/** Checks that users and administrators type their passwords over https only. */
export const endpointsAreHttps = resourceRule({
  name: "endpoints-are-https",
  description: "Checks that Logto and its console are reached over https, under a public host.",
  level: "mandatory",
  types: [docker.container, stack],
  options: {
    allowHttp: {
      type: "boolean",
      default: false,
      description: "Whether endpoints may be http or of one's own machine, as on a developer's.",
    },
  },
  *demands(subject, { allowHttp }) {
    if (allowHttp) return;
    for (const [variable, setting] of Object.entries(endpoints)) {
      const inFile = () => plainSetting(subject.urn.split(":")[2] ?? "", setting)?.text ?? "";
      const addresses = () =>
        (subject.type === stack ? [inFile()] : environmentOf(subject, variable)).filter(
          (address) => address !== "",
        );
      yield {
        property: subject.type === stack ? setting : variable,
        exception: { allowHttp: true },
        must: "be an https address: set the one under which it is published, of a proxy or with logto-stack:docker.tls",
        isMet: () => addresses().every(isHttps),
      };
      yield {
        property: subject.type === stack ? setting : variable,
        exception: { allowHttp: true },
        must: "be an address that users can reach: name a public host instead of this machine",
        isMet: () => !addresses().some(isOfOwnMachine),
      };
    }
  },
});

import { resourceRule } from "../rule";
import { connectors } from "../types";
import { activeContent, insecureLoads } from "./active-content";
import { templatesOf } from "./email-templates";

/** Checks that HTML messages only show: mail programs drop or warn of the rest, and http pictures can be watched. */
export const emailTemplatesAreInert = resourceRule({
  name: "email-templates-are-inert",
  description:
    "Checks that HTML e-mail templates have no active content and load nothing over http.",
  level: "mandatory",
  types: connectors,
  *demands(subject) {
    for (const { content, type } of templatesOf(subject)) {
      if (content === undefined) continue;
      const html = () => (type() === "text/plain" ? "" : (content.value as string));
      yield {
        property: content.path,
        must: () => `do without ${activeContent(html()).join(", ")}: messages only show`,
        isMet: () => activeContent(html()).length === 0,
      };
      yield {
        property: content.path,
        must: () =>
          `load over https or not at all in ${insecureLoads(html()).join(", ")}: http can be watched`,
        isMet: () => insecureLoads(html()).length === 0,
      };
    }
  },
});

import { holdsPurpose } from "../../infra/logto/email-content";
import { purposeOf, requiredUsageTypes } from "../../infra/logto/email-usage";
import { resourceRule } from "../rule";
import { connectors, logto } from "../types";
import { anyOf } from "../unknown";
import { templatesOf } from "./email-templates";

/** Checks that every code that Logto sends has a message, and that every such message shows the code. */
export const emailTemplatesAreComplete = resourceRule({
  name: "email-templates-are-complete",
  description:
    "Checks that an e-mail connector has the four templates, and that each holds the code it is sent for.",
  level: "mandatory",
  types: connectors,
  *demands(subject) {
    const templates = templatesOf(subject);
    const sendsEmail = subject.type === logto.sendGridConnector || templates.length > 0;
    for (const usageType of sendsEmail ? requiredUsageTypes : []) {
      yield {
        property: "config.templates",
        must: `hold a template for ${usageType}: add its file to the templates' folder`,
        isMet: () => anyOf(templates, (template) => template.usageType() === usageType),
      };
    }
    for (const template of templates.filter(({ isElsewhere }) => !isElsewhere)) {
      const usageType = () => String(template.usageType());
      yield {
        property: `${template.path}.content`,
        must: () => `hold {{${purposeOf(usageType())}}}, or its readers get none`,
        isMet: () =>
          holdsPurpose({
            usageType: usageType(),
            content: (template.content?.value ?? "") as string,
          }),
      };
      yield {
        property: `${template.path}.subject`,
        must: "be a text that says what the message is",
        isMet: () => ((template.subject?.value ?? "") as string).trim() !== "",
      };
    }
  },
});

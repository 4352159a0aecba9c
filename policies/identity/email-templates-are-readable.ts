import { type TemplateText, templateProblems } from "../../infra/logto/email-content";
import { resourceRule } from "../rule";
import { connectors } from "../types";
import { type Template, templatesOf } from "./email-templates";

/** Checks that each message shows its code, and no variable that Logto would leave unreplaced. */
export const emailTemplatesAreReadable = resourceRule({
  name: "email-templates-are-readable",
  description:
    "Checks that the code of an e-mail template can be seen, and that Logto fills all its variables.",
  level: "mandatory",
  types: connectors,
  *demands(subject) {
    for (const template of templatesOf(subject)) {
      for (const part of ["subject", "content"] as const) {
        const property = template[part];
        if (property === undefined) continue;
        yield {
          property: property.path,
          must: part === "subject" ? mustBeFilled : () => mustOfContent(textOf(template)),
          isMet: () => problemsOf(textOf(template), part).length === 0,
        };
      }
    }
  },
});

const mustBeFilled = "do without variables that Logto does not fill in a message of this type";

/** The requirement in words of its own: the message of a problem quotes variables, which may be any text. */
function mustOfContent(template: TemplateText): string {
  return problemsOf(template, "content").some(({ message }) => message.startsWith("expected"))
    ? "show its code, or its link, where readers see it: in text that is neither hidden nor a comment, an attribute or a style"
    : mustBeFilled;
}

function problemsOf(template: TemplateText, part: "subject" | "content") {
  // A template without any code is judged by email-templates-are-complete.
  return templateProblems(template).filter((problem) => problem.part === part);
}

function textOf({ usageType, type, subject, content }: Template): TemplateText {
  return {
    usageType: text(usageType()),
    type: text(type()),
    subject: text(subject?.value),
    content: text(content?.value),
  };
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

import { resourceRule } from "../rule";
import { connectors } from "../types";
import { type Content, contentOf } from "./active-content";
import { templatesOf } from "./email-templates";

/**
 * Checks that HTML messages only show text: mail programs drop active content or warn of it, http traffic can be
 * watched, and a code in an address is visible to the server there.
 */
export const emailTemplatesAreInert = resourceRule({
  name: "email-templates-are-inert",
  description:
    "Checks that HTML e-mail templates have no active content, load nothing over http, and keep the code to themselves.",
  level: "mandatory",
  types: connectors,
  options: {
    exceptions: {
      type: "array",
      items: { type: "string" },
      default: [],
      description:
        "Paths of contents that are right as they are, such as config.templates[0].content.",
    },
  },
  *demands(subject, { exceptions }) {
    for (const { content, type } of templatesOf(subject)) {
      if (content === undefined || exceptions.includes(content.path)) continue;
      let read: Content | undefined;
      const contentRead = () =>
        (read ??= contentOf(type() === "text/plain" ? "" : (content.value as string)));
      for (const [kind, mustOf] of Object.entries(musts) as [keyof typeof musts, Must][]) {
        yield {
          property: content.path,
          exception: { exceptions: content.path },
          must: () => mustOf(contentRead()[kind].join(", ")),
          isMet: () => contentRead()[kind].length === 0,
        };
      }
    }
  },
});

type Must = (words: string) => string;

const musts = {
  active: (words) => `do without ${words}: messages only show`,
  insecure: (words) => `load over https or not at all in ${words}: http can be watched`,
  leaking: (words) =>
    `hold {{code}} in its text only, not in ${words}: the server at that address would read it`,
  misleading: (words) =>
    `lead to the host that it shows in ${words}: name the host alone, in its own letters`,
} satisfies Partial<Record<keyof Content, Must>>;

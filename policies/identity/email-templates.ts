import type { Property } from "../property";
import type { Subject } from "../rule";
import { sends } from "./connector-medium";

/** An e-mail template of a connector; each part may not be known yet. */
export interface Template {
  usageType: () => unknown;
  type: () => unknown;
  /** Which may be absent. */
  content: Property | undefined;
  subject: Property | undefined;
  /** Whether the message itself is not here: it names the one that Postmark keeps. */
  isElsewhere: boolean;
  path: string;
}

/** The templates of a connector that sends e-mail; of another there are none. */
export function templatesOf(subject: Subject): Template[] {
  if (!sends(subject, "email")) return [];
  const { at } = subject;
  return at("config.templates.*").map((template, index) => {
    const part = (name: string) => at(`config.templates.${index}.${name}`)[0];
    return {
      path: template.path,
      usageType: () => part("usageType")?.value,
      // The connector for SMTP calls it contentType.
      type: () => (part("type") ?? part("contentType"))?.value,
      content: part("content"),
      subject: part("subject"),
      isElsewhere: part("templateAlias") !== undefined,
    };
  });
}

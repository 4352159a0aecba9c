import type { Property } from "../property";
import type { Subject } from "../rule";
import { sends } from "./connector-medium";

/** An e-mail template of a connector; each part may not be known yet. */
export interface Template {
  usageType: () => unknown;
  type: () => unknown;
  /** Undefined if the template has none. */
  content: Property | undefined;
  subject: Property | undefined;
  /** Whether the message is kept by Postmark, and the template only names it. */
  isElsewhere: boolean;
  path: string;
}

/** The templates of a connector that sends e-mail; none for any other resource. */
export function templatesOf(subject: Subject): Template[] {
  if (!sends(subject, "email")) return [];
  const { at } = subject;
  return at("config.templates.*").map((template, index) => {
    const part = (name: string) => at(`config.templates.${index}.${name}`)[0];
    return {
      path: template.path,
      usageType: () => part("usageType")?.value,
      // The SMTP connector calls it contentType.
      type: () => (part("type") ?? part("contentType"))?.value,
      content: part("content"),
      subject: part("subject"),
      isElsewhere: part("templateAlias") !== undefined,
    };
  });
}

import type { Property } from "../property";
import type { Subject } from "../rule";

/** An e-mail template of a connector; each part may not be known yet. */
export interface Template {
  usageType: () => unknown;
  type: () => unknown;
  /** Which may be absent. */
  content: Property | undefined;
  subject: Property | undefined;
  path: string;
}

/** The templates of a connector that sends e-mail. */
export function templatesOf({ at }: Subject): Template[] {
  return at("config.templates.*").map((template, index) => {
    const part = (name: string) => at(`config.templates.${index}.${name}`)[0];
    return {
      path: template.path,
      usageType: () => part("usageType")?.value,
      // The connector for SMTP calls it contentType.
      type: () => (part("type") ?? part("contentType"))?.value,
      content: part("content"),
      subject: part("subject"),
    };
  });
}

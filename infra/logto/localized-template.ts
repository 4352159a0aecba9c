import type { z } from "zod";
import { anyText, object, text } from "../fields";
import { missingPurpose, templateProblems } from "./email-content";
import { isContentType, isUsageType } from "./email-template-schema";
import { usageTypes } from "./email-usage";

const types = `one of ${usageTypes.join(", ")}`;

/** An e-mail in one language. */
export const localizedTemplate = object({
  /** What the mail is sent for. */
  templateType: anyText(types).refine(isUsageType, `expected ${types}`),
  subject: text("a subject"),
  /**
   * Holds `{{code}}` where the reader sees the code, or `{{link}}` in an `OrganizationInvitation`. What else Logto
   * fills depends on `templateType`; other variables would stay in the mail, and are refused.
   */
  content: anyText("a text"),
  /** `text/html` or `text/plain`. Default: text/html. */
  contentType: anyText("text/plain or text/html")
    .refine(isContentType, "expected text/plain or text/html")
    .optional(),
  /** Who gets the readers' answers, if the connector can say so. May hold variables. Default: the connector's. */
  replyTo: text("an address").optional(),
  /**
   * What readers see as the sender. May hold variables. SendGrid's connector takes it as the name in front of its own
   * address, SMTP's as the whole, such as `Bookstore <no-reply@bookstore.example>`. Default: the connector's.
   */
  sendFrom: text("a sender").optional(),
}).superRefine(({ templateType: usageType, contentType: type = "text/html", ...rest }, context) => {
  const written = { usageType, type, ...rest };
  for (const { part, message } of [...missingPurpose(written), ...templateProblems(written)]) {
    context.addIssue({ code: "custom", path: [part], message });
  }
});

export type LocalizedTemplate = z.infer<typeof localizedTemplate>;

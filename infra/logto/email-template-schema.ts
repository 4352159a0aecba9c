import type { z } from "zod";
import { anyText, list, object } from "../fields";
import { missingPurpose, templateProblems } from "./email-content";
import { type EmailUsageType, requiredUsageTypes, usageTypes } from "./email-usage";

export const isUsageType = (value: string): value is EmailUsageType =>
  (usageTypes as readonly string[]).includes(value);
export const isContentType = (value: string): value is "text/plain" | "text/html" =>
  /^text\/(?:plain|html)$/.test(value);

/** One e-mail that Logto sends. */
// Refined texts instead of enums: a wrong one does not keep zod from looking at the rest of the list.
export const emailTemplate = object({
  /** What the mail is sent for. If a type has no template, Logto sends `Generic`. */
  usageType: anyText(`one of ${usageTypes.join(", ")}`).refine(
    isUsageType,
    `expected one of ${usageTypes.join(", ")}`,
  ),
  type: anyText("text/plain or text/html").refine(
    isContentType,
    "expected text/plain or text/html",
  ),
  subject: anyText("a subject").refine(
    (subject) => subject.trim() !== "",
    "is empty: expected a subject",
  ),
  /**
   * Holds `{{code}}` where the reader sees the code, or `{{link}}` in an `OrganizationInvitation`. What else Logto
   * fills depends on `usageType`; other variables would stay in the mail, and are refused.
   */
  content: anyText("a text"),
}).superRefine((written, context) => {
  const missing = missingPurpose(written);
  for (const { part, message } of [...missing, ...templateProblems(written)]) {
    context.addIssue({ code: "custom", path: [part], message });
  }
});

export type EmailTemplate = z.infer<typeof emailTemplate>;

/** At least one each of `Register`, `SignIn`, `ForgotPassword` and `Generic`, kept in one order. */
export const emailTemplates = list(emailTemplate, "a list of templates")
  .superRefine((templates, context) => {
    for (const usageType of requiredUsageTypes) {
      if (!templates.some((one) => one.usageType === usageType)) {
        context.addIssue({ code: "custom", message: `the ${usageType} template is missing` });
      }
    }
    templates.forEach(({ usageType }, index) => {
      if (templates.findIndex((other) => other.usageType === usageType) < index) {
        context.addIssue({
          code: "custom",
          path: [index, "usageType"],
          message: `there are two ${usageType} templates`,
        });
      }
    });
  })
  .transform((templates) => templates.toSorted(byUsageType));

function byUsageType(one: { usageType: string }, other: { usageType: string }): number {
  const order: readonly string[] = usageTypes;
  return order.indexOf(one.usageType) - order.indexOf(other.usageType);
}

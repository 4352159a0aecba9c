import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isEmailAddress } from "../email-address";
import type { Arguments } from "../deep-input";
import { isPlaceholder } from "../placeholder";
import { holdsPurpose, purposeOf, templateProblems } from "./email-content";
import { refusalOf, remedyFor } from "../sendgrid/refusal";
import { Connector, connectorProvider } from "./connector";

/** What an e-mail is sent for. */
export type EmailUsageType = (typeof usageTypes)[number];

/** Those that SendGrid's connector cannot do without come first. */
export const requiredUsageTypes = ["Register", "SignIn", "ForgotPassword", "Generic"] as const;
export const usageTypes = [
  ...requiredUsageTypes,
  "OrganizationInvitation",
  "UserPermissionValidation",
  "BindNewIdentifier",
  "MfaVerification",
  "BindMfa",
] as const;

/** One e-mail that Logto sends. */
export interface EmailTemplate {
  /** What it is sent for. Where a type has no template Logto sends `Generic`. */
  usageType: EmailUsageType;
  type: "text/plain" | "text/html";
  subject: string;
  /**
   * With `{{code}}` where the reader sees the code; an `OrganizationInvitation` has `{{link}}` instead. What else
   * Logto fills depends on {@link usageType}; other variables would stay in the mail, and are refused.
   */
  content: string;
}

interface SendGridConfig {
  /** A SendGrid API key with the permission Mail Send. Secret. */
  apiKey: string;
  /** A sender that SendGrid has verified. */
  fromEmail: string;
  /** What mail programs show as the sender. Default: the address. */
  fromName?: string;
  /** At least one each of `Register`, `SignIn`, `ForgotPassword` and `Generic`; their order does not matter. */
  templates: EmailTemplate[];
}

export type SendGridConnectorArgs = Arguments<SendGridConfig> & {
  /**
   * Who gets a test mail before each change of the connector, and when this address changes; where
   * SendGrid refuses it the change is not made. Default: no test mail.
   */
  testRecipient?: pulumi.Input<string>;
  /** The connector's id in Logto. Changing it replaces the connector. Default: the resource's name. */
  connectorId?: pulumi.Input<string>;
};

const isUsageType = (text: string) => (usageTypes as readonly string[]).includes(text);

// Refined strings and no enums: a wrong one does not keep zod from looking at the rest of the list.
const template = z
  .object({
    usageType: z.string().refine(isUsageType, `expected one of ${usageTypes.join(", ")}`),
    type: z
      .string()
      .refine((type) => /^text\/(?:plain|html)$/.test(type), "expected text/plain or text/html"),
    subject: z.string().refine((text) => text.trim() !== "", "is empty: expected a subject"),
    content: z.string(),
  })
  .strict()
  .superRefine((written, context) => {
    const add = (part: string, message: string) =>
      context.addIssue({ code: "custom", path: [part], message });
    if (!holdsPurpose(written)) {
      const variable = purposeOf(written.usageType);
      add(
        "content",
        `expected {{${variable}}} in the ${written.usageType} template, or its readers get none`,
      );
    }
    for (const { part, message } of templateProblems(written)) add(part, message);
  });

const shape = z
  .object({
    apiKey: z
      .string()
      .trim()
      .min(1, "is empty: expected a SendGrid API key")
      .refine(
        (key) => key === "" || !isPlaceholder(key),
        "is a placeholder: expected a SendGrid API key",
      )
      .refine((key) => !/\s/.test(key), "holds white space: expected a SendGrid API key"),
    fromEmail: z
      .string()
      .refine(isEmailAddress, "expected an e-mail address, such as no-reply@bookstore.example"),
    fromName: z.string().optional(),
    templates: template
      .array()
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
      .transform((templates) => templates.toSorted(byUsageType)),
  })
  .strict();

export const provider = connectorProvider({ shape, explainRefusal });

/** What SendGrid said, and the remedy where it is known. */
function explainRefusal(body: string): string | undefined {
  const message = refusalOf(body);
  if (message === undefined) return undefined;
  const remedy = remedyFor(message);
  return `SendGrid says "${message}"${remedy === undefined ? "" : `, that is, ${remedy}`}`;
}

function byUsageType(one: { usageType: string }, other: { usageType: string }): number {
  const order: readonly string[] = usageTypes;
  return order.indexOf(one.usageType) - order.indexOf(other.usageType);
}

/**
 * Logto's e-mail connector for SendGrid: the key, the sender and the templates.
 *
 * What surprises, beyond what holds for every {@link Connector}: a changed API key shows in a diff as a
 * changed fingerprint (`secretFingerprints.apiKey`) and never as a value; the templates are kept in one
 * order, so that moving one is no change.
 *
 * @see https://docs.logto.io/integrations/sendgrid
 */
export class SendGridConnector extends Connector {
  constructor(name: string, args: SendGridConnectorArgs, options?: pulumi.CustomResourceOptions) {
    const { connectorId, testRecipient, ...config } = args;
    super(
      name,
      {
        factoryId: "sendgrid-email-service",
        ...(connectorId === undefined ? {} : { connectorId }),
        ...(testRecipient === undefined ? {} : { testRecipient }),
        config,
        secretFields: ["apiKey"],
      },
      options,
      "logto:SendGridConnector",
    );
  }
}

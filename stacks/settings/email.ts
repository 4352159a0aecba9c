import type { z } from "zod";
import { flag, object, text } from "../../infra/fields";
import { testRecipient } from "../../infra/logto/connector-schema";
import type { EmailTemplate } from "../../infra/logto/email-template-schema";
import { sendGridConfig } from "../../infra/logto/sendgrid-connector-schema";
import { isObject, type Values } from "../../infra/properties";
import { defaultSendGridEndpoint, sendGridEndpoint } from "../../infra/sendgrid/endpoint";

const defaultTemplatesFolder = "infra/templates";

/** `logto-stack:email`: the messages that Logto sends through SendGrid. */
export const emailSettings = object({
  /** A sender that SendGrid has verified. */
  fromEmail: sendGridConfig.shape.fromEmail,
  /** What mail programs show. Default: the address. */
  fromName: sendGridConfig.shape.fromName,
  /** The folder of the e-mail templates. Default: infra/templates. */
  templates: text("a folder, such as infra/templates").default(defaultTemplatesFolder),
  /** Address that gets a test mail at each change of the connector; if refused, the change fails. Default: none. */
  testRecipient,
  /**
   * Whether SendGrid is asked, before anything is declared, if the key may send from `fromEmail`.
   * Default: true; false for the runtime `embedded`, whose mails stay on this machine.
   */
  preflight: flag().optional(),
  /**
   * Address of SendGrid's API for the preflight, such as a proxy or its European region.
   * Default: https://api.sendgrid.com.
   */
  sendgridEndpoint: sendGridEndpoint.default(defaultSendGridEndpoint),
});

type DeclaredEmail = z.infer<typeof emailSettings>;

export type EmailSettings = Omit<DeclaredEmail, "templates"> &
  Required<Pick<DeclaredEmail, "preflight">> & {
    /** What was read from the folder. */
    templates: EmailTemplate[];
  };

export function emailSettingsOf(
  { templates: _folder, preflight, ...email }: DeclaredEmail,
  runtime: string,
  templates: EmailTemplate[],
): EmailSettings {
  return { ...email, templates, preflight: preflight ?? runtime !== "embedded" };
}

/** The folder to read, whether the other settings are right or wrong. */
export function templatesFolder({ "logto-stack:email": email }: Values): string {
  const folder = isObject(email) ? email["templates"] : undefined;
  return emailSettings.shape.templates.safeParse(folder).data ?? defaultTemplatesFolder;
}

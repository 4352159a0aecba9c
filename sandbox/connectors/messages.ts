import { buildRawConnector, notImplemented } from "@logto/cli/lib/connector/index.js";
import {
  type ConnectorType,
  type EmailConnector,
  type GetI18nEmailTemplate,
  type SendMessageData,
  type SendMessagePayload,
  type SmsConnector,
  TemplateType,
} from "@logto/connector-kit";
import { ConnectorType as Types, type EmailTemplate, EmailTemplates } from "@logto/schemas";
import { LogtoError } from "../errors";
import { findSignInExperience } from "../sign-in-experience/find";
import type { Tenant } from "../tenant";
import { findConnectors } from "./connectors";
import type { AnyConnectorFactory } from "./factories";
import { ensureHeldBack } from "./mail-route";

/** How a message goes. */
export type Channel = "email" | "sms";

export interface Message {
  channel: Channel;
  /** The address or the number. */
  to: string;
  /** What it is sent for, which says the template. */
  type: TemplateType;
  /** What the template's `{{code}}`, `{{application.name}}` and so on stand for, and the reader's language. */
  payload: SendMessagePayload;
}

/** The type of the connectors that send on a channel. */
export const connectorTypes = { email: Types.Email, sms: Types.Sms } as const satisfies Record<
  Channel,
  ConnectorType
>;

/**
 * Sends a message through the tenant's e-mail or SMS connector, with the config that is stored now.
 *
 * An e-mail's text is the one of the tenant's `email_templates` where there is one for the reader's
 * language or the fallback language, and else the one of the connector's config.
 *
 * Errors, as Logto answers them: `connector.not_found` (501) where no connector sends on that channel;
 * `connector.invalid_config`; `connector.general` with what the mail service answered.
 */
export async function sendMessage(
  tenant: Tenant,
  { channel, to, type, payload }: Message,
): Promise<void> {
  const wanted = connectorTypes[channel];
  const connector = (await findConnectors(tenant)).find(({ factory }) => factory.type === wanted);
  if (!connector) {
    throw new LogtoError("connector.not_found", { status: 501, values: { type: wanted } });
  }
  await send(tenant, connector.factory, { to, type, payload }, connector.row.config);
}

/** Sends a message with a config that need not be the stored one: what the connector's "Send" button does. */
export async function send(
  tenant: Tenant,
  factory: AnyConnectorFactory,
  message: SendMessageData,
  config: unknown,
): Promise<void> {
  ensureHeldBack(factory.metadata.id);
  const { rawConnector } = await buildRawConnector<never, EmailConnector | SmsConnector>(
    factory as never,
    notImplemented,
    undefined,
    factory.type === Types.Email ? emailTemplatesOf(tenant) : undefined,
  );
  await rawConnector.sendMessage(message, config);
}

/** The tenant's template of a type in the reader's language, else in the fallback language, else the generic one. */
function emailTemplatesOf({ database }: Tenant): GetI18nEmailTemplate {
  const find = (templateType: TemplateType, languageTag: string) =>
    database.row<EmailTemplate>(EmailTemplates, { templateType, languageTag });
  return async (type, language) => {
    const own = language ? await find(type, language) : undefined;
    if (own) return own.details;
    const { languageInfo } = await findSignInExperience(database);
    const fallback =
      (await find(type, languageInfo.fallbackLanguage)) ??
      (await find(TemplateType.Generic, languageInfo.fallbackLanguage));
    return fallback?.details;
  };
}

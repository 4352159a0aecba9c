import { refusalOf, remedyFor } from "../sendgrid/refusal";
import { connectorFace, type FaceArguments } from "./connector-face";
import { sendGridConfig } from "./sendgrid-connector-schema";

const sendGridConnector = connectorFace({
  type: "logto:SendGridConnector",
  factoryId: "sendgrid-email-service",
  config: sendGridConfig,
  secretFields: ["apiKey"],
  offers: ["testRecipient"],
  explainRefusal,
  consequences: {
    deleted: "E-mail codes are no longer sent: users who need one cannot sign in or up.",
    replaced: "While it is replaced, codes may not be sent.",
  },
});

/** What SendGrid said, and the remedy if it is known. */
function explainRefusal(body: string): string | undefined {
  const message = refusalOf(body);
  if (message === undefined) return undefined;
  const remedy = remedyFor(message);
  return `SendGrid says "${message}"${remedy === undefined ? "" : `, that is, ${remedy}`}`;
}

export const { kind, provider } = sendGridConnector;
export type SendGridConnectorArgs = FaceArguments<typeof sendGridConfig.shape, "testRecipient">;

/**
 * Logto's e-mail connector for SendGrid: the key, the sender and the templates.
 *
 * What surprises, beyond what holds for every {@link Connector}: a changed API key shows in a diff as a
 * changed fingerprint (`secretFingerprints.apiKey`) and never as a value; the templates are kept in one
 * order, so that moving one is no change.
 *
 * @see https://docs.logto.io/integrations/sendgrid
 */
export class SendGridConnector extends sendGridConnector.Resource {}

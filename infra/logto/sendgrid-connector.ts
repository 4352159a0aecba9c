import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Arguments } from "../deep-input";
import { refusalOf, remedyFor } from "../sendgrid/refusal";
import { Connector, connectorProvider } from "./connector";
import { sendGridConfig } from "./sendgrid-connector-schema";

export type SendGridConnectorArgs = Arguments<z.infer<typeof sendGridConfig>> & {
  /**
   * The address that gets a test mail before each change of the connector, and when the address itself changes. If
   * SendGrid refuses the mail, the change is not made. Default: no test mail.
   */
  testRecipient?: pulumi.Input<string>;
  /** The connector's id in Logto. Changing it replaces the connector. Default: the resource's name. */
  connectorId?: pulumi.Input<string>;
};

export const provider = connectorProvider({ shape: sendGridConfig, explainRefusal });

/** What SendGrid said, and the remedy if it is known. */
function explainRefusal(body: string): string | undefined {
  const message = refusalOf(body);
  if (message === undefined) return undefined;
  const remedy = remedyFor(message);
  return `SendGrid says "${message}"${remedy === undefined ? "" : `, that is, ${remedy}`}`;
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

import { z } from "zod";
import { emailAddress } from "../email-address";
import { anyText, flag, list, object, text } from "../fields";

const declaredFields = {
  /** Logto's name of the kind of connector, such as `sendgrid-email-service`; `GET /api/connector-factories` lists them. */
  factoryId: text("the id of a connector factory"),
  /**
   * The connector's id in Logto, up to 128 characters; for a social connector it is part of the callback
   * URL. Changing it replaces the connector. Default: the resource's name.
   */
  connectorId: text("up to 128 letters, digits, dots, dashes or underscores", (id) =>
    /^[\w.-]{1,128}$/.test(id),
  ),
  /** What the factory asks for. Logto drops empty strings, lists and objects from it, and so does this. */
  config: z.record(z.unknown()),
  /** Places in `config` that hold a secret, as in `apiKey` or `auth.pass`. They are encrypted in the state. */
  secretFields: list(text("a place in config, such as apiKey"), "a list of places").optional(),
  /** Name, logo (over https or as `data:image/…`) and target of a standard social connector. */
  metadata: object({
    target: anyText("a text").optional(),
    name: z.record(anyText("a text")).optional(),
    logo: anyText("the address of a picture").optional(),
    logoDark: anyText("the address of a picture").optional(),
  }).optional(),
  /** Whether a social connector updates the user's profile at each sign-in. Default: false. */
  syncProfile: flag().optional(),
  /** Whether a social provider's tokens are kept; Logto needs SECRET_VAULT_KEK for it. Default: false. */
  enableTokenStorage: flag().optional(),
  /**
   * For an e-mail connector: the address that gets a test mail before each change, and when the address itself
   * changes. If the mail cannot be sent, the connector stays as it was. Default: no test mail.
   */
  testRecipient: emailAddress("you@bookstore.example").optional(),
};

export const connectorFields = {
  ...declaredFields,
  /** Fingerprints by secret field: a diff shows that a secret changed, which the engine alone does not show. */
  secretFingerprints: z.record(z.string()).default({}),
};
export type DeclaredConnector = z.infer<z.ZodObject<typeof declaredFields>>;
export type ConnectorInputs = z.infer<z.ZodObject<typeof connectorFields>>;

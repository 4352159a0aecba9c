import cleanDeep from "clean-deep";
import { z } from "zod";
import { emailAddress } from "../email-address";
import { anyText, flag, list, object, text } from "../fields";
import type { Values } from "../properties";

/** The config of a factory, as its schema or any record describes it. */
export type ConfigSchema = z.ZodType<Values, z.ZodTypeDef, unknown>;

/** What a connector declares, of the factory whose config obeys `config`. */
export const connectorFields = (config: ConfigSchema = z.record(z.unknown())) => ({
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
  config: config.transform((declared) => cleanDeep(declared) as Values),
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
  testRecipient,
});

/**
 * For an e-mail connector: the address that gets a test mail before each change, and when the address itself
 * changes. If the mail cannot be sent, the connector stays as it was. Default: no test mail.
 */
export const testRecipient = emailAddress("you@bookstore.example").optional();

export type ConnectorInputs = z.infer<z.ZodObject<ReturnType<typeof connectorFields>>>;

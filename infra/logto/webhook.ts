import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { answer, anyText, choice, flag, list, object, shortText } from "../fields";
import { byDeclaredName } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { secretField } from "./mechanism/outputs";
import { webUri } from "./oidc-client";
import { listedOnce } from "./mechanism/rules";
import { webhookEvents } from "./webhook-events";

const inputs = {
  /** The name in the console, 1 to 256 characters. It counts as unique here, though Logto does not ask for that. */
  name: shortText(256),
  /** The events that it is called for, such as `User.Created`; at least one. */
  events: list(choice(webhookEvents), "a list of events, such as User.Created").min(
    1,
    "expected at least one event, such as User.Created",
  ),
  config: object({
    /** The address that is called, with POST: http or https. */
    url: webUri("https://bookstore.example/hook"),
    /** Headers that are sent along. Their values are secret. Default: none. */
    headers: z
      .record(anyText("a text"), { errorMap: answer("texts by the name of a header") })
      .optional(),
  }),
  /** Whether it is called at all. Default: true. */
  enabled: flag().optional(),
};

const webhook = managementResource({
  type: "logto:Webhook",
  noun: "webhook",
  title: "name",
  path: "api/hooks",
  inputs: z.object(inputs),
  rules: [listedOnce("events")],
  identity: byDeclaredName("name"),
  whenUnset: { enabled: true },
  secretInputs: ["config.headers.*"],
  outputs: { signingKey: secretField("signingKey") },
  consequences: {
    deleted: "Its address is no longer told of anything.",
    replaced: "It gets a new signing key, and its receiver refuses calls until it knows that.",
  },
});

export const { kind, provider } = webhook;
export type WebhookArgs = ResourceArguments<typeof inputs>;

/**
 * Calls an address of yours when something happens in Logto. Declare it last, with `dependsOn`: the changes that a
 * run makes in Logto cause calls as well.
 *
 * @see https://docs.logto.io/developers/webhooks
 */
export class Webhook extends webhook.Resource {
  /** The key with which the receiver checks the signature of a call. Secret. */
  declare readonly signingKey: pulumi.Output<string>;
}

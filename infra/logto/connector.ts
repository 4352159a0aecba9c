import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { DeepInput } from "../deep-input";
import type { Rule } from "../checks";
import type { Values } from "../properties";
import { userError } from "../user-error";
import { type ConfigSchema, connectorFields, type ConnectorInputs } from "./connector-schema";
import { secretPlacesOf } from "./connector-secrets";
import { sendTestMail } from "./connector-test-mail";
import { notFound } from "./logto-error";
import { byChosenId } from "./mechanism/identity";
import type { AnyKind } from "./mechanism/kind";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { secretsIn } from "./mechanism/secret-inputs";
import type { Slot } from "./mechanism/slot";
import { pathSegment } from "./path-segment";
import { isShownOnPages, pictureExpectation } from "./page-content";
import { requireNoUseOf } from "./sign-in-experience-use";

/** What tells the connectors of one type from others. */
export interface ConnectorTraits extends Pick<AnyKind, "type" | "consequences"> {
  /** The config of its factory. Default: anything. */
  config?: ConfigSchema;
  /** What must hold besides what is true of every connector. */
  rules?: Rule<ConnectorInputs>[];
  /** What the service that sends says in a body that refuses a mail, and what to do about it. */
  explainRefusal?: (body: string) => string | undefined;
}

/** The resource of connectors with these traits. */
export function connectorResource({
  config,
  rules = [],
  explainRefusal,
  ...kind
}: ConnectorTraits) {
  return managementResource({
    ...kind,
    noun: "connector",
    title: "connectorId",
    subtitle: "factoryId",
    path: "api/connectors",
    createdStatus: 200,
    isPaged: false,
    inputs: z.object(connectorFields(config)),
    columnNames: { factoryId: "connectorId", connectorId: "id" },
    notSent: ["secretFields", "testRecipient"],
    rules: [pictures, secretsAreThere, ...rules],
    identity: byChosenId("connectorId"),
    replaceOn: ["factoryId", "connectorId", "metadata.target"],
    whenUnset: { metadata: {}, syncProfile: false, enableTokenStorage: false },
    secretInputs: { below: "config", paths: secretPlaces },
    cleaned: ["config"],
    unordered: { "config.templates": "usageType" },
    slot: medium,
    beforeWrite: (write) => sendTestMail(write, explainRefusal),
    beforeDelete: ({ live, api, inputs }) => requireNoUseOf(typeOf(live), api, inputs.connectorId),
  });
}

/** The places that are declared to hold a secret, and those that are known to. */
function secretPlaces({ secretFields = [], factoryId, config }: Partial<ConnectorInputs>) {
  return [...new Set([...secretFields, ...secretPlacesOf(factoryId, config)])];
}

const pictures: Rule<ConnectorInputs> = {
  reads: ["metadata"],
  problems: ({ metadata = {} }, stack) =>
    (["logo", "logoDark"] as const)
      .filter((key) => {
        const address = metadata[key];
        return address && !isShownOnPages(address, stack.get("logto:endpoint"));
      })
      .map((key) => ({ path: ["metadata", key], message: `expected ${pictureExpectation}` })),
};

const secretsAreThere: Rule<ConnectorInputs> = {
  reads: ["config", "secretFields"],
  problems: ({ config, secretFields = [] }) =>
    secretFields
      .map((field) => `config.${field}`)
      .filter((path) => !secretsIn({ config }, [path]).get(path)?.trim())
      .map((path) => ({ path: path.split("."), message: "is missing: expected a secret" })),
};

/** Logto has one connector that sends e-mail and one that sends text messages. */
const medium: Slot<ConnectorInputs> = {
  nouns: { Email: "connector that sends e-mail", Sms: "connector that sends text messages" },
  heldBy: (live) => slotOf(typeOf(live)),
  async of({ factoryId }, { api, label }) {
    const factory = await api.call<{ type: string } | undefined>({
      purpose: `find the factory of ${label}`,
      method: "GET",
      path: `api/connector-factories/${pathSegment(factoryId)}`,
      accept: { 200: z.object({ type: z.string() }), 404: notFound },
    });
    if (factory) return slotOf(factory.type);
    throw userError(
      `factoryId: this Logto has no connector factory "${factoryId}"; GET /api/connector-factories lists those it has`,
    );
  },
};

function slotOf(type: string): string | undefined {
  return type in medium.nouns ? type : undefined;
}

function typeOf(live: Values): string {
  return String(live["type"]);
}

const connector = connectorResource({
  type: "logto:Connector",
  consequences: {
    deleted: "Users can no longer sign in or up with it.",
    replaced: "Users cannot sign in or up with it while it is replaced.",
  },
});

export const { kind, provider } = connector;

/** `config` must be an object at the places that lead to a secret; its values may be outputs. */
export type ConnectorArgs = Omit<
  ResourceArguments<ReturnType<typeof connectorFields>>,
  "connectorId" | "config" | "secretFields"
> & {
  connectorId?: pulumi.Input<string>;
  config: Record<string, DeepInput<unknown>>;
  secretFields?: string[];
};

/**
 * A connector: how Logto sends e-mail or SMS, or signs users in with a social provider.
 *
 * What surprises:
 * - Logto has one e-mail and one SMS connector. An existing one of the same factory is taken over in place and put
 *   back to what it was when the resource goes; one of another factory gives way, with a warning, and comes back as
 *   it was. With `adopt: "never"` either is refused instead.
 * - A replacement (another `factoryId` or `connectorId`) of the connector that sends e-mail or SMS is in force without a
 *   gap if `connectorId` changes, too: Logto lets the new one take the place of the old. Keep the resource's name: under
 *   another name the old connector counts as what was there before, and a destroy sets it up again.
 * - Known secrets of Logto's own factories are encrypted in the state, whether `secretFields` names them or not; in the
 *   config of any other factory, texts under a name that sounds like a secret.
 * - `config` may hold other keys than the declared ones: they are left as they are.
 * - What somebody else changed in a declared place is overwritten by the next change, and what somebody deleted is
 *   made again, with a warning that names the place and not the value. What somebody set up in its place gives way,
 *   and comes back when the resource goes.
 * - It is not deleted while the sign-in experience still needs it, because Logto would let users sign up and wait
 *   for a code that cannot be sent.
 * - With a `testRecipient` a change counts only if a mail could be sent with it: Logto sends one with the new
 *   config, from its Generic template with the code 000000, before that config is in force. If the mail is refused,
 *   or there is no answer in time, the error says what the mail service said, nothing is changed, and the next `up`
 *   tries again. Nothing is sent by a preview, when an adopted connector is put back, or when the resource goes.
 *   After an interrupted `up` the mail may come twice.
 *
 * @see https://docs.logto.io/connectors
 */
export class Connector extends connector.Resource {
  declare readonly factoryId: pulumi.Output<string>;
  declare readonly connectorId: pulumi.Output<string>;

  constructor(name: string, args: ConnectorArgs, options?: pulumi.CustomResourceOptions) {
    super(name, { ...args, connectorId: args.connectorId ?? name }, options);
  }
}

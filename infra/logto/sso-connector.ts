import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { omit, type Values } from "../properties";
import { userError } from "../user-error";
import type { Write } from "./mechanism/hooks";
import { byUniqueField } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { withoutOtherPlaces } from "./mechanism/other-places";
import type { Output } from "./mechanism/outputs";
import { listedOnce } from "./mechanism/rules";
import {
  fitsItsProvider,
  isSaml,
  isWholeConfig,
  placesOf,
  ssoConnectorInputs,
} from "./sso-connector-schema";

const ssoConnector = managementResource({
  type: "logto:SsoConnector",
  noun: "SSO connector",
  title: "connectorName",
  subtitle: "providerName",
  path: "api/sso-connectors",
  createdStatus: 200,
  inputs: z.object(ssoConnectorInputs),
  notSent: ["deleteOnDestroy"],
  rules: [fitsItsProvider, listedOnce("domains")],
  identity: byUniqueField("connectorName"),
  replaceOn: ["providerName"],
  deletedOnlyIf: "deleteOnDestroy",
  unordered: { domains: "" },
  whenUnset: {
    config: {},
    domains: [],
    branding: {},
    syncProfile: false,
    enableTokenStorage: false,
  },
  secretInputs: ["config.clientSecret"],
  outputs: {
    redirectUri: address(false, (id) => `callback/${id}`),
    assertionConsumerServiceUrl: address(true, (id) => `api/authn/single-sign-on/saml/${id}`),
    serviceProviderEntityId: address(true, (id) => `enterprise-sso/${id}`),
  },
  completeChange: withoutOtherPlaces("config", placesOf),
  completeBody: withoutPartOfConfig,
  beforeWrite: keepConfig,
  consequences: {
    deleted:
      "With deleteOnDestroy its users can no longer sign in, and its id is lost for good: the customer's identity provider knows addresses that hold it. Without it the connector stays in Logto.",
    replaced:
      "It gets a new id, which is part of the addresses that the customer registered at the identity provider: nobody there can sign in until they have registered the new ones.",
  },
});

export const { kind, provider } = ssoConnector;
export type SsoConnectorArgs = ResourceArguments<typeof ssoConnectorInputs>;

/** An address that the customer registers at the identity provider. */
function address(ofSaml: boolean, path: (id: string) => string): Output {
  return {
    of: ({ live, endpoint }) =>
      isSaml(live["providerName"]) === ofSaml ? `${endpoint}/${path(live.id)}` : undefined,
  };
}

/** Logto refuses a config that is not whole, an empty one too. */
function withoutPartOfConfig(columns: Values): Values {
  return isWholeConfig(columns["config"]) ? columns : omit(columns, ["config"] as never[]);
}

function keepConfig({ before, wanted, label }: Write<{ config?: unknown }>) {
  if (before?.config === undefined || isWholeConfig(wanted["config"])) return Promise.resolve();
  throw userError(
    `config: Logto cannot take the config away from ${label}: declare one, or delete the connector in Logto's console`,
  );
}

/**
 * Enterprise single sign-on: a customer's people, by the domain of their e-mail address, sign in at the customer's own
 * identity provider. The sign-in experience must have `singleSignOnEnabled`.
 *
 * What surprises:
 * - Logto makes the id, and the customer registers addresses that hold it (the outputs). So the connector stays in Logto
 *   when the resource goes, and another `providerName` is refused, unless `deleteOnDestroy` was declared by the last `up`.
 * - Logto asks the identity provider when the config is written: it must answer, and Logto must reach it.
 * - Without a `config` the connector exists, which gives the addresses to register, and nobody can sign in with it.
 * - Signed authentication requests of SAML are not declared here; what somebody sets up in the console stays.
 *
 * @see https://docs.logto.io/end-user-flows/enterprise-sso
 */
export class SsoConnector extends ssoConnector.Resource {
  /** The id that Logto made. */
  declare readonly id: pulumi.Output<string>;
  /** Where an OpenID Connect identity provider sends users back to; none for SAML. */
  declare readonly redirectUri: pulumi.Output<string | undefined>;
  /** Where a SAML identity provider sends its answers; none for OpenID Connect. */
  declare readonly assertionConsumerServiceUrl: pulumi.Output<string | undefined>;
  /** What a SAML identity provider knows Logto as; none for OpenID Connect. */
  declare readonly serviceProviderEntityId: pulumi.Output<string | undefined>;
}

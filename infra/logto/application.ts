import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { applicationRules } from "./application-rules";
import { applicationFields, type ApplicationType } from "./application-schema";
import { applicationSecrets, clientSecret, secretValues } from "./application-secrets";
import { byFields, byMark } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

const application = managementResource({
  type: "logto:Application",
  noun: "application",
  title: "name",
  path: "api/applications",
  createdStatus: 200,
  inputs: z.object(applicationFields),
  rules: applicationRules,
  identity: byMark("customData"),
  adoptedBy: byFields("name", "type"),
  replaceOn: ["type", "isThirdParty", "customClientMetadata.isDeviceFlow"],
  createdWith: ["oidcClientMetadata"],
  setAfterCreate: ["appLevelAccessControlEnabled"],
  whenUnset: {
    description: null,
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
    customClientMetadata: { isDeviceFlow: false },
    customData: {},
    isThirdParty: false,
    appLevelAccessControlEnabled: false,
  },
  children: { secrets: applicationSecrets },
  outputs: { clientSecret, secretValues },
  formerOutputs: {
    ownedSecrets: (made) => ({ children: { secrets: { made: made as string[], original: {} } } }),
  },
  consequences: {
    deleted: "Users can no longer sign in to it: its client id and its secrets are refused.",
    replaced:
      "It gets a new client id and new secrets. Users cannot sign in until every program that uses the old ones is given the new ones.",
  },
});

export const { kind, provider } = application;
export type ApplicationArgs = ResourceArguments<typeof applicationFields>;

/**
 * An application: a client that signs its users in with Logto, or a service that calls APIs.
 *
 * What surprises:
 * - Inputs that are not declared are left as they are in Logto; an input that is no longer declared goes back to
 *   what it was (Logto's default for an application that was created here).
 * - A change of `type`, `isThirdParty` or the device flow replaces the application: a new client id and
 *   secret. The old one is deleted first, so that the mark by which an interrupted create is found again
 *   is never in two applications.
 * - An application that somebody deleted is made again by its next change, with a warning, and has another client id
 *   then, which the output `id` says after the next refresh.
 * - An application whose create was never answered is in the state under the id `unknown`: a refresh finds it by
 *   its mark, a destroy deletes it, and an `up` without either replaces it.
 * - Destroying an adopted application puts it back to what it was and does not delete it. With `adopt` it is looked
 *   for by its name and type.
 * - What somebody else changed in a declared place is overwritten by the next change, with a warning that names the
 *   place and not the value.
 *
 * @see https://docs.logto.io/integrate-logto/application-data-structure
 */
export class Application extends application.Resource {
  /** The id of the application: the OpenID Connect client id. */
  declare readonly id: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly type: pulumi.Output<ApplicationType>;
  /** The value of the first secret; none for `Native` and `SPA`. Secret. */
  declare readonly clientSecret: pulumi.Output<string | undefined>;
  /** The values of all secrets by name; none for `Native` and `SPA`. Secret. */
  declare readonly secretValues: pulumi.Output<Record<string, string> | undefined>;
}

import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { anyText, list, object, shortText, text, wholeNumber } from "../fields";
import { isUrl } from "../url";
import { ownedList } from "./mechanism/child-list";
import { defaultResource } from "./connection";
import { byUniqueField } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { idNamed, idsInList } from "./mechanism/outputs";
import { listedOnce } from "./mechanism/rules";

const inputs = {
  /** As the console shows it, 1 to 256 characters. */
  name: shortText(256),
  /** What a token request names as `resource`: an absolute URI without a fragment. Unique. Changing it replaces the resource. */
  indicator: text(
    "an absolute URI without #, such as https://api.bookstore.example",
    (uri) => isUrl(uri) && !uri.includes("#"),
  ).refine((uri) => uri !== defaultResource, "is Logto's own Management API"),
  /** How long an access token for it is good, in seconds, at least 1. Default: 3600. */
  accessTokenTtl: wholeNumber(1, undefined, "whole seconds").optional(),
  /** The permissions that a token for it can carry. Default: none; those that others set up stay. */
  scopes: list(
    object({
      /** Unique in the API resource, 1 to 256 characters and no space, such as `read:orders`. */
      name: text("1 to 256 characters without a space", (name) => /^\S{1,256}$/.test(name)),
      /** Shown where users consent. Default: none. */
      description: anyText("a text").optional(),
    }),
    "a list of scopes, each with a name",
  ).optional(),
};

const apiResource = managementResource({
  type: "logto:ApiResource",
  noun: "API resource",
  title: "name",
  path: "api/resources",
  inputs: z.object(inputs),
  rules: [listedOnce("scopes", "name")],
  identity: byUniqueField("indicator"),
  replaceOn: ["indicator"],
  whenUnset: { accessTokenTtl: 3600 },
  children: {
    scopes: ownedList("api/resources", "scopes", { noun: "scope", fields: ["description"] }),
  },
  outputs: { scopeIds: idsInList("scopes") },
  consequences: {
    deleted: "No tokens are issued for it, and its scopes go from every role and application.",
    replaced: "Its scopes get new ids; who asks for tokens must name the new indicator.",
  },
});

export const { kind, provider } = apiResource;
export type ApiResourceArgs = ResourceArguments<typeof inputs>;

/**
 * An API of yours, and the permissions (scopes) that access tokens for it can carry.
 * @see https://docs.logto.io/authorization/global-api-resources
 */
export class ApiResource extends apiResource.Resource {
  declare readonly indicator: pulumi.Output<string>;
  /** The ids of its scopes by name. */
  declare readonly scopeIds: pulumi.Output<Record<string, string>>;
  /** The id of one of its scopes, for the `scopeIds` of a role. */
  scopeId(name: string): pulumi.Output<string> {
    return this.scopeIds.apply((ids) => idNamed(ids, name, "scope"));
  }
}

import { z } from "zod";
import { shortText } from "../fields";
import { byUniqueField } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

const inputs = {
  /** Unique in Logto, 1 to 128 characters, such as `read:members`. */
  name: shortText(128),
  /** What it allows, 1 to 256 characters. Default: none. */
  description: shortText(256).optional(),
};

const organizationScope = managementResource({
  type: "logto:OrganizationScope",
  noun: "organization scope",
  title: "name",
  path: "api/organization-scopes",
  inputs: z.object(inputs),
  identity: byUniqueField("name"),
  whenUnset: { description: null },
  consequences: {
    deleted: "It goes from every organization role: their holders lose what it allowed them.",
    replaced: "It goes from every organization role that this program does not give it to again.",
  },
});

export const { kind, provider } = organizationScope;
export type OrganizationScopeArgs = ResourceArguments<typeof inputs>;

/**
 * What somebody may do in an organization, for the roles there. It is part of the organization template, which all
 * organizations share. A permission of an API is a scope of its `ApiResource` instead.
 *
 * @see https://docs.logto.io/authorization/organization-template
 */
export class OrganizationScope extends organizationScope.Resource {}

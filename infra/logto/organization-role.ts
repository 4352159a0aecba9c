import { z } from "zod";
import { choice, list, shortText, text } from "../fields";
import { idSet } from "./mechanism/child-list";
import { byUniqueField } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { listedOnce } from "./mechanism/rules";

const scopeIds = list(text("the id of a scope"), "a list of scopes' ids");

const inputs = {
  /** Unique among the organization roles, 1 to 128 characters. */
  name: shortText(128),
  /** What it is for, 1 to 256 characters. Default: none. */
  description: shortText(256).optional(),
  /** Who can have it: members, or machine-to-machine applications. Changing it replaces the role. Default: `User`. */
  type: choice(["User", "MachineToMachine"]).optional(),
  /** The ids of the organization scopes that it is made of. Default: none. Those that others gave it stay. */
  organizationScopeIds: scopeIds.optional(),
  /**
   * The ids of the scopes of API resources that it grants in the name of an organization, such as
   * `orders.scopeId("read:orders")`. Default: none. Those that others gave it stay.
   */
  resourceScopeIds: scopeIds.optional(),
};

const organizationRole = managementResource({
  type: "logto:OrganizationRole",
  noun: "organization role",
  title: "name",
  path: "api/organization-roles",
  inputs: z.object(inputs),
  rules: [listedOnce("organizationScopeIds"), listedOnce("resourceScopeIds")],
  identity: byUniqueField("name"),
  replaceOn: ["type"],
  whenUnset: { description: null, type: "User" },
  children: {
    organizationScopeIds: idSet("api/organization-roles", "scopes", {
      noun: "organization scope",
      body: "organizationScopeIds",
    }),
    resourceScopeIds: idSet("api/organization-roles", "resource-scopes", {
      noun: "scope",
      body: "scopeIds",
    }),
  },
  consequences: {
    deleted: "It is taken from all members of all organizations who hold it.",
    replaced: "It is taken from all members who hold it, and the new one is given to no one.",
  },
});

export const { kind, provider } = organizationRole;
export type OrganizationRoleArgs = ResourceArguments<typeof inputs>;

/**
 * What a member of an organization, or a machine-to-machine application in it, may do there. It is part of the
 * organization template, which all organizations share.
 *
 * @see https://docs.logto.io/authorization/organization-template
 */
export class OrganizationRole extends organizationRole.Resource {}

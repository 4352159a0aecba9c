import { z } from "zod";
import { choice, flag, list, shortText, text } from "../fields";
import { idSet } from "./mechanism/child-list";
import { byUniqueField } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { listedOnce } from "./mechanism/rules";

/** Roles that cannot be declared: without the first, which opens the Management API, this project is locked out. */
const ownRoles = /^Logto Management API access$|^#internal:/;

const inputs = {
  /** Unique in Logto, 1 to 128 characters. */
  name: shortText(128).refine((name) => !ownRoles.test(name), "is a role of Logto's own"),
  /** What it is for, 1 to 128 characters. */
  description: shortText(128),
  /** Who can have it: users, or machine-to-machine applications. Changing it replaces the role. Default: `User`. */
  type: choice(["User", "MachineToMachine"]).optional(),
  /** Whether each new user gets it; for `User` only. Default: false. */
  isDefault: flag().optional(),
  /**
   * The ids of the scopes that it grants, such as `orders.scopeId("read:orders")`. Default: none. Those that somebody
   * else gave it stay.
   */
  scopeIds: list(text("the id of a scope"), "a list of scopes' ids").optional(),
};

const role = managementResource({
  type: "logto:Role",
  noun: "role",
  title: "name",
  path: "api/roles",
  createdStatus: 200,
  inputs: z.object(inputs),
  rules: [
    listedOnce("scopeIds"),
    {
      reads: ["type", "isDefault"],
      problems: ({ type, isDefault }) =>
        type === "MachineToMachine" && isDefault === true
          ? [{ path: ["isDefault"], message: "expected false: only users get a role by default" }]
          : [],
    },
  ],
  identity: byUniqueField("name"),
  replaceOn: ["type"],
  whenUnset: { type: "User", isDefault: false },
  children: {
    scopeIds: idSet("api/roles", "scopes", { noun: "scope", body: "scopeIds" }),
  },
  consequences: {
    deleted: "It is taken from all who hold it: they lose the permissions that it gave them.",
    replaced: "It is taken from all who hold it, and the new one is given to no one.",
  },
});

export const { kind, provider } = role;
export type RoleArgs = ResourceArguments<typeof inputs>;

/**
 * What users, or machine-to-machine applications, may do: a set of scopes of API resources.
 *
 * @see https://docs.logto.io/authorization/role-based-access-control
 */
export class Role extends role.Resource {}

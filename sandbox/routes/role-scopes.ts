import {
  isManagementApi,
  type Resource,
  Resources,
  type Role,
  Roles,
  RolesScopes,
  RoleType,
  type Scope,
  Scopes,
} from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { relation } from "./relation-routes";

/** The scopes of API resources that a role grants. */
export const roleScopes = relation<Role, Scope>({
  path: "/roles/:id/scopes",
  owner: Roles,
  table: Scopes,
  pairs: RolesScopes,
  columns: { owner: "roleId", member: "scopeId" },
  ids: "scopeIds",
  pages: "if asked for",
  searchable: ["id", "name", "description"],
  refuseHeld: "role.scope_exists",
  answer: "members",
  checkMembers: refuseManagementApi,
  async present({ database }, scopes) {
    const apis = await database.rows<Resource>(Resources);
    return scopes.map((scope) => ({
      ...scope,
      resource: apis.find(({ id }) => id === scope.resourceId),
    }));
  },
});

/** People do not get the Management API by a role. */
async function refuseManagementApi(database: TenantDatabase, role: Role, scopes: Scope[]) {
  if (role.type !== RoleType.User) return;
  const apis = await database.rows<Resource>(Resources);
  const builtIn = apis.filter(({ indicator }) => isManagementApi(indicator)).map(({ id }) => id);
  ensure(
    !scopes.some(({ resourceId }) => builtIn.includes(resourceId)),
    "role.management_api_scopes_not_assignable_to_user_role",
  );
}

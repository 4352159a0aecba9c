import {
  type OrganizationRole,
  OrganizationRoleResourceScopeRelations,
  OrganizationRoles,
  OrganizationRoleScopeRelations,
  OrganizationScopes,
  Resources,
  Scopes,
} from "@logto/schemas";
import { crudRoutes } from "./crud-routes";
import type { Call } from "./list-rows";
import { organizationRoleResourceScopes, organizationRoleScopes } from "./organization-role-scopes";

/** The roles that members, or machine-to-machine applications, can have in an organization. */
export const organizationRoles = crudRoutes<OrganizationRole>({
  path: "/organization-roles",
  table: OrganizationRoles,
  isGenerated: true,
  pages: "always",
  searchable: ["id", "name", "description"],
  create: OrganizationRoles.createGuard.pick({ name: true, description: true, type: true }),
  patch: OrganizationRoles.createGuard
    .pick({ name: true, description: true, type: true })
    .partial(),
  unique: { name: "entity.unique_integrity_violation" },
  relations: {
    organizationScopeIds: organizationRoleScopes,
    resourceScopeIds: organizationRoleResourceScopes,
  },
  present: async (call, rows, route) =>
    route === "list" ? Promise.all(rows.map((row) => withScopes(call, row))) : rows,
});

async function withScopes({ database }: Call, role: OrganizationRole): Promise<object> {
  const ofRole = { organizationRoleId: role.id };
  const own = await database.rows(OrganizationRoleScopeRelations, ofRole);
  const granted = await database.rows(OrganizationRoleResourceScopeRelations, ofRole);
  const [ownScopes, scopes, apis] = await Promise.all([
    database.rows(OrganizationScopes),
    database.rows(Scopes),
    database.rows(Resources),
  ]);
  return {
    ...role,
    scopes: ownScopes
      .filter(({ id }) => own.some((pair) => pair.organizationScopeId === id))
      .map(({ id, name }) => ({ id, name })),
    resourceScopes: scopes
      .filter(({ id }) => granted.some((pair) => pair.scopeId === id))
      .map(({ id, name, resourceId }) => {
        const api = apis.find((one) => one.id === resourceId);
        return { id, name, resource: { id: resourceId, name: api?.name } };
      }),
  };
}

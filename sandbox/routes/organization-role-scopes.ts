import {
  type OrganizationRole,
  OrganizationRoleResourceScopeRelations,
  OrganizationRoles,
  OrganizationRoleScopeRelations,
  type OrganizationScope,
  OrganizationScopes,
  type Scope,
  Scopes,
} from "@logto/schemas";
import { relation } from "./relation-routes";

/** What a role in an organization allows there. */
export const organizationRoleScopes = relation<OrganizationRole, OrganizationScope>({
  path: "/organization-roles/:id/scopes",
  owner: OrganizationRoles,
  table: OrganizationScopes,
  pairs: OrganizationRoleScopeRelations,
  columns: { owner: "organizationRoleId", member: "organizationScopeId" },
  ids: "organizationScopeIds",
  isGenerated: true,
  pages: "if asked for",
  searchable: ["name"],
  order: "name",
});

/** The scopes of API resources that it grants in the name of an organization. */
export const organizationRoleResourceScopes = relation<OrganizationRole, Scope>({
  path: "/organization-roles/:id/resource-scopes",
  owner: OrganizationRoles,
  table: Scopes,
  pairs: OrganizationRoleResourceScopeRelations,
  columns: { owner: "organizationRoleId", member: "scopeId" },
  ids: "scopeIds",
  isGenerated: true,
  pages: "if asked for",
  searchable: ["name"],
});

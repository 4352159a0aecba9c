import { type OrganizationScope, OrganizationScopes } from "@logto/schemas";
import { crudRoutes } from "./crud-routes";

/** The scopes that the roles in an organization are made of. They are the same for all organizations. */
export const organizationScopes = crudRoutes<OrganizationScope>({
  path: "/organization-scopes",
  table: OrganizationScopes,
  isGenerated: true,
  pages: "if asked for",
  searchable: ["name"],
  order: "name",
  create: OrganizationScopes.createGuard.pick({ name: true, description: true }),
  patch: OrganizationScopes.createGuard.pick({ name: true, description: true }).partial(),
  unique: { name: "entity.unique_integrity_violation" },
});

import { type Role, Roles, RoleType } from "@logto/schemas";
import { z } from "zod";
import { ensure } from "../errors";
import { crudRoutes } from "./crud-routes";
import { withRoleHolders } from "./role-holders";
import { roleScopes } from "./role-scopes";

/** Roles: what users, or machine-to-machine applications, may do. Logto's internal ones are not listed. */
export const roles = crudRoutes<Role>({
  path: "/roles",
  table: Roles,
  pages: "always",
  searchable: ["id", "name", "description"],
  shown: "not starts_with(name, '#internal:')",
  filters: { type: z.nativeEnum(RoleType).optional() },
  create: Roles.createGuard.omit({ id: true, tenantId: true }),
  createdStatus: 200,
  patch: Roles.createGuard.pick({ name: true, description: true, isDefault: true }).partial(),
  unique: { name: "role.name_in_use" },
  check: refuseInternalName,
  relations: { scopeIds: roleScopes },
  present: async (call, rows, route) =>
    route === "list" ? Promise.all(rows.map((row) => withRoleHolders(call, row))) : rows,
});

function refuseInternalName({ name = "" }: Partial<Role>): void {
  ensure(!name.startsWith("#internal:"), "role.name_in_use", {
    status: 422,
    values: { name },
  });
}

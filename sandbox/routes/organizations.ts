import { type Organization, Organizations, OrganizationUserRelations, Users } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { newShortId } from "../identifiers";
import { crudRoutes } from "./crud-routes";

/** Without what is not released yet. */
const { isTrustedDeviceAllowed: _, ...fields } = Organizations.fields;
const table = { ...Organizations, fields };

const guard = Organizations.createGuard.pick({
  name: true,
  description: true,
  customData: true,
  isMfaRequired: true,
  color: true,
  branding: true,
  customCss: true,
});

/** Organizations: the customers of a product for companies, each with members and roles of its own. */
export const organizations = crudRoutes<Organization>({
  path: "/organizations",
  table,
  isGenerated: true,
  pages: "always",
  searchable: ["id", "name", "description"],
  create: guard,
  patch: guard.partial(),
  made: () => ({ id: newShortId() }),
  present: async ({ database, context }, rows, route) =>
    route === "list" && context.query["showFeatured"] === "true"
      ? Promise.all(rows.map((row) => withMembers(database, row)))
      : rows,
});

/** How many members it has, and some of them. */
async function withMembers(database: TenantDatabase, row: Organization): Promise<object> {
  const members = await database.query<{ total: number }>(
    `select users.id, avatar, users.name, count(*) over () as total
     from ${Users.table} join ${OrganizationUserRelations.table} on users.id = user_id
     where users.tenant_id = $1 and organization_id = $2 limit 3`,
    [database.tenantId, row.id],
  );
  const featuredUsers = members.map(({ total: _total, ...member }) => member);
  return { ...row, usersCount: members[0]?.total ?? 0, featuredUsers };
}

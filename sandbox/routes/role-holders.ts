import { Applications, type Role } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import type { Call } from "./list-rows";

/** The role with how many users and applications hold it, and some of them. */
export async function withRoleHolders({ database }: Call, role: Role): Promise<object> {
  const users = await holders(
    database,
    role,
    "users",
    "user_id",
    'users.id, avatar, users.name, username, primary_email as "primaryEmail", primary_phone as "primaryPhone"',
  );
  const applications = await holders(
    database,
    role,
    Applications.table,
    "application_id",
    "applications.id, applications.name, applications.type",
  );
  return {
    ...role,
    usersCount: users.count,
    featuredUsers: users.featured,
    applicationsCount: applications.count,
    featuredApplications: applications.featured,
  };
}

async function holders(
  database: TenantDatabase,
  role: Role,
  table: string,
  key: string,
  what: string,
): Promise<{ count: number; featured: object[] }> {
  const rows = await database.query<{ total: number }>(
    `select ${what}, count(*) over () as total from ${table} join ${table}_roles on ${table}.id = ${key}
     where ${table}_roles.tenant_id = $1 and role_id = $2 limit 3`,
    [database.tenantId, role.id],
  );
  return { count: rows[0]?.total ?? 0, featured: rows.map(({ total: _, ...row }) => row) };
}

import {
  type Application,
  Applications,
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
import { z } from "zod";
import type { Routes } from "../http/routes";
import { columns, type TenantDatabase, Values } from "../database";
import { ensure } from "../errors";
import { guardBody, guardQuery } from "../http/guard";
import { newId } from "../identifiers";
import { describePage, optionallyRequestedPage } from "../http/pagination";
import { parseSearch, searchCondition } from "../http/search";
import { crudRoutes, findOne } from "./crud-routes";

const internalPrefix = "#internal:";
const searchable = ["id", "name", "description"];

/** Roles: what users, or machine-to-machine applications, may do. Logto's internal ones are not listed. */
export const roles = crudRoutes<Role>({
  path: "/roles",
  table: Roles,
  pages: "always",
  searchable,
  create: Roles.createGuard
    .omit({ id: true, tenantId: true })
    .extend({ scopeIds: z.string().min(1).array().optional() }),
  createdStatus: 200,
  patch: Roles.createGuard.pick({ name: true, description: true, isDefault: true }).partial(),
  conditions({ context }, values) {
    const { type } = guardQuery(context, z.object({ type: z.nativeEnum(RoleType).optional() }));
    return [
      `not starts_with(name, ${values.add("name", internalPrefix)})`,
      ...(type === undefined ? [] : [`type = ${values.add("type", type)}`]),
    ];
  },
  async check({ database }, { name }, current) {
    if (typeof name !== "string") return;
    const rival = await database.row<Role>(Roles, { name });
    const isTaken = rival !== undefined && rival.id !== current?.id;
    ensure(!isTaken && !name.startsWith(internalPrefix), "role.name_in_use", {
      status: 422,
      values: { name },
    });
  },
  /** The role stays where a scope is refused, as in Logto. */
  async created({ database }, role, { scopeIds = [] }) {
    await grant(database, role, scopeIds as string[]);
  },
  present: async ({ database }, rows, route) =>
    route === "list" ? Promise.all(rows.map((row) => withHolders(database, row))) : rows,
});

/** How many hold it, and some of them. */
async function withHolders(database: TenantDatabase, role: Role): Promise<object> {
  const holders = async <Holder>(table: string, key: string, what: string) => {
    const rows = await database.query<Holder & { total: number }>(
      `select ${what}, count(*) over () as total from ${table} join ${table}_roles on ${table}.id = ${key}
       where ${table}_roles.tenant_id = $1 and role_id = $2 limit 3`,
      [database.tenantId, role.id],
    );
    return { count: rows[0]?.total ?? 0, featured: rows.map(({ total: _, ...row }) => row) };
  };
  const users = await holders(
    "users",
    "user_id",
    'users.id, avatar, users.name, username, primary_email as "primaryEmail", primary_phone as "primaryPhone"',
  );
  const applications = await holders<Pick<Application, "id" | "name" | "type">>(
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

/** The scopes of API resources that a role grants. */
export const roleScopes: Routes = (router, { database }) => {
  router.get("/roles/:id/scopes", async (context) => {
    const page = optionallyRequestedPage(context);
    const { id } = await findOne(database, Roles, context.params["id"]);
    const values = new Values();
    const tenant = values.add("tenantId", database.tenantId);
    const search = searchCondition(parseSearch(context.URL.searchParams), searchable, values);
    const held = await database.query<Scope>(
      `select ${columns(Scopes)} from scopes where tenant_id = ${tenant}
       and id in (select scope_id from roles_scopes
                  where tenant_id = ${tenant} and role_id = ${values.add("roleId", id)})
       ${search ? `and ${search}` : ""}`,
      values.list,
    );
    if (page) describePage(context, page, held.length);
    const shown = page ? held.slice(page.offset, page.offset + page.limit) : held;
    const apis = await database.rows<Resource>(Resources);
    context.body = shown.map((scope) => ({
      ...scope,
      resource: apis.find(({ id: api }) => api === scope.resourceId),
    }));
  });

  router.post("/roles/:id/scopes", async (context) => {
    const { scopeIds } = guardBody(
      context,
      z.object({ scopeIds: z.string().min(1).array().nonempty() }),
    );
    const role = await findOne(database, Roles, context.params["id"]);
    await grant(database, role, scopeIds);
    const held = await database.rows(RolesScopes, { roleId: role.id });
    const scopes = await Promise.all(
      held.map(({ scopeId }) => findOne<Scope>(database, Scopes, scopeId)),
    );
    context.body = scopes;
    context.status = 201;
  });

  router.delete("/roles/:id/scopes/:scopeId", async (context) => {
    const { id: roleId = "", scopeId = "" } = context.params;
    await findOne(database, Roles, roleId);
    const deleted = await database.delete(RolesScopes, { roleId, scopeId });
    ensure(deleted > 0, "entity.not_found", { status: 404 });
    context.status = 204;
  });
};

/** All of them or, where one is refused, none. */
async function grant(database: TenantDatabase, role: Role, scopeIds: string[]): Promise<void> {
  const held = await database.rows(RolesScopes, { roleId: role.id });
  for (const scopeId of scopeIds) {
    ensure(!held.some((one) => one.scopeId === scopeId), "role.scope_exists", {
      status: 422,
      values: { scopeId },
    });
  }
  const scopes = await Promise.all(scopeIds.map((id) => findOne<Scope>(database, Scopes, id)));
  if (role.type === RoleType.User) {
    const apis = await database.rows<Resource>(Resources);
    const builtIn = apis.filter(({ indicator }) => isManagementApi(indicator)).map(({ id }) => id);
    ensure(
      !scopes.some(({ resourceId }) => builtIn.includes(resourceId)),
      "role.management_api_scopes_not_assignable_to_user_role",
    );
  }
  await database.transaction(async (transaction) => {
    for (const { id: scopeId } of scopes) {
      await transaction.insert(RolesScopes, { id: newId(), roleId: role.id, scopeId });
    }
  });
}

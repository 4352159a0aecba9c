import { isManagementApi, type Resource, Resources, type Scope, Scopes } from "@logto/schemas";
import { ensure } from "../errors";
import { crudRoutes } from "./crud-routes";
import type { Call } from "./list-rows";

/** The built-in resource of the Management API takes no change, nor do its scopes. */
export function ensureNotBuiltIn({ indicator }: Resource, verb: "modify" | "delete"): void {
  ensure(!isManagementApi(indicator), `resource.cannot_${verb}_management_api`);
}

/** API resources: what access tokens can be for. */
export const resources = crudRoutes<Resource>({
  path: "/resources",
  table: Resources,
  pages: "if asked for",
  create: Resources.createGuard.pick({ name: true, indicator: true, accessTokenTtl: true }),
  patch: Resources.createGuard.pick({ name: true, accessTokenTtl: true }).partial(),
  unique: { indicator: "resource.resource_identifier_in_use" },
  protect: ensureNotBuiltIn,
  present: withScopes,
});

async function withScopes({ database, context }: Call, rows: Resource[], route: string) {
  if (route === "create") return rows.map((row) => ({ ...row, scopes: [] }));
  if (route !== "list" || context.query["includeScopes"] !== "true") return rows;
  const scopes = await database.rows<Scope>(Scopes);
  return rows.map((row) => ({
    ...row,
    scopes: scopes.filter(({ resourceId }) => resourceId === row.id),
  }));
}

import { isManagementApi, type Resource, Resources, type Scope, Scopes } from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { type Call, changed, crudRoutes, findOne } from "./crud-routes";

/** The built-in resource of the Management API takes no change, nor do its scopes. */
async function ensureOwnResource({ database }: Call, id: string, verb: "modify" | "delete") {
  const { indicator } = (await database.row<Resource>(Resources, { id })) ?? { indicator: "" };
  ensure(!isManagementApi(indicator), `resource.cannot_${verb}_management_api`);
}

/** API resources: what access tokens can be for. */
export const resources = crudRoutes<Resource>({
  path: "/resources",
  table: Resources,
  pages: "if asked for",
  create: Resources.createGuard.pick({ name: true, indicator: true, accessTokenTtl: true }),
  patch: Resources.createGuard.pick({ name: true, accessTokenTtl: true }).partial(),
  checkTarget: ensureOwnResource,
  async check({ database }, { indicator }) {
    if (typeof indicator !== "string") return;
    const rival = await database.row<Resource>(Resources, { indicator });
    ensure(!rival, "resource.resource_identifier_in_use", { status: 422, values: { indicator } });
  },
  async present({ database, context }, rows, route) {
    if (route === "create") return rows.map((row) => ({ ...row, scopes: [] }));
    if (route !== "list" || context.query["includeScopes"] !== "true") return rows;
    const scopes = await database.rows<Scope>(Scopes);
    return rows.map((row) => ({
      ...row,
      scopes: scopes.filter(({ resourceId }) => resourceId === row.id),
    }));
  },
});

/** Tokens that name no resource are for the default one, of which there is one at most. */
export const defaultResource: Routes = (router, { database }) => {
  router.patch("/resources/:id/is-default", async (context) => {
    const { isDefault } = guardBody(context, z.object({ isDefault: z.boolean() }));
    context.body = await database.transaction(async (transaction) => {
      if (isDefault) {
        const held = await transaction.row<Resource>(Resources, { isDefault: true });
        if (held) await changed(transaction, Resources, held.id, { isDefault: false });
      }
      return changed(transaction, Resources, context.params["id"] ?? "", { isDefault });
    });
  });
};

/** The scopes of an API resource. Like Logto's these routes find one by its own id, whatever resource the path names. */
export const resourceScopes = crudRoutes<Scope>({
  path: "/resources/:resourceId/scopes",
  table: Scopes,
  pages: "always",
  searchable: ["id", "name", "description"],
  conditions: ({ context }, values) => [
    `resource_id = ${values.add("resourceId", context.params["resourceId"])}`,
  ],
  create: Scopes.createGuard.pick({ name: true, description: true }),
  patch: Scopes.createGuard.pick({ name: true, description: true }).partial(),
  filled: ({ context }) => ({ resourceId: context.params["resourceId"] }),
  hasGet: false,
  looksFirst: false,
  checkTarget: (call, _id, verb) =>
    verb === "modify"
      ? ensureOwnResource(call, call.context.params["resourceId"] ?? "", verb)
      : undefined,
  async check({ database, context }, { name }, current) {
    const { resourceId = "" } = context.params;
    ensure(typeof name !== "string" || !/\s/.test(name), "scope.name_with_space");
    if (current === undefined) await findOne(database, Resources, resourceId);
    if (typeof name !== "string") return;
    const rival = await database.row<Scope>(Scopes, { resourceId, name });
    ensure(!rival || rival.id === current?.id, "scope.name_exists", {
      status: 422,
      values: { name },
    });
  },
});

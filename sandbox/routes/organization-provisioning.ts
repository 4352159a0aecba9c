import {
  type Organization,
  OrganizationJitEmailDomains,
  OrganizationJitRoles,
  type OrganizationRole,
  OrganizationRoles,
  Organizations,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { listRows } from "./list-rows";
import { relation } from "./relation-routes";

/** The roles of those who join an organization by themselves. */
export const provisionedRoles = relation<Organization, OrganizationRole>({
  path: "/organizations/:id/jit/roles",
  owner: Organizations,
  table: OrganizationRoles,
  pairs: OrganizationJitRoles,
  columns: { owner: "organizationId", member: "organizationRoleId" },
  ids: "organizationRoleIds",
  isGenerated: true,
  pages: "if asked for",
  searchable: ["name"],
});

const domain = z.string().min(1);

/** The domains whose users join an organization by themselves. */
export const provisionedDomains: Routes = (router, { database }) => {
  const path = "/organizations/:id/jit/email-domains";
  const table = OrganizationJitEmailDomains;

  router.get(path, async (context) => {
    const order = "email_domain";
    context.body = await listRows(
      { database, context },
      { table, pages: "if asked for", order },
      (values) => [`organization_id = ${values.add("organizationId", context.params["id"])}`],
    );
  });

  router.post(path, async (context) => {
    const { emailDomain } = guardBody(context, z.object({ emailDomain: domain }));
    const { id: organizationId = "" } = context.params;
    const owner = await database.row<Organization>(Organizations, { id: organizationId });
    ensure(owner, "entity.relation_foreign_key_not_found", { status: 422 });
    const held = await database.row(table, { organizationId, emailDomain });
    ensure(!held, "entity.unique_integrity_violation", { status: 422 });
    context.body = await database.insert(table, { organizationId, emailDomain });
    context.status = 201;
  });

  router.put(path, async (context) => {
    const { emailDomains } = guardBody(context, z.object({ emailDomains: domain.array() }));
    const { id: organizationId = "" } = context.params;
    await database.transaction(async (transaction) => {
      await transaction.delete(table, { organizationId });
      for (const emailDomain of new Set(emailDomains)) {
        await transaction.insert(table, { organizationId, emailDomain });
      }
    });
    context.status = 204;
  });

  router.delete(`${path}/:emailDomain`, async (context) => {
    const { id: organizationId = "", emailDomain = "" } = context.params;
    const deleted = await database.delete(table, { organizationId, emailDomain });
    ensure(deleted > 0, "entity.not_found", { status: 404 });
    context.status = 204;
  });
};

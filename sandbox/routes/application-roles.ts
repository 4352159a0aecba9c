import { ApplicationType, type Role, Roles, RoleType } from "@logto/schemas";
import type { Routes } from "../http/routes";
import { columns, Values } from "../database";
import { ensure, LogtoError } from "../errors";
import { describePage, requestedPage } from "../http/pagination";
import { parseSearch, searchCondition } from "../http/search";
import { findApplication } from "./find-application";

/**
 * The roles of a machine-to-machine application. Assigning them comes with the roles themselves. Logto's internal
 * roles, such as the one that `isAdmin` stands for, are neither listed nor counted.
 */
export const applicationRoles: Routes = (router, { database }) => {
  router.get("/applications/:id/roles", async (context) => {
    const page = requestedPage(context);
    const { id, type } = await findApplication(database, context.params["id"]);
    ensure(type === ApplicationType.MachineToMachine, "application.invalid_type", { status: 422 });
    const { condition, values } = conditionOf(database.tenantId, id, context.URL.searchParams);
    const assigned = await database.query<Role>(
      `select ${columns(Roles)} from roles where ${condition} order by name`,
      values.list,
    );
    describePage(context, page, assigned.length);
    context.body = assigned.slice(page.offset, page.offset + page.limit);
  });
};

const searchable = ["id", "name", "description"];

function conditionOf(tenantId: string, applicationId: string, parameters: URLSearchParams) {
  const values = new Values();
  const tenant = values.add("tenantId", tenantId);
  const application = values.add("applicationId", applicationId);
  const conditions = [
    `tenant_id = ${tenant}`,
    `type = ${values.add("type", RoleType.MachineToMachine)}`,
    `not starts_with(name, ${values.add("name", "#internal:")})`,
    `id in (select role_id from applications_roles
            where tenant_id = ${tenant} and application_id = ${application})`,
  ];
  const search = searchOf(parameters, values);
  if (search) conditions.push(search);
  return { condition: conditions.join(" and "), values };
}

/** A search that makes no sense is the request's fault here, unlike where applications are listed. */
function searchOf(parameters: URLSearchParams, values: Values): string | undefined {
  try {
    return searchCondition(parseSearch(parameters), searchable, values);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new LogtoError("request.invalid_input", { values: { details: error.message }, data: {} });
  }
}

import { ApplicationType, type Role, Roles } from "@logto/schemas";
import type { Routes } from "../application";
import { columns } from "../database";
import { ensure } from "../errors";
import { describePage, requestedPage } from "../http/pagination";
import { findApplication } from "./find-application";

/** The roles of a machine-to-machine application. Assigning them comes with the roles themselves. */
export const applicationRoles: Routes = (router, { database }) => {
  router.get("/applications/:id/roles", async (context) => {
    const page = requestedPage(context);
    const { id, type } = await findApplication(database, context.params["id"]);
    ensure(type === ApplicationType.MachineToMachine, "application.invalid_type", { status: 422 });
    const assigned = await database.query<Role>(
      `select ${columns(Roles)} from roles
       where tenant_id = $1
         and id in (select role_id from applications_roles where tenant_id = $1 and application_id = $2)
       order by name`,
      [database.tenantId, id],
    );
    describePage(context, page, assigned.length);
    context.body = assigned.slice(page.offset, page.offset + page.limit);
  });
};

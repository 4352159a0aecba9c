import { type Application, Applications } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";

/** The application that a path names, or the refusal that Logto gives where there is none. */
export async function findApplication(
  database: TenantDatabase,
  id: string | undefined,
): Promise<Application> {
  const application = await database.row<Application>(Applications, { id: id ?? "" });
  ensure(application, "entity.not_exists_with_id", {
    status: 404,
    values: { name: Applications.table, id },
  });
  return application;
}

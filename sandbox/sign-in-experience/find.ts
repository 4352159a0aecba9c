import { type SignInExperience, SignInExperiences } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";

/** The one sign-in experience of a tenant, which Logto's seed has made. */
export async function findSignInExperience(database: TenantDatabase): Promise<SignInExperience> {
  const row = await database.row<SignInExperience>(SignInExperiences, { id: "default" });
  ensure(row, "entity.not_exists_with_id", {
    status: 404,
    values: { name: SignInExperiences.table, id: "default" },
  });
  return row;
}

import { CustomProfileFields, type SignInExperience } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";

type Fields = NonNullable<SignInExperience["signUpProfileFields"]>;

/** Those fields of sign-up that the tenant has. Logto drops the others without a word, and refuses one that comes twice. */
export async function knownProfileFields(
  wanted: Fields,
  database: TenantDatabase,
): Promise<Fields> {
  const names = wanted.map(({ name }) => name);
  const duplicateNames = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  ensure(duplicateNames.length === 0, "request.invalid_input", {
    values: { details: `Duplicate profile field names: ${duplicateNames.join(", ")}` },
    data: { duplicateNames },
  });
  const known = await database.rows(CustomProfileFields);
  return wanted.filter(({ name }) => known.some((field) => field.name === name));
}

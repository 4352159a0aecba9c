import { LogtoError } from "../errors";

/**
 * The refusal for a statement that Postgres would not carry out. Nothing for the others, most duplicate keys
 * among them: Logto answers those with 500. If two people take an identifier at the same
 * time, the second gets the answer that it would have got later.
 */
export function refusalOfDatabase(error: unknown): LogtoError | undefined {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code === "23505") {
    const duplicate = typeof constraint === "string" ? duplicates[constraint] : undefined;
    return duplicate === undefined ? undefined : new LogtoError(duplicate, { status: 422 });
  }
  const refusal = typeof code === "string" ? refusals[code] : undefined;
  return refusal && new LogtoError(refusal.code, { status: refusal.status });
}

/** By the constraint that they break. */
const duplicates: Record<string, string | undefined> = {
  application_secrets_pkey: "application.secret_name_exists",
  users__username: "user.username_already_in_use",
  users__primary_email: "user.email_already_in_use",
  users__primary_phone: "user.phone_already_in_use",
};

const refusals: Record<string, { code: string; status: number } | undefined> = {
  "23514": { code: "entity.db_constraint_violated", status: 422 },
  "23503": { code: "entity.relation_foreign_key_not_found", status: 404 },
  "22001": { code: "entity.value_too_long", status: 422 },
};

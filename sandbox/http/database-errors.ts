import { LogtoError } from "../errors";

/**
 * The refusal for a statement that Postgres would not carry out. Nothing for the others, a duplicate key
 * among them: Logto answers those with 500.
 */
export function refusalOfDatabase(error: unknown): LogtoError | undefined {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code === "23505" && constraint === "application_secrets_pkey") {
    return new LogtoError("application.secret_name_exists", { status: 422 });
  }
  const refusal = typeof code === "string" ? refusals[code] : undefined;
  return refusal && new LogtoError(refusal.code, { status: refusal.status });
}

const refusals: Record<string, { code: string; status: number } | undefined> = {
  "23514": { code: "entity.db_constraint_violated", status: 422 },
  "23503": { code: "entity.relation_foreign_key_not_found", status: 404 },
  "22001": { code: "entity.value_too_long", status: 422 },
};

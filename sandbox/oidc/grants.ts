import { type Application, OidcModelInstances } from "@logto/schemas";
import type { TenantDatabase } from "../database";

/**
 * Ends a person's oldest sign-ins at an application that allows them no more than `maxAllowedGrants` at once.
 * Without their grant, refresh tokens and opaque access tokens are good for nothing.
 *
 * Source: Logto, `packages/core/src/event-listeners/authorization-success.ts`.
 */
export async function endOldestGrants(
  database: TenantDatabase,
  { id, customClientMetadata: { maxAllowedGrants } }: Application,
  { accountId, newest }: { accountId: string; newest: string },
): Promise<void> {
  if (maxAllowedGrants === undefined) return;
  const { table } = OidcModelInstances;
  await database.query(
    `delete from ${table} where tenant_id = $1 and model_name = 'Grant' and id in (
       select id from ${table}
       where tenant_id = $1 and model_name = 'Grant' and expires_at > now() and id <> $2
         and payload->>'accountId' = $3 and payload->>'clientId' = $4
       order by (payload->>'iat')::bigint desc offset $5
     )`,
    [database.tenantId, newest, accountId, id, maxAllowedGrants - 1],
  );
}

import { type Resource, Resources } from "@logto/schemas";
import { errors, type ResourceServer } from "oidc-provider";
import type { Tenant } from "../tenant";

/**
 * What a token of an application for a resource is good for: the scopes that the application's roles
 * grant, whether the token asks for them or not.
 */
export async function resourceServerFor(
  { database, keys }: Pick<Tenant, "database" | "keys">,
  indicator: string,
  applicationId: string,
): Promise<ResourceServer> {
  const resource = await database.row<Resource>(Resources, { indicator });
  if (resource === undefined) {
    throw new errors.InvalidTarget();
  }
  const scopes = await database.query<{ name: string }>(
    `select distinct scopes.name
     from applications_roles
     join roles_scopes on roles_scopes.role_id = applications_roles.role_id
     join scopes on scopes.id = roles_scopes.scope_id
     where applications_roles.tenant_id = $1 and roles_scopes.tenant_id = $1 and scopes.tenant_id = $1
       and applications_roles.application_id = $2 and scopes.resource_id = $3`,
    [database.tenantId, applicationId, resource.id],
  );
  return {
    audience: indicator,
    scope: scopes.map(({ name }) => name).join(" "),
    accessTokenFormat: "jwt",
    accessTokenTTL: resource.accessTokenTtl,
    jwt: { sign: { alg: keys.algorithm } },
  };
}

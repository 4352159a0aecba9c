import { ReservedResource } from "@logto/core-kit";
import { type Application, Applications, type Resource, Resources } from "@logto/schemas";
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from "oidc-provider";
import type { TenantDatabase } from "../database";
import type { ProviderSource } from "./provider-source";

interface Scope {
  id: string;
  name: string;
}

/**
 * What a token for a resource is good for: the scopes that roles grant, those of the person who signed in
 * or, without any, those of the application. `oidc-provider` gives a person's token what it asks for of
 * them, and a machine's all.
 *
 * Source: Logto, `packages/core/src/oidc/resource.ts`.
 */
export async function resourceServerFor(
  { database, keys }: ProviderSource,
  { oidc }: KoaContextWithOIDC,
  indicator: string,
  client: Client,
): Promise<ResourceServer> {
  const userId = oidc.session?.accountId ?? oidc.entities.Account?.accountId;
  const { accessTokenTtl, scopes } = isReserved(indicator)
    ? { accessTokenTtl: 3600, scopes: await organizationScopes(database) }
    : await scopesOfResource(database, indicator, { applicationId: client.clientId, userId });
  const allowed = await allowedToApplication(database, client.clientId, scopes);
  return {
    audience: indicator,
    scope: allowed.map(({ name }) => name).join(" "),
    accessTokenFormat: "jwt",
    accessTokenTTL: accessTokenTtl,
    jwt: { sign: { alg: keys.algorithm } },
  };
}

/**
 * The resource to take if the request names none. A machine gets no token then, unless the tenant has a default: a
 * token without a resource is for a user's account, and a machine acts for no user.
 */
export async function defaultResource(
  database: TenantDatabase,
  { oidc }: KoaContextWithOIDC,
): Promise<string | undefined> {
  const resource = await database.row<Resource>(Resources, { isDefault: true });
  if (resource === undefined && oidc.params?.["grant_type"] === "client_credentials") {
    throw new errors.InvalidTarget("both `resource` and `organization_id` are not provided");
  }
  return resource?.indicator;
}

async function scopesOfResource(
  database: TenantDatabase,
  indicator: string,
  { applicationId, userId }: { applicationId: string; userId: string | undefined },
): Promise<{ accessTokenTtl: number; scopes: Scope[] }> {
  const resource = await database.row<Resource>(Resources, { indicator });
  if (resource === undefined) {
    throw new errors.InvalidTarget();
  }
  const scopes =
    userId === undefined
      ? await scopesOfApplication(database, applicationId, resource.id)
      : await scopesOfUser(database, userId, resource.id);
  return { accessTokenTtl: resource.accessTokenTtl, scopes };
}

function scopesOfApplication(
  database: TenantDatabase,
  applicationId: string,
  resourceId: string,
): Promise<Scope[]> {
  return database.query(
    `select distinct scopes.id, scopes.name
     from applications_roles
     join roles_scopes on roles_scopes.role_id = applications_roles.role_id
     join scopes on scopes.id = roles_scopes.scope_id
     where applications_roles.tenant_id = $1 and roles_scopes.tenant_id = $1 and scopes.tenant_id = $1
       and applications_roles.application_id = $2 and scopes.resource_id = $3`,
    [database.tenantId, applicationId, resourceId],
  );
}

/** By the person's own roles, and by those in every organization. */
function scopesOfUser(
  database: TenantDatabase,
  userId: string,
  resourceId: string,
): Promise<Scope[]> {
  return database.query(
    `select id, name from scopes
     where tenant_id = $1 and resource_id = $3 and id in (
       select roles_scopes.scope_id
       from users_roles join roles_scopes on roles_scopes.role_id = users_roles.role_id
       where users_roles.tenant_id = $1 and roles_scopes.tenant_id = $1 and users_roles.user_id = $2
       union
       select granted.scope_id
       from organization_role_user_relations held
       join organization_role_resource_scope_relations granted
         on granted.organization_role_id = held.organization_role_id
       where held.tenant_id = $1 and granted.tenant_id = $1 and held.user_id = $2
     )`,
    [database.tenantId, userId, resourceId],
  );
}

function isReserved(indicator: string): boolean {
  return Object.values<string>(ReservedResource).includes(indicator);
}

function organizationScopes(database: TenantDatabase): Promise<Scope[]> {
  return database.query("select id, name from organization_scopes where tenant_id = $1", [
    database.tenantId,
  ]);
}

/** An application of somebody else gets no more than what was enabled for it. */
async function allowedToApplication(
  database: TenantDatabase,
  id: string,
  scopes: Scope[],
): Promise<Scope[]> {
  const application = await database.row<Application>(Applications, { id });
  if (!application?.isThirdParty) return scopes;
  const enabled = await database.query<{ id: string }>(
    `select scope_id as id from application_user_consent_resource_scopes
     where tenant_id = $1 and application_id = $2
     union
     select scope_id from application_user_consent_organization_resource_scopes
     where tenant_id = $1 and application_id = $2
     union
     select organization_scope_id from application_user_consent_organization_scopes
     where tenant_id = $1 and application_id = $2`,
    [database.tenantId, id],
  );
  const ids = new Set(enabled.map((scope) => scope.id));
  return scopes.filter((scope) => ids.has(scope.id));
}

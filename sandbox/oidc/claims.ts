import {
  extendedIdTokenClaimsByScope,
  idTokenClaims,
  type UserClaim,
  userClaims,
  UserScope,
} from "@logto/core-kit";
import { idTokenConfigGuard, LogtoTenantConfigKey, type User } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { storedConfig } from "../stored-config";

/** Who asks: an id token holds less, unless the tenant's configuration `idToken` says otherwise. */
export type ClaimsUse = "id_token" | "userinfo";

/**
 * What the scopes tell of a person. What they do not have is null where Logto keeps it in a column of its
 * own, such as the name, and missing where it is one of the further claims of OpenID Connect.
 *
 * Source: Logto, `packages/core/src/oidc/scope.ts`.
 */
export async function claimsOf(
  database: TenantDatabase,
  user: User,
  { use, scope, rejected }: { use: ClaimsUse; scope: string; rejected: string[] },
): Promise<Record<string, unknown>> {
  const wanted = (await claimsOfScopes(database, use, scope.split(" "))).filter(
    (claim) => !rejected.includes(claim),
  );
  const values = wanted.map(
    async (claim) => [claim, await claimOf(database, user, claim)] as const,
  );
  return Object.fromEntries(await Promise.all(values));
}

async function claimsOfScopes(
  database: TenantDatabase,
  use: ClaimsUse,
  names: string[],
): Promise<UserClaim[]> {
  const scopes = Object.values(UserScope).filter((scope) => names.includes(scope));
  if (use === "userinfo") return scopes.flatMap((scope) => userClaims[scope]);
  const { enabledExtendedClaims = [] } = idTokenConfigGuard.parse(
    (await storedConfig(database, LogtoTenantConfigKey.IdToken)) ?? {},
  );
  const enabled = new Set<string>(enabledExtendedClaims);
  return scopes.flatMap((scope) => [
    ...idTokenClaims[scope],
    ...(extendedIdTokenClaimsByScope[scope] ?? []).filter((claim) => enabled.has(claim)),
  ]);
}

function claimOf(database: TenantDatabase, user: User, claim: UserClaim): unknown {
  switch (claim) {
    case "name":
    case "username":
    case "identities":
      return user[claim];
    case "picture":
      return user.avatar;
    case "email":
      return user.primaryEmail;
    case "email_verified":
      return Boolean(user.primaryEmail);
    case "phone_number":
      return user.primaryPhone;
    case "phone_number_verified":
      return Boolean(user.primaryPhone);
    case "custom_data":
      return user.customData;
    case "created_at":
      return user.createdAt;
    case "updated_at":
      return user.updatedAt;
    case "family_name":
      return user.profile.familyName;
    case "given_name":
      return user.profile.givenName;
    case "middle_name":
      return user.profile.middleName;
    case "preferred_username":
      return user.profile.preferredUsername;
    case "nickname":
    case "profile":
    case "website":
    case "gender":
    case "birthdate":
    case "zoneinfo":
    case "locale":
    case "address":
      return user.profile[claim];
    case "roles":
      return rolesOf(database, user);
    case "sso_identities":
      return ssoIdentitiesOf(database, user);
    case "organizations":
      return organizationsOf(database, user).then((all) => all.map(({ id }) => id));
    case "organization_data":
      return organizationsOf(database, user);
    case "organization_roles":
      return organizationRolesOf(database, user);
  }
}

async function rolesOf(database: TenantDatabase, { id }: User): Promise<string[]> {
  const roles = await database.query<{ name: string }>(
    `select roles.name from users_roles relations
     join roles on roles.id = relations.role_id
     where relations.tenant_id = $1 and roles.tenant_id = $1 and relations.user_id = $2
     order by roles.name`,
    [database.tenantId, id],
  );
  return roles.map(({ name }) => name);
}

function ssoIdentitiesOf(database: TenantDatabase, { id }: User): Promise<unknown[]> {
  return database.query(
    `select issuer, identity_id as "identityId", detail from user_sso_identities
     where tenant_id = $1 and user_id = $2 order by issuer, identity_id`,
    [database.tenantId, id],
  );
}

function organizationsOf(
  database: TenantDatabase,
  { id }: User,
): Promise<{ id: string; name: string; description: string | null }[]> {
  return database.query(
    `select organizations.id, organizations.name, organizations.description
     from organization_user_relations relations
     join organizations on organizations.id = relations.organization_id
     where relations.tenant_id = $1 and organizations.tenant_id = $1 and relations.user_id = $2
     order by organizations.id`,
    [database.tenantId, id],
  );
}

async function organizationRolesOf(database: TenantDatabase, { id }: User): Promise<string[]> {
  const roles = await database.query<{ organization: string; role: string }>(
    `select relations.organization_id as organization, roles.name as role
     from organization_role_user_relations relations
     join organization_roles roles on roles.id = relations.organization_role_id
     where relations.tenant_id = $1 and roles.tenant_id = $1 and relations.user_id = $2
     order by organization, role`,
    [database.tenantId, id],
  );
  return roles.map(({ organization, role }) => `${organization}:${role}`);
}

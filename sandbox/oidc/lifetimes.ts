import {
  type CustomClientMetadata,
  customClientMetadataDefault,
  LogtoOidcConfigKey,
  logtoOidcConfigGuard,
} from "@logto/schemas";
import type { Middleware } from "koa";
import type { Client, Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { TenantDatabase } from "../database";
import { storedConfig } from "../stored-config";

const hour = 3600;
const day = 24 * hour;

/**
 * How long things live, in seconds. An application's own numbers are in its `customClientMetadata`, those of
 * an access token in the resource that it is for.
 *
 * Source: Logto, `packages/core/src/oidc/init.ts`.
 */
export const lifetimes: Configuration["ttl"] = {
  AccessToken: (_context, token) => token.resourceServer?.accessTokenTTL ?? hour,
  ClientCredentials: (_context, token) => token.resourceServer?.accessTokenTTL ?? hour,
  IdToken: (_context, _token, client) =>
    settingsOf(client).idTokenTtl ?? customClientMetadataDefault.idTokenTtl,
  RefreshToken(context, token, client) {
    const { RotatedRefreshToken: rotated } = context.oidc.entities;
    // What a browser keeps without any secret ends when it ends, however often it is exchanged.
    if (rotated && client.applicationType === "web" && isPublic(client)) {
      return rotated.remainingTTL;
    }
    // Applications of before Logto counted in days have the seconds.
    const { refreshTokenTtlInDays: days, refreshTokenTtl: seconds } = settingsOf(client);
    return days === undefined && seconds !== undefined
      ? seconds
      : (days ?? customClientMetadataDefault.refreshTokenTtlInDays) * day;
  },
  Interaction: hour,
  Session: (context) => (context.state as SessionState).sessionLifetime ?? 14 * day,
  Grant: 180 * day,
};

interface SessionState {
  sessionLifetime?: number;
}

/** Reads `oidc.session` for each request, so that a change of it counts for the next sign-in. */
export function readSessionLifetime(database: TenantDatabase): Middleware {
  return async (context, next) => {
    const config = await storedConfig(database, LogtoOidcConfigKey.Session);
    const { ttl } = logtoOidcConfigGuard[LogtoOidcConfigKey.Session].parse(config);
    Object.assign(context.state, { sessionLifetime: ttl } satisfies SessionState);
    await next();
  };
}

/** Whether a code is exchanged for a refresh token, too. */
export function issuesRefreshToken(
  client: Client,
  { scopes }: { scopes: ReadonlySet<string> },
): boolean {
  return (
    client.grantTypeAllowed("refresh_token") &&
    (scopes.has("offline_access") ||
      (client.applicationType === "web" && settingsOf(client).alwaysIssueRefreshToken === true))
  );
}

/**
 * Whether a refresh token is exchanged for a new one when it is used: always where there is no client
 * secret, near its end otherwise, and never when a year of exchanges has passed or the application says so.
 */
export function rotatesRefreshToken({ oidc: { entities } }: KoaContextWithOIDC): boolean {
  const { RefreshToken: token, Client: client } = entities;
  if (!token || !client) return false;
  const isWanted =
    settingsOf(client).rotateRefreshToken ?? customClientMetadataDefault.rotateRefreshToken;
  return (
    isWanted &&
    token.totalLifetime() < 365.25 * day &&
    (isPublic(client) || token.ttlPercentagePassed() >= 70)
  );
}

function isPublic(client: Client): boolean {
  return client.clientAuthMethod === "none";
}

function settingsOf(client: Client): CustomClientMetadata {
  return client.metadata() as CustomClientMetadata;
}

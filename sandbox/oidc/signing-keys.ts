import { createPrivateKey, createPublicKey } from "node:crypto";
import { LogtoOidcConfigKey, logtoOidcConfigGuard } from "@logto/schemas";
import { calculateJwkThumbprint, exportJWK, type JWK } from "jose";
import type { TenantDatabase } from "../database";
import { storedConfig } from "../stored-config";

/** The keys of a tenant as Logto's seed or a rotation left them, the one that signs first. */
export interface SigningKeys {
  private: JWK[];
  public: JWK[];
  /** Secrets that sign cookies. */
  cookies: string[];
  /** By which new tokens are signed: Logto makes elliptic keys, and takes RSA keys. */
  algorithm: "ES384" | "RS256";
}

/** Reads them once: like a Logto server, the sandbox has to be started again after a rotation. */
export async function readSigningKeys(database: TenantDatabase): Promise<SigningKeys> {
  const pems = logtoOidcConfigGuard[LogtoOidcConfigKey.PrivateKeys].parse(
    await read(database, LogtoOidcConfigKey.PrivateKeys),
  );
  const cookies = logtoOidcConfigGuard[LogtoOidcConfigKey.CookieKeys].parse(
    await read(database, LogtoOidcConfigKey.CookieKeys),
  );
  const privateKeys = await Promise.all(
    pems.map(async ({ value }) => toJwk(createPrivateKey(value))),
  );
  const publicKeys = await Promise.all(
    pems.map(async ({ value }) => toJwk(createPublicKey(value))),
  );
  return {
    private: privateKeys,
    public: publicKeys,
    cookies: cookies.map(({ value }) => value),
    algorithm: privateKeys[0]?.kty === "RSA" ? "RS256" : "ES384",
  };
}

async function read(database: TenantDatabase, key: LogtoOidcConfigKey): Promise<unknown> {
  const value = await storedConfig(database, key);
  if (value === undefined) {
    throw new Error(
      `The database holds no ${key} for the tenant ${database.tenantId}: it is not seeded.`,
    );
  }
  return value;
}

async function toJwk(key: Parameters<typeof exportJWK>[0]): Promise<JWK> {
  const jwk = await exportJWK(key);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: "sig" };
}

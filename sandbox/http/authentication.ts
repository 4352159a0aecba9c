import { PredefinedScope } from "@logto/schemas";
import { createLocalJWKSet, jwtVerify } from "jose";
import type { Middleware } from "koa";
import { LogtoError, ensure } from "../errors";
import type { Tenant, TokenSource } from "../tenant";

/** Lets only those into the Management API who have a token for it with the scope `all`. */
export function requireManagementToken({ managementApi, trusted }: Tenant): Middleware {
  return async (context, next) => {
    const scopes = await verify(bearerToken(context.get("authorization")), managementApi, trusted);
    ensure(scopes.includes(PredefinedScope.All), "auth.forbidden", { status: 403 });
    await next();
  };
}

function bearerToken(header: string): string {
  ensure(header, "auth.authorization_header_missing", { status: 401 });
  ensure(header.startsWith("Bearer"), "auth.authorization_token_type_not_supported", {
    status: 401,
    data: { supportedTypes: ["Bearer"] },
  });
  return header.slice("Bearer ".length);
}

/** The token's scopes. */
async function verify(token: string, audience: string, trusted: TokenSource[]): Promise<string[]> {
  const keys = createLocalJWKSet({ keys: trusted.flatMap((source) => source.keys.public) });
  try {
    const issuer = trusted.map((source) => source.issuer);
    const { payload } = await jwtVerify(token, keys, { issuer, audience });
    ensure(payload.sub, "auth.jwt_sub_missing", { status: 401 });
    return typeof payload["scope"] === "string" ? payload["scope"].split(" ") : [];
  } catch (error) {
    if (error instanceof LogtoError) throw error;
    throw new LogtoError("auth.unauthorized", { status: 401, data: error });
  }
}

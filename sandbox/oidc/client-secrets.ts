import { ApplicationSecrets, Applications } from "@logto/schemas";
import type { Middleware } from "koa";
import { errors } from "oidc-provider";
import type { TenantDatabase } from "../database";

interface Credentials {
  clientId: string;
  clientSecret: string;
}

/**
 * Lets a client in by any of its secrets. `oidc-provider` knows one secret for each client, which is
 * `applications.secret`; the secrets that Logto hands out are rows of `application_secrets`. So a request
 * that comes with one of those goes on with the other. One that comes with `applications.secret` itself,
 * as `m-default` does, passes as it is. Nothing is remembered: a change in the database counts at once.
 */
export function acceptEverySecret(database: TenantDatabase): Middleware {
  return async (context, next) => {
    const body = context.request.body as Record<string, unknown> | undefined;
    const fromHeader = basicCredentials(context.get("authorization"));
    const credentials = fromHeader ?? bodyCredentials(body);
    const secret = credentials && (await findSecret(database, credentials));
    if (!secret) {
      await next();
      return;
    }
    if (secret.expiresAt !== null && secret.expiresAt < Date.now()) {
      throw new errors.InvalidRequest("client secret has expired");
    }
    if (fromHeader) {
      context.req.headers.authorization = basicHeader({
        clientId: fromHeader.clientId,
        clientSecret: secret.internal,
      });
    } else {
      context.request.body = { ...body, client_secret: secret.internal };
    }
    await next();
  };
}

async function findSecret(
  database: TenantDatabase,
  { clientId, clientSecret }: Credentials,
): Promise<{ expiresAt: number | null; internal: string } | undefined> {
  const [secret] = await database.query<{ expiresAt: number | null; internal: string }>(
    `select secrets.expires_at as "expiresAt", applications.secret as "internal"
     from ${ApplicationSecrets.table} secrets
     join ${Applications.table} applications on applications.id = secrets.application_id
     where secrets.tenant_id = $1 and applications.tenant_id = $1
       and secrets.application_id = $2 and secrets.value = $3`,
    [database.tenantId, clientId, clientSecret],
  );
  return secret;
}

function basicCredentials(header: string): Credentials | undefined {
  const [scheme, encoded] = header.split(" ");
  if (scheme?.toLowerCase() !== "basic" || !encoded) return undefined;
  const [clientId, clientSecret] = Buffer.from(encoded, "base64").toString().split(":");
  return clientId && clientSecret
    ? { clientId: formDecode(clientId), clientSecret: formDecode(clientSecret) }
    : undefined;
}

function basicHeader({ clientId, clientSecret }: Credentials): string {
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(":");
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function bodyCredentials(body: Record<string, unknown> | undefined): Credentials | undefined {
  const { client_id: clientId, client_secret: clientSecret } = body ?? {};
  return typeof clientId === "string" && typeof clientSecret === "string"
    ? { clientId, clientSecret }
    : undefined;
}

/** RFC 6749, 2.3.1: both parts are encoded as in a form. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", "%20"));
  } catch {
    return text;
  }
}

import type { Middleware } from "koa";
import { ensure } from "../errors";
import type { Tenant } from "../tenant";
import { isUrl } from "../../infra/url";

/**
 * Lets no page ask but the sandbox's own. Cookies do not know ports, so `SameSite` keeps none from a page of
 * another program on this machine: it could sign a person in as somebody else. Programs say no origin, and
 * have no cookies of a person.
 *
 * Errors: `auth.forbidden` (403).
 */
export function onlyFromOwnPages({ issuer }: Pick<Tenant, "issuer">): Middleware {
  const endpoint = new URL(issuer).host;
  return async (context, next) => {
    const origin = context.get("origin");
    const isOwn =
      origin === "" ||
      (isUrl(origin) && [endpoint, context.get("host")].includes(new URL(origin).host));
    ensure(isOwn, "auth.forbidden", { status: 403 });
    await next();
  };
}

import type { ParsedUrlQuery } from "node:querystring";
import Koa, { type Middleware } from "koa";
import { errors } from "oidc-provider";
import type { Tenant } from "../tenant";
import { parseBody } from "../http/body";
import { acceptEverySecret } from "./client-secrets";
import { readSessionLifetime } from "./lifetimes";

/** What answers under `/oidc`. */
export function oidcApplication(tenant: Tenant): Koa {
  const application = new Koa();
  application.use(async (context, next) => {
    // `oidc-provider` signs its cookies by the keys of the application that made the context, and that is
    // not the provider itself.
    context.cookies = tenant.provider.createContext(context.req, context.res).cookies;
    await next();
  });
  application.use(readSessionLifetime(tenant.database));
  application.use(parseBody());
  application.use(takeFormsForQueries());
  application.use(splitResources());
  application.use(acceptEverySecret(tenant.database));
  application.use(async (context, next) => {
    // Logto takes JSON too, where `oidc-provider` wants a form and looks at the header first.
    if (context.is("json")) {
      context.req.headers["content-type"] = "application/x-www-form-urlencoded";
    }
    (context.req as { body?: unknown }).body = context.request.body;
    await next();
    if (context.status === 404 && !context.body) {
      const { method, path } = context;
      const reason = `unrecognized route or not allowed method (${method} on ${path})`;
      throw new errors.InvalidRequest(reason, 404);
    }
  });
  for (const middleware of tenant.provider.middleware) {
    application.use(middleware);
  }
  return application;
}

/** Logto takes `resource=a,b`, too, for `resource=a&resource=b`. */
function splitResources(): Middleware {
  return async (context, next) => {
    const { resource } = context.query;
    if (typeof resource === "string" && resource.includes(",")) {
      context.query = { ...context.query, resource: resource.split(",") };
    }
    await next();
  };
}

/**
 * OpenID Connect lets a sign-in and a sign-out begin by a form as well. `oidc-provider` takes them by a query
 * alone, unless its cookies come along from other sites, which Logto's do not.
 */
function takeFormsForQueries(): Middleware {
  return async (context, next) => {
    const { method, path, querystring } = context;
    const isForm = method === "POST" && context.is("urlencoded");
    if (!isForm || !["/auth", "/session/end"].includes(path)) {
      await next();
      return;
    }
    context.query = context.request.body as ParsedUrlQuery;
    context.method = "GET";
    try {
      await next();
    } finally {
      Object.assign(context, { method, querystring });
    }
  };
}

import Koa from "koa";
import type { Tenant } from "../tenant";
import { parseBody } from "../http/body";
import { acceptEverySecret } from "./client-secrets";

/** What answers under `/oidc`. */
export function oidcApplication(tenant: Tenant): Koa {
  const application = new Koa();
  application.use(async (context, next) => {
    // `oidc-provider` signs its cookies by the keys of the application that made the context, and that is
    // not the provider itself.
    context.cookies = tenant.provider.createContext(context.req, context.res).cookies;
    await next();
  });
  application.use(parseBody());
  application.use(acceptEverySecret(tenant.database));
  application.use(async (context, next) => {
    // Logto takes JSON too, where `oidc-provider` wants a form and looks at the header first.
    if (context.is("json")) {
      context.req.headers["content-type"] = "application/x-www-form-urlencoded";
    }
    (context.req as { body?: unknown }).body = context.request.body;
    await next();
  });
  for (const middleware of tenant.provider.middleware) {
    application.use(middleware);
  }
  return application;
}

import Koa from "koa";
import type { Tenant } from "../tenant";
import { parseBody } from "../http/body";
import { acceptEverySecret } from "./client-secrets";
import { describeOidcErrors } from "./error-body";
import { createProvider } from "./provider";

/** What answers under `/oidc`. */
export function oidcApplication(tenant: Tenant): Koa {
  const application = new Koa();
  application.use(describeOidcErrors());
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
  const provider = createProvider(tenant);
  for (const middleware of provider.middleware) {
    application.use(middleware);
  }
  return application;
}

import {
  idTokenConfigGuard,
  LogtoOidcConfigKey,
  LogtoTenantConfigKey,
  oidcSessionConfigGuard,
} from "@logto/schemas";
import type { Routes } from "../http/routes";
import { guardBody } from "../http/guard";
import { foundConfig, storeConfig, storedConfig } from "../stored-config";

/** Which claims of a user an ID token has besides the standard ones. The sandbox keeps it and issues tokens without. */
export const idTokenConfig: Routes = (router, { database }) => {
  const key = LogtoTenantConfigKey.IdToken;

  router.get("/configs/id-token", async (context) => {
    context.body = await foundConfig(database, key);
  });

  router.put("/configs/id-token", async (context) => {
    const value = guardBody(context, idTokenConfigGuard);
    await storeConfig(database, key, value);
    context.body = value;
  });
};

const secondsOfTwoWeeks = 14 * 24 * 60 * 60;

/** How long a session lasts, in seconds. */
export const oidcSessionConfig: Routes = (router, { database }) => {
  const key = LogtoOidcConfigKey.Session;
  const current = async () => ({
    ttl: secondsOfTwoWeeks,
    ...((await storedConfig(database, key)) as object | undefined),
  });

  router.get("/configs/oidc/session", async (context) => {
    context.body = await current();
  });

  router.patch("/configs/oidc/session", async (context) => {
    const change = guardBody(context, oidcSessionConfigGuard.partial());
    const value = { ...(await current()), ...change };
    await storeConfig(database, key, value);
    context.body = value;
  });
};

import {
  accessTokenJwtCustomizerGuard,
  clientCredentialsJwtCustomizerGuard,
  LogtoActionKey,
  logtoActionGuard,
  LogtoJwtTokenKey,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { ensure } from "../errors";
import { guardBody, guardParams } from "../http/guard";
import { configs, foundConfig, storeConfig, storedConfig } from "../stored-config";

interface Script {
  /** Its key in the table of configs. */
  key: LogtoActionKey | LogtoJwtTokenKey;
  put: z.AnyZodObject;
  patch: z.AnyZodObject;
}

/** The routes of scripts that a tenant has one of each name of, where a PATCH changes what it names at the first level. */
function scriptRoutes(path: string, parameter: string, scripts: Record<string, Script>): Routes {
  const names = Object.keys(scripts) as [string, ...string[]];
  const guard = z.object({ [parameter]: z.enum(names) });
  const scriptOf = (context: Parameters<typeof guardParams>[0]) =>
    scripts[guardParams(context, guard)[parameter] as string] as Script;

  return (router, { database }) => {
    router.get(path, async (context) => {
      const keys: string[] = Object.values(scripts).map(({ key }) => key);
      const held = await database.rows(configs, {}, "order by key");
      context.body = held
        .filter(({ key }) => keys.includes(key))
        .map(({ key, value }) => ({ key, value }));
    });

    router.get(`${path}/:${parameter}`, async (context) => {
      context.body = await foundConfig(database, scriptOf(context).key);
    });

    router.put(`${path}/:${parameter}`, async (context) => {
      const { key, put } = scriptOf(context);
      const value = guardBody(context, put);
      const isNew = (await storedConfig(database, key)) === undefined;
      await storeConfig(database, key, value);
      context.status = isNew ? 201 : 200;
      context.body = value;
    });

    router.patch(`${path}/:${parameter}`, async (context) => {
      const { key, patch } = scriptOf(context);
      const change = guardBody(context, patch);
      const value = { ...(await foundConfig(database, key)), ...change };
      await storeConfig(database, key, value);
      context.body = value;
    });

    router.delete(`${path}/:${parameter}`, async (context) => {
      const { key } = scriptOf(context);
      const deleted = await database.delete(configs, { key });
      ensure(deleted > 0, "entity.not_found", { status: 404 });
      context.status = 204;
    });
  };
}

/** A customizer is as strict in a PATCH, which names its script each time. */
const customizer = (key: LogtoJwtTokenKey, guard: z.AnyZodObject): Script => ({
  key,
  put: guard.strict(),
  patch: guard.strict(),
});

/** Scripts that add claims to tokens. The sandbox keeps them and runs none. */
export const jwtCustomizers = scriptRoutes("/configs/jwt-customizer", "tokenTypePath", {
  "access-token": customizer(LogtoJwtTokenKey.AccessToken, accessTokenJwtCustomizerGuard),
  "client-credentials": customizer(
    LogtoJwtTokenKey.ClientCredentials,
    clientCredentialsJwtCustomizerGuard,
  ),
});

/** Scripts at a step of signing in. The sandbox keeps them and runs none. */
export const actions = scriptRoutes(
  "/configs/actions",
  "actionType",
  Object.fromEntries(
    Object.values(LogtoActionKey).map((key) => [
      key,
      { key, put: logtoActionGuard, patch: logtoActionGuard.partial() },
    ]),
  ),
);

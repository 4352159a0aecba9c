import {
  LogtoConfigs,
  type LogtoConfig,
  logtoCookieKey,
  LogtoTenantConfigKey,
  logtoUiCookieGuard,
} from "@logto/schemas";
import type { Context } from "koa";
import { errors } from "oidc-provider";
import { z } from "zod";
import { findInteraction } from "../oidc/interactions";
import { findSignInExperience } from "../sign-in-experience/find";
import type { Tenant } from "../tenant";
import { webAddress } from "./addresses";

/** Whom a page is for, as far as it is known. */
export interface Visit {
  applicationId?: string | undefined;
  uiLocales?: string | undefined;
  /** What the application says that the person will want to sign in with. */
  loginHint?: string | undefined;
}

/** The sign-in that is under way, or nothing where there is none. */
export async function visitOf(tenant: Tenant, context: Context): Promise<Visit | undefined> {
  try {
    const { applicationId, parameters } = await findInteraction(tenant, context);
    const text = (key: string) =>
      typeof parameters[key] === "string" ? parameters[key] : undefined;
    return { applicationId, uiLocales: text("ui_locales"), loginHint: text("login_hint") };
  } catch (error) {
    if (error instanceof errors.SessionNotFound) {
      return undefined;
    }
    throw error;
  }
}

/** What the browser remembers of the last sign-in, for pages that are shown without one. */
export function rememberedVisit({ cookies }: Context): Visit {
  try {
    const { appId, uiLocales } = logtoUiCookieGuard.parse(
      JSON.parse(cookies.get(logtoCookieKey) ?? "{}"),
    );
    return { applicationId: appId, uiLocales };
  } catch {
    return {}; // anyone can write a cookie
  }
}

const redirection = z.object({ url: z.string() });

/**
 * Where a browser is sent that opens a page without a sign-in: to the declared address, to that of the
 * tenant's configuration, or to a page of our own that says so.
 *
 * Source: Logto, `packages/core/src/middleware/koa-spa-session-guard.ts`.
 */
export async function addressWithoutSession({ database, issuer }: Tenant): Promise<string> {
  const [{ unknownSessionRedirectUrl }, configured] = await Promise.all([
    findSignInExperience(database),
    database.row<LogtoConfig>(LogtoConfigs, {
      key: LogtoTenantConfigKey.SessionNotFoundRedirectUrl,
    }),
  ]);
  return (
    webAddress(unknownSessionRedirectUrl) ??
    webAddress(redirection.safeParse(configured?.value).data?.url) ??
    new URL("/unknown-session", issuer).href
  );
}

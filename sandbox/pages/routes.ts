import { randomBytes } from "node:crypto";
import { experience as experienceRoutes, SignInMode } from "@logto/schemas";
import type { Context, Middleware } from "koa";
import type { Routes } from "../http/routes";
import { languageOf } from "../language";
import type { Tenant } from "../tenant";
import { renderDocument } from "./document";
import { experienceFor } from "./experience";
import type { Flow } from "./page-data";
import { continueWith } from "./screens/continue";
import { forgotPassword } from "./screens/forgot-password";
import { message } from "./screens/message";
import { password } from "./screens/password";
import { register } from "./screens/register";
import { setPassword } from "./screens/set-password";
import { signIn } from "./screens/sign-in";
import { verificationCode } from "./screens/verification-code";
import { loadScript, type PageScript } from "./script";
import { setSecurityHeaders } from "./security-headers";
import { addressWithoutSession, rememberedVisit, type Visit, visitOf } from "./session";
import type { Screen, View } from "./view";

type RenderScreen = (view: View, context: Context) => Screen | Redirection;

/** A screen that the sign-in mode does not have leads to the one that it has. */
interface Redirection {
  redirectTo: string;
}

const flows: Flow[] = ["sign-in", "register", "forgot-password", "continue"];

/** The screens of a sign-in by their paths, which are Logto's. */
const screens: Record<string, RenderScreen> = {
  // There is nothing to show, but a visitor without a sign-in is told where to begin one.
  "/": (view) => message(view, { heading: view.t("description.not_found") }),
  "/sign-in": signInIfAllowed,
  [`/${experienceRoutes.routes.identifierSignIn}`]: signInIfAllowed,
  "/sign-in/password": password,
  "/register": registerIfAllowed,
  [`/${experienceRoutes.routes.identifierRegister}`]: registerIfAllowed,
  "/register/password": (view) => setPassword("register", view),
  "/forgot-password": forgotPassword,
  [`/${experienceRoutes.routes.resetPassword}`]: forgotPassword,
  "/forgot-password/reset": (view) => setPassword("forgot-password", view),
  ...Object.fromEntries(
    flows.map((flow) => [
      `/${flow}/verification-code`,
      (view: View) => verificationCode(flow, view),
    ]),
  ),
  "/continue/:step": (view, { params }) => continueWith((params as { step: string }).step, view),
};

/**
 * The pages that a person signs in with: rendered here from what the sign-in experience declares, and carried
 * on in the browser by one script that calls the Experience API. Their paths, fields and texts are those of
 * Logto's own pages, so that what drives the one drives the other.
 *
 * Not here, though Logto's pages have it: social and enterprise sign-in, passkeys and other second factors,
 * profile fields of one's own, captchas. What the API answers for them is shown as its message.
 */
export const signInPages: Routes = (router, tenant) => {
  const script = loadScript();
  router.get(script.path, serve(script) as never);
  for (const [path, render] of Object.entries(screens)) {
    router.get(path, page(tenant, script, render) as never);
  }
  router.get("/unknown-session", sessionNotFound(tenant, script) as never);
};

function page(tenant: Tenant, script: PageScript, render: RenderScreen): Middleware {
  return async (context) => {
    const visit = await visitOf(tenant, context);
    if (visit) {
      await show(tenant, script, visit, render, context);
    } else {
      context.redirect(await addressWithoutSession(tenant));
    }
  };
}

function sessionNotFound(tenant: Tenant, script: PageScript): Middleware {
  return (context) =>
    show(
      tenant,
      script,
      rememberedVisit(context),
      (view) =>
        message(view, {
          heading: view.t("error.something_went_wrong"),
          description: view.t("error.invalid_session"),
        }),
      context,
    );
}

async function show(
  tenant: Tenant,
  script: PageScript,
  { applicationId, uiLocales, loginHint }: Visit,
  render: RenderScreen,
  context: Context,
): Promise<void> {
  const experience = await experienceFor(tenant, applicationId);
  const language = await languageOf(context, tenant.database, {
    languageInfo: experience.languageInfo,
    uiLocales,
  });
  const { search } = context;
  const screen = render({ experience, t: language.t, search, loginHint }, context);
  if ("redirectTo" in screen) {
    context.redirect(screen.redirectTo);
    return;
  }
  const nonce = randomBytes(16).toString("base64");
  setSecurityHeaders(context, tenant, nonce);
  context.type = "html";
  context.body = renderDocument({
    screen,
    experience,
    language,
    path: context.path,
    nonce,
    script: script.path,
  });
}

function signInIfAllowed(view: View): Screen | Redirection {
  return view.experience.signInMode === SignInMode.Register
    ? { redirectTo: `/register${view.search}` }
    : signIn(view);
}

function registerIfAllowed(view: View): Screen | Redirection {
  return view.experience.signInMode === SignInMode.SignIn
    ? { redirectTo: `/sign-in${view.search}` }
    : register(view);
}

function serve({ text }: PageScript): Middleware {
  return (context) => {
    context.type = "text/javascript";
    context.set({
      "Cache-Control": "public, max-age=31536000, immutable",
      "X-Content-Type-Options": "nosniff",
    });
    context.body = text;
  };
}

import {
  experience,
  ExtraParamsKey,
  type ExtraParamsObject,
  extraParamsObjectGuard,
  FirstScreen,
  logtoCookieKey,
  type LogtoUiCookie,
} from "@logto/schemas";
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";

type PromptUrl = NonNullable<NonNullable<Configuration["interactions"]>["url"]>;

/**
 * The page that the browser is sent to when a person has to do something. All of them are our own, so what
 * the authorization request says can choose among them and fill their query, and never lead elsewhere.
 *
 * Source: Logto, `packages/core/src/oidc/init.ts` and `oidc/utils.ts`.
 */
export const promptUrl: PromptUrl = (context, { params, prompt }) => {
  const applicationId = String(params["client_id"]);
  const known = extraParamsObjectGuard.safeParse(params).data ?? {};
  rememberForPages(context, applicationId, known);
  switch (prompt.name) {
    case "login":
      return signInUrl(applicationId, known);
    case "consent":
      return `/${experience.routes.consent}?${new URLSearchParams({ app_id: applicationId }).toString()}`;
    default:
      throw new Error(`There is no page for the prompt ${prompt.name}.`);
  }
};

function signInUrl(applicationId: string, parameters: ExtraParamsObject): string {
  const query = new URLSearchParams({ app_id: applicationId });
  for (const key of passedOn) {
    const value = parameters[key];
    if (value) query.append(key, value);
  }
  return `/${firstScreen(parameters)}?${query.toString()}`;
}

const passedOn = [
  ExtraParamsKey.OrganizationId,
  ExtraParamsKey.UiLocales,
  ExtraParamsKey.OneTimeToken,
  ExtraParamsKey.LoginHint,
  ExtraParamsKey.Identifier,
] as const;

/** Clients of before `first_screen` say `interaction_mode`: Logto's Python SDK does. */
function firstScreen({ first_screen: screen, interaction_mode: mode }: ExtraParamsObject): string {
  return screens[screen ?? mode ?? FirstScreen.SignIn] ?? routes.signIn;
}

const { routes } = experience;

const screens: Readonly<Record<string, string>> = {
  sign_in: routes.signIn,
  signIn: routes.signIn,
  register: routes.register,
  signUp: routes.register,
  reset_password: routes.resetPassword,
  "identifier:sign_in": routes.identifierSignIn,
  "identifier:register": routes.identifierRegister,
  single_sign_on: routes.sso,
};

/**
 * The pages read this cookie in the browser, too. It holds nothing secret, and nothing that could end the
 * cookie's value and go on as an attribute of it.
 */
function rememberForPages(
  { cookies }: KoaContextWithOIDC,
  appId: string,
  { organization_id: organizationId, ui_locales: uiLocales }: ExtraParamsObject,
): void {
  const state: LogtoUiCookie = {
    appId,
    ...(isPlain(organizationId) && { organizationId }),
    ...(isPlain(uiLocales) && { uiLocales }),
  };
  cookies.set(logtoCookieKey, JSON.stringify(state), {
    sameSite: "lax",
    overwrite: true,
    httpOnly: false,
    signed: false,
  });
}

/** As identifiers and language tags are. */
function isPlain(text: string | undefined): text is string {
  return text !== undefined && /^[\w -]+$/.test(text);
}

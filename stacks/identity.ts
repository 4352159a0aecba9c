import type * as pulumi from "@pulumi/pulumi";
import { Application } from "../infra/logto/application";
import { SendGridConnector } from "../infra/logto/sendgrid-connector";
import { SignInExperience } from "../infra/logto/sign-in-experience";
import type { SignInExperienceInputs } from "../infra/logto/sign-in-experience-schema";
import { SendGridPreflight } from "../infra/sendgrid/preflight";
import type { Server } from "../infra/server/runtime";
import type { Settings } from "./settings";

/** What a stack declares on its Logto. */
export interface Identity {
  application: Application;
  connector: SendGridConnector;
  signInExperience: SignInExperience;
}

/**
 * The application, the e-mail connector and the sign-in experience, in the order in which Logto needs
 * them: signing up by e-mail is set after the connector is there, and put back before it goes. First of all
 * SendGrid is asked whether it will take the mails, unless the settings say no.
 */
export function declareIdentity(settings: Settings, server: Server): Identity {
  const { preflight, sendgridEndpoint, ...email } = settings.email;
  const { apiKey, fromEmail } = email;
  const ready = preflight
    ? [
        ...server.ready,
        new SendGridPreflight("sendgrid-preflight", {
          apiKey,
          fromEmail,
          endpoint: sendgridEndpoint,
        }),
      ]
    : server.ready;
  const options: pulumi.CustomResourceOptions = { dependsOn: ready };
  const { redirectUris, postLogoutRedirectUris, corsAllowedOrigins, ...application } =
    settings.application;
  const bookstore = new Application(
    "bookstore",
    {
      ...application,
      oidcClientMetadata: { redirectUris, postLogoutRedirectUris },
      ...(corsAllowedOrigins && { customClientMetadata: { corsAllowedOrigins } }),
    },
    options,
  );
  const connector = new SendGridConnector("bookstore-email", email, options);
  const signInExperience = new SignInExperience(
    "sign-in-experience",
    signInExperienceOf(settings.signInExperience),
    { ...options, dependsOn: [...ready, connector] },
  );
  return { application: bookstore, connector, signInExperience };
}

/**
 * One identifier for signing up and in; what the settings leave out stays as it is in Logto. Users who have both an
 * address and a password sign in with the password or with a code, and get a code to reset the password.
 */
function signInExperienceOf(settings: Settings["signInExperience"]): SignInExperienceInputs {
  const { signUpIdentifier: identifier, password, mode, fallbackLanguage, ...rest } = settings;
  const { primaryColor, darkPrimaryColor, isDarkModeEnabled, ...colorless } = rest;
  const { logoUrl, darkLogoUrl, favicon, ...policies } = colorless;
  const { passwordMinimumLength: min, passwordRejectsLeaked: pwned, ...others } = policies;
  const isProven = identifier === "email";
  return {
    signInMode: mode,
    signUp: { identifiers: [identifier], password, verify: isProven },
    signIn: {
      methods: [{ identifier, password, verificationCode: isProven, isPasswordPrimary: password }],
    },
    color: { primaryColor, darkPrimaryColor, isDarkModeEnabled },
    branding: { logoUrl, darkLogoUrl, favicon },
    languageInfo: { fallbackLanguage },
    ...(isProven && password && { forgotPasswordMethods: ["EmailVerificationCode"] }),
    ...((min !== undefined || pwned !== undefined) && {
      passwordPolicy: {
        ...(min !== undefined && { length: { min } }),
        ...(pwned !== undefined && { rejects: { pwned } }),
      },
    }),
    ...others,
  };
}

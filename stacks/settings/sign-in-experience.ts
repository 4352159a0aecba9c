import type { z } from "zod";
import { choice, flag, object } from "../../infra/fields";
import {
  blockedInCss,
  isPicture,
  isShownOnPages,
  loadsNothingElse,
  pictureExpectation,
} from "../../infra/logto/page-content";
import { signInExperienceFields } from "../../infra/logto/sign-in-experience-schema";
import { isObject, type Values } from "../../infra/properties";
import type { Problem } from "./configuration";

const { color, branding, languageInfo, passwordPolicy, signInMode, ...fields } =
  signInExperienceFields;

/**
 * `logto-stack:signInExperience`: what a user sees and must give. What is not set stays as it is in Logto; an
 * address or a text that is set empty is cleared.
 */
export const signInExperienceSettings = object({
  /** What a new user signs up with; an address is proved with a code. */
  signUpIdentifier: choice(["email", "username"]),
  /** Whether users have passwords. Default: true for user names, which need one, else false. */
  password: flag().optional(),
  /** Characters that a password has at least, 1 to 256; only if users have passwords. */
  passwordMinimumLength: passwordPolicy.shape.length.unwrap().shape.min,
  /**
   * Whether passwords that are known to have leaked are refused; only if users have passwords. Logto asks
   * api.pwnedpasswords.com for it. If Logto cannot reach that, users cannot register: then `up` warns and advises
   * false, or fails if this is true. Default: as it is in Logto, which is true.
   */
  passwordRejectsLeaked: passwordPolicy.shape.rejects.unwrap().shape.pwned,
  /** Default: SignInAndRegister. */
  mode: signInMode.default("SignInAndRegister"),
  /** The colour of buttons and links, such as #6139F6. */
  primaryColor: color.shape.primaryColor,
  /** The same in dark mode. */
  darkPrimaryColor: color.shape.darkPrimaryColor,
  isDarkModeEnabled: color.shape.isDarkModeEnabled,
  /** Over https, as data:image/…, or of logto:endpoint, as Logto's pages show no other picture. */
  logoUrl: branding.shape.logoUrl,
  /** The same in dark mode. */
  darkLogoUrl: branding.shape.darkLogoUrl,
  /** As `logoUrl`. */
  favicon: branding.shape.favicon,
  termsOfUseUrl: fields.termsOfUseUrl.optional(),
  privacyPolicyUrl: fields.privacyPolicyUrl.optional(),
  /** Whether users agree to these by going on, or tick a box when they sign up, or whenever they come. */
  agreeToTermsPolicy: fields.agreeToTermsPolicy.optional(),
  supportEmail: fields.supportEmail.optional(),
  supportWebsiteUrl: fields.supportWebsiteUrl.optional(),
  /** Used if the browser's language is not one of Logto's, such as en or pt-BR. */
  fallbackLanguage: languageInfo.shape.fallbackLanguage,
  /** CSS for the sign-in pages, after Logto's own. It loads over https or as data: only. */
  customCss: fields.customCss.optional(),
});

type DeclaredExperience = z.infer<typeof signInExperienceSettings>;

export type SignInExperienceSettings = DeclaredExperience &
  Required<Pick<DeclaredExperience, "password">>;

export function signInExperienceSettingsOf(
  experience: DeclaredExperience,
): SignInExperienceSettings {
  const { password = experience.signUpIdentifier === "username" } = experience;
  return { ...experience, password };
}

/** Rules over several keys. Each is asked only if what it reads is well-formed. */
export function signInExperienceProblems(values: Values): Problem[] {
  const experience = values["logto-stack:signInExperience"];
  if (!isObject(experience)) return [];
  const { signUpIdentifier, password = false } = experience;
  const problem = (name: string, message: string): Problem => ({
    key: `logto-stack:signInExperience.${name}`,
    message,
  });
  const withoutPasswords =
    signUpIdentifier === "email" && password === false
      ? ["passwordMinimumLength", "passwordRejectsLeaked"].filter(
          (name) => experience[name] !== undefined,
        )
      : [];
  return [
    ...(signUpIdentifier === "username" && experience["password"] === false
      ? [
          problem(
            "password",
            "expected true, or none: users who sign up with a user name need a password",
          ),
        ]
      : []),
    ...withoutPasswords.map((name) =>
      problem(name, "expected none, or password: true as well, as these users have no passwords"),
    ),
    ...notShown(experience, String(values["logto:endpoint"])).map(([name, message]) =>
      problem(name, message),
    ),
  ];
}

/** Pictures, and what the style sheet loads, that browsers leave out of Logto's pages. */
function notShown(experience: Values, endpoint: string): [string, string][] {
  const pictures = ["logoUrl", "darkLogoUrl", "favicon"].filter((name) => {
    const address = experience[name];
    return typeof address === "string" && isPicture(address) && !isShownOnPages(address, endpoint);
  });
  const css = experience["customCss"];
  const blocked = typeof css === "string" ? blockedInCss(css, endpoint) : [];
  return [
    ...pictures.map((name): [string, string] => [name, `expected ${pictureExpectation}`]),
    ...(blocked.length === 0
      ? []
      : [["customCss", loadsNothingElse(blocked)] satisfies [string, string]]),
  ];
}

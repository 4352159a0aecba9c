import { isLanguageTag, type LanguageTag } from "@logto/language-kit";
import { z } from "zod";
import type { Arguments } from "../deep-input";
import { anyText, choice, flag, list, object, text, wholeNumber } from "../fields";
import { isWebUrl } from "../url";
import { isPicture, pictureExpectation } from "./page-content";
import { profileFields } from "./profile-fields";

/** The sign-in modes in the order in which messages list them. */
export const signInModes = ["SignInAndRegister", "SignIn", "Register"] as const;
const identifiers = ["username", "email", "phone"] as const;
const codeFactors = ["EmailVerificationCode", "PhoneVerificationCode"] as const;

const identifier = () => choice(identifiers);
const color = (example: string) =>
  text(`a colour, such as ${example}`, (value) => /^#(?:[\da-f]{3}){1,2}$/i.test(value));
const picture = () => text(pictureExpectation, isPicture);

/** An address that Logto's pages link to, or an empty text to clear it. Some of its columns hold 2048 characters. */
export const page = (example: string, longest = Infinity) =>
  text(
    `an http or https URL, such as ${example}, ${longest === Infinity ? "" : `of at most ${longest} characters, `}or an empty text`,
    (value) => value === "" || (isWebUrl(value) && value.length <= longest),
  );

function isEmailOrEmpty(value: string): boolean {
  return value === "" || z.string().email().safeParse(value).success;
}

/** The types of @logto/api lag behind Logto's own list: that has a language more. */
function isKnownTag(tag: string): tag is Exclude<LanguageTag, "es-MX"> {
  return isLanguageTag(tag);
}

const domainOrAddress = text("an address or a domain such as @spam.example", (value) =>
  /^[^\s@]*@(?!\.)[^\s@.]+(?:\.[^\s@.]+)+$/.test(value),
);

/** How a new user identifies. */
const signUp = object({
  /** What a user must give, each of them; `email` and `phone` need a connector that sends the codes. */
  identifiers: list(identifier(), "a list of identifiers"),
  /** Whether a user chooses a password. A `username` needs one. */
  password: flag(),
  /** Whether a code proves the address or number; must be true with `email` and `phone`. */
  verify: flag(),
  /** What a user must give besides. Default: none. */
  secondaryIdentifiers: list(
    object({ identifier: choice([...identifiers, "emailOrPhone"]), verify: flag().optional() }),
    "a list of identifiers",
  ).optional(),
});

/** One way to sign in. */
const signInMethod = object({
  identifier: identifier(),
  password: flag(),
  /** Whether a code that is sent will do; needs a connector that sends it. */
  verificationCode: flag(),
  /** Which of the two is offered first. */
  isPasswordPrimary: flag(),
});

/**
 * Every field is optional, and what is not declared stays as it is. To clear an address, a text or a
 * list, declare it empty.
 */
export const signInExperienceFields = {
  /** Hex colours, such as `#6139F6`. */
  color: object({
    primaryColor: color("#6139F6"),
    isDarkModeEnabled: flag(),
    darkPrimaryColor: color("#8768F8"),
  }).partial(),
  /**
   * Pictures, over https or as `data:image/…`: Logto's pages show no others, except those from Logto's own address.
   */
  branding: object({
    logoUrl: picture(),
    darkLogoUrl: picture(),
    favicon: picture(),
    darkFavicon: picture(),
  }).partial(),
  languageInfo: object({
    /** Whether the browser's language is preferred. */
    autoDetect: flag(),
    /** A tag such as `en` or `pt-BR`. */
    fallbackLanguage: text("a language tag that Logto knows, such as en or pt-BR", isKnownTag),
  }).partial(),
  termsOfUseUrl: page("https://bookstore.example/terms", 2048),
  privacyPolicyUrl: page("https://bookstore.example/privacy", 2048),
  agreeToTermsPolicy: choice(["Automatic", "ManualRegistrationOnly", "Manual"]),
  signInMode: choice(signInModes),
  /** Declare it together with `signIn`: Logto checks one against the other only when it gets both. */
  signUp,
  signIn: object({ methods: list(signInMethod, "a list of ways to sign in") }),
  socialSignIn: object({
    automaticAccountLinking: flag(),
    skipRequiredIdentifiers: flag(),
  }).partial(),
  /** The targets of social connectors, in the order of their buttons. */
  socialSignInConnectorTargets: list(text("a connector's target"), "a list of targets"),
  /** Loads over https or as `data:` only, as `branding` does. */
  customCss: anyText("CSS"),
  /** HTML by path, for custom pages. What the pages would not load is refused, as in `customCss`. */
  customContent: z.record(anyText("HTML")),
  passwordPolicy: object({
    /** Characters: `min` at least 1 (8), `max` at most 256 (256). */
    length: object({ min: wholeNumber(1, 256), max: wholeNumber(1, 256) }).partial(),
    /** How many of lower case, upper case, digits and symbols: 1 to 4 (1). */
    characterTypes: object({ min: wholeNumber(1, 4) }).partial(),
    rejects: object({
      /**
       * Passwords that are known to have leaked (true). Logto asks api.pwnedpasswords.com for it, and refuses every new
       * password while it cannot: `up` warns of that, and fails if this is declared as true.
       */
      pwned: flag(),
      repetitionAndSequence: flag(),
      userInfo: flag(),
      words: list(text("a word"), "a list of words"),
    }).partial(),
  }).partial(),
  mfa: object({
    factors: list(
      choice(["Totp", "WebAuthn", "BackupCode", ...codeFactors]),
      "a list of second factors",
    ),
    /** The two that end in `Mandatory` cannot be skipped and need `adaptiveMfa`. */
    policy: choice([
      "UserControlled",
      "Mandatory",
      "NoPrompt",
      "PromptOnlyAtSignIn",
      "PromptAtSignInAndSignUp",
      "PromptOnlyAtSignInMandatory",
      "PromptAtSignInAndSignUpMandatory",
    ]),
    organizationRequiredMfaPolicy: choice(["NoPrompt", "Mandatory"]),
  }).partial(),
  adaptiveMfa: object({ enabled: flag() }).partial(),
  singleSignOnEnabled: flag(),
  supportEmail: text(
    "an e-mail address, such as help@bookstore.example, or an empty text",
    isEmailOrEmpty,
  ),
  supportWebsiteUrl: page("https://bookstore.example/help"),
  /** The address for a user who opens a sign-in page without having come from an application. */
  unknownSessionRedirectUrl: page("https://bookstore.example/"),
  captchaPolicy: object({ enabled: flag() }).partial(),
  sentinelPolicy: object({
    /** Failures in an hour before a user is locked out: at least 1 (100). With 0 Logto locks everybody out. */
    maxAttempts: wholeNumber(1),
    /** Minutes: at least 1 (60). */
    lockoutDuration: wholeNumber(1),
  }).partial(),
  emailBlocklistPolicy: object({
    /** Whether `name+tag@…` is refused. Default: false. */
    blockSubaddressing: flag(),
    /** Addresses and `@domains`: if there are any, only they may sign up. */
    customAllowlist: list(domainOrAddress, "a list of addresses and domains"),
    /** Addresses and `@domains` that may not sign up. */
    customBlocklist: list(domainOrAddress, "a list of addresses and domains"),
  }).partial(),
  verificationCodePolicy: object({
    /** Seconds that a code is good for: 60 to 3600 (600). */
    expirationDuration: wholeNumber(60, 3600),
    /** Wrong tries before a code is void: 1 to 100 (10). */
    maxRetryAttempts: wholeNumber(1, 100),
  }).partial(),
  forgotPasswordMethods: list(choice(codeFactors), "a list of ways to reset a password"),
  passkeySignIn: object({
    enabled: flag(),
    showPasskeyButton: flag(),
    allowAutofill: flag(),
  }).partial(),
  /** Which of the custom profile fields a new user fills in, in this order. */
  signUpProfileFields: profileFields(),
  /** Needs a way to reset a forgotten password. */
  passwordExpiration: object({
    enabled: flag(),
    /** Days: at least 1. */
    validPeriodDays: wholeNumber(1),
  }).partial(),
  usernamePolicy: object({
    caseSensitive: flag(),
    /** Characters: 1 to 128. */
    minLength: wholeNumber(1, 128),
    maxLength: wholeNumber(1, 128),
    allowedChars: object({
      lowercase: flag(),
      uppercase: flag(),
      numbers: flag(),
      underscore: flag(),
    }).partial(),
  }).partial(),
};

/** What the check of a sign-in experience accepts. */
export const signInExperienceShape = object(signInExperienceFields).partial();

export type SignInExperienceInputs = z.infer<typeof signInExperienceShape>;
export type SignInExperienceArgs = Arguments<SignInExperienceInputs>;
export type SignUp = z.infer<typeof signUp>;
export type SignInMethod = z.infer<typeof signInMethod>;

import { isLanguageTag } from "@logto/language-kit";
import * as pulumi from "@pulumi/pulumi";
import { dequal } from "dequal";
import { z } from "zod";
import type { Arguments } from "../deep-input";
import { DynamicResource, unset } from "../provider/dynamic-resource";
import { isObject, merged, pick, type Values, withoutNullish } from "../properties";
import { userError } from "../user-error";
import { checkInputs, type Problem, type Rule } from "../checks";
import {
  additions,
  type Changes,
  changedColumns,
  declaredPart,
  letGo,
  originals,
  reconciled,
  unchanged,
  without,
} from "./declared";
import { warnAboutOverwrites } from "./foreign-changes";
import { leaksCannotBeLookedUp } from "./leaked-passwords";
import { isServerLost } from "./lost-server";
import { configuredApi } from "./management-api";
import { blockedInCss, blockedInHtml, isShownOnPages, pictureExpectation } from "./page-content";
import { PartialFailure, partialUnlessRefused } from "../provider/partial-failure";
import { type PriorState, resourceProvider } from "../provider/resource-provider";

export type SignInMode = "SignIn" | "Register" | "SignInAndRegister";
export type SignInIdentifier = "username" | "email" | "phone";
export type AgreeToTermsPolicy = "Automatic" | "ManualRegistrationOnly" | "Manual";
export type MfaFactor =
  "Totp" | "WebAuthn" | "BackupCode" | "EmailVerificationCode" | "PhoneVerificationCode";
/** The two that end in `Mandatory` cannot be skipped and need {@link SignInExperienceInputs.adaptiveMfa}. */
export type MfaPolicy =
  | "UserControlled"
  | "Mandatory"
  | "NoPrompt"
  | "PromptOnlyAtSignIn"
  | "PromptAtSignInAndSignUp"
  | "PromptOnlyAtSignInMandatory"
  | "PromptAtSignInAndSignUpMandatory";
export type ForgotPasswordMethod = "EmailVerificationCode" | "PhoneVerificationCode";

/** How a new user identifies. */
export interface SignUp {
  /** What a user must give, each of them; `email` and `phone` need a connector that sends the codes. */
  identifiers: SignInIdentifier[];
  /** Whether a user chooses a password. A `username` needs one. */
  password: boolean;
  /** Whether a code proves the address or number; must be true with `email` and `phone`. */
  verify: boolean;
  /** What a user must give besides. Default: none. */
  secondaryIdentifiers?: {
    identifier: SignInIdentifier | "emailOrPhone";
    verify?: boolean;
  }[];
}

/** One way to sign in. */
export interface SignInMethod {
  identifier: SignInIdentifier;
  password: boolean;
  /** Whether a code that is sent will do; needs a connector that sends it. */
  verificationCode: boolean;
  /** Which of the two is offered first. */
  isPasswordPrimary: boolean;
}

/**
 * Every field is optional, and what is not declared stays as it is. To clear an address, a text or a
 * list, declare it empty.
 */
export interface SignInExperienceInputs {
  /** Hex colours, such as `#6139F6`. */
  color?: { primaryColor?: string; isDarkModeEnabled?: boolean; darkPrimaryColor?: string };
  /** Pictures, over https or as `data:image/…`: Logto's pages show no others, but those of Logto's own address. */
  branding?: { logoUrl?: string; darkLogoUrl?: string; favicon?: string; darkFavicon?: string };
  /** `fallbackLanguage` is a tag such as `en` or `pt-BR`; `autoDetect` prefers the browser's. */
  languageInfo?: { autoDetect?: boolean; fallbackLanguage?: string };
  termsOfUseUrl?: string;
  privacyPolicyUrl?: string;
  agreeToTermsPolicy?: AgreeToTermsPolicy;
  signInMode?: SignInMode;
  /** Declare it together with `signIn`: Logto checks one against the other only when it gets both. */
  signUp?: SignUp;
  signIn?: { methods: SignInMethod[] };
  socialSignIn?: { automaticAccountLinking?: boolean; skipRequiredIdentifiers?: boolean };
  /** The targets of social connectors, in the order of their buttons. */
  socialSignInConnectorTargets?: string[];
  /** Loads over https or as `data:` only, as `branding` does. */
  customCss?: string;
  /** HTML by path, for pages of one's own. What the pages would not load is refused, as in `customCss`. */
  customContent?: Record<string, string>;
  passwordPolicy?: {
    /** Characters: `min` at least 1 (8), `max` at most 256 (256). */
    length?: { min?: number; max?: number };
    /** How many of lower case, upper case, digits and symbols: 1 to 4 (1). */
    characterTypes?: { min?: number };
    rejects?: {
      /**
       * Passwords that are known to have leaked (true). Logto asks api.pwnedpasswords.com for it, and refuses every new
       * password while it cannot: `up` warns of that, and fails if this is declared as true.
       */
      pwned?: boolean;
      repetitionAndSequence?: boolean;
      userInfo?: boolean;
      words?: string[];
    };
  };
  mfa?: {
    factors?: MfaFactor[];
    policy?: MfaPolicy;
    organizationRequiredMfaPolicy?: "NoPrompt" | "Mandatory";
  };
  adaptiveMfa?: { enabled?: boolean };
  singleSignOnEnabled?: boolean;
  supportEmail?: string;
  supportWebsiteUrl?: string;
  /** Where a user goes who opens a sign-in page without having come from an application. */
  unknownSessionRedirectUrl?: string;
  captchaPolicy?: { enabled?: boolean };
  sentinelPolicy?: {
    /** Failures in an hour before a user is locked out: at least 1 (100). Logto takes 0 and then lets nobody in. */
    maxAttempts?: number;
    /** Minutes: at least 1 (60). */
    lockoutDuration?: number;
  };
  emailBlocklistPolicy?: {
    /** Whether `name+tag@…` is refused. Default: false. */
    blockSubaddressing?: boolean;
    /** Addresses and `@domains`: where there are any, only they may sign up. */
    customAllowlist?: string[];
    /** Addresses and `@domains` that may not sign up. */
    customBlocklist?: string[];
  };
  verificationCodePolicy?: {
    /** Seconds that a code is good for: 60 to 3600 (600). */
    expirationDuration?: number;
    /** Wrong tries before a code is void: 1 to 100 (10). */
    maxRetryAttempts?: number;
  };
  forgotPasswordMethods?: ForgotPasswordMethod[];
  passkeySignIn?: { enabled?: boolean; showPasskeyButton?: boolean; allowAutofill?: boolean };
  /** Which of the custom profile fields a new user fills in, in this order. */
  signUpProfileFields?: { name: string }[];
  /** Needs a way to reset a forgotten password. */
  passwordExpiration?: {
    enabled?: boolean;
    /** Days: at least 1. */
    validPeriodDays?: number;
  };
  usernamePolicy?: {
    caseSensitive?: boolean;
    /** Characters: 1 to 128. */
    minLength?: number;
    maxLength?: number;
    allowedChars?: {
      lowercase?: boolean;
      uppercase?: boolean;
      numbers?: boolean;
      underscore?: boolean;
    };
  };
}

export type SignInExperienceArgs = Arguments<SignInExperienceInputs>;

interface SignInExperienceOutputs {
  /** What the declared places held before; put back when the resource goes. */
  original: Values;
  /** What Logto itself filled in beside what was declared, such as the maximum to a minimum; it goes with that. */
  filled: Values;
  /** After a write whose answer was lost: the columns as they were, by which {@link filled} is found out. */
  prior?: Values;
}

const outputNames = ["original", "filled", "prior"] as const;

const flag = z.boolean();
const color = z.string().regex(/^#(?:[\da-f]{3}){1,2}$/i, "expected a hex colour, such as #6139F6");
const url = z.string().url("expected a URL, such as https://bookstore.example/logo.svg");
const urlOrEmpty = z
  .string()
  .refine(
    (text) => text === "" || z.string().url().safeParse(text).success,
    "expected a URL, such as https://bookstore.example/terms, or an empty text",
  );
const domainOrAddress = z
  .string()
  .regex(
    /^[^\s@]*@(?!\.)[^\s@.]+(?:\.[^\s@.]+)+$/,
    "expected an address or a domain such as @spam.example",
  );

const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  const message = `expected a whole number, ${range}`;
  return z
    .number({ invalid_type_error: message })
    .int(message)
    .min(least, message)
    .max(most, message);
};

const oneOf = <Value extends string>(...values: [Value, ...Value[]]) =>
  z.enum(values, { errorMap: () => ({ message: `expected ${values.join(", ")}` }) });

const identifier = oneOf("username", "email", "phone");
const codeFactor = ["EmailVerificationCode", "PhoneVerificationCode"] as const;

const shape = z
  .object({
    color: z
      .object({ primaryColor: color, isDarkModeEnabled: flag, darkPrimaryColor: color })
      .partial()
      .strict(),
    branding: z
      .object({ logoUrl: url, darkLogoUrl: url, favicon: url, darkFavicon: url })
      .partial()
      .strict(),
    languageInfo: z
      .object({
        autoDetect: flag,
        fallbackLanguage: z
          .string()
          .refine(isLanguageTag, "expected a language tag that Logto knows, such as en or pt-BR"),
      })
      .partial()
      .strict(),
    termsOfUseUrl: urlOrEmpty,
    privacyPolicyUrl: urlOrEmpty,
    agreeToTermsPolicy: oneOf("Automatic", "ManualRegistrationOnly", "Manual"),
    signInMode: oneOf("SignIn", "Register", "SignInAndRegister"),
    signUp: z
      .object({
        identifiers: identifier.array(),
        password: flag,
        verify: flag,
        secondaryIdentifiers: z
          .object({
            identifier: oneOf("username", "email", "phone", "emailOrPhone"),
            verify: flag.optional(),
          })
          .strict()
          .array()
          .optional(),
      })
      .strict(),
    signIn: z
      .object({
        methods: z
          .object({ identifier, password: flag, verificationCode: flag, isPasswordPrimary: flag })
          .strict()
          .array(),
      })
      .strict(),
    socialSignIn: z
      .object({ automaticAccountLinking: flag, skipRequiredIdentifiers: flag })
      .partial()
      .strict(),
    socialSignInConnectorTargets: z.string().min(1, "expected a connector's target").array(),
    customCss: z.string(),
    customContent: z.record(z.string()),
    passwordPolicy: z
      .object({
        length: z
          .object({ min: whole(1, 256), max: whole(1, 256) })
          .partial()
          .strict(),
        characterTypes: z
          .object({ min: whole(1, 4) })
          .partial()
          .strict(),
        rejects: z
          .object({
            pwned: flag,
            repetitionAndSequence: flag,
            userInfo: flag,
            words: z.string().min(1, "expected a word").array(),
          })
          .partial()
          .strict(),
      })
      .partial()
      .strict(),
    mfa: z
      .object({
        factors: oneOf("Totp", "WebAuthn", "BackupCode", ...codeFactor).array(),
        policy: oneOf(
          "UserControlled",
          "Mandatory",
          "NoPrompt",
          "PromptOnlyAtSignIn",
          "PromptAtSignInAndSignUp",
          "PromptOnlyAtSignInMandatory",
          "PromptAtSignInAndSignUpMandatory",
        ),
        organizationRequiredMfaPolicy: oneOf("NoPrompt", "Mandatory"),
      })
      .partial()
      .strict(),
    adaptiveMfa: z.object({ enabled: flag }).partial().strict(),
    singleSignOnEnabled: flag,
    supportEmail: z
      .string()
      .refine(
        (text) => text === "" || z.string().email().safeParse(text).success,
        "expected an e-mail address, such as help@bookstore.example, or an empty text",
      ),
    supportWebsiteUrl: urlOrEmpty,
    unknownSessionRedirectUrl: urlOrEmpty,
    captchaPolicy: z.object({ enabled: flag }).partial().strict(),
    sentinelPolicy: z
      .object({ maxAttempts: whole(1), lockoutDuration: whole(1) })
      .partial()
      .strict(),
    emailBlocklistPolicy: z
      .object({
        blockSubaddressing: flag,
        customAllowlist: domainOrAddress.array(),
        customBlocklist: domainOrAddress.array(),
      })
      .partial()
      .strict(),
    verificationCodePolicy: z
      .object({ expirationDuration: whole(60, 3600), maxRetryAttempts: whole(1, 100) })
      .partial()
      .strict(),
    forgotPasswordMethods: oneOf(...codeFactor).array(),
    passkeySignIn: z
      .object({ enabled: flag, showPasskeyButton: flag, allowAutofill: flag })
      .partial()
      .strict(),
    signUpProfileFields: z
      .object({ name: z.string().min(1, "expected a field's name") })
      .strict()
      .array(),
    passwordExpiration: z
      .object({ enabled: flag, validPeriodDays: whole(1) })
      .partial()
      .strict(),
    usernamePolicy: z
      .object({
        caseSensitive: flag,
        minLength: whole(1, 128),
        maxLength: whole(1, 128),
        allowedChars: z
          .object({ lowercase: flag, uppercase: flag, numbers: flag, underscore: flag })
          .partial()
          .strict(),
      })
      .partial()
      .strict(),
  })
  .partial()
  .strict();

const logto = configuredApi();

/** Logto's own rules over several fields, as far as they need no look at the server, and what it should refuse. */
const rules: Rule<SignInExperienceInputs>[] = [
  {
    reads: ["branding"],
    problems: ({ branding = {} }) =>
      Object.entries(branding)
        .filter(([, address]) => !isShownOnPages(address, logto.get("logto:endpoint")))
        .map(([key]) => ({ path: ["branding", key], message: `expected ${pictureExpectation}` })),
  },
  {
    reads: ["customCss"],
    problems: ({ customCss = "" }) =>
      notLoaded(["customCss"], blockedInCss(customCss, logto.get("logto:endpoint"))),
  },
  {
    reads: ["customContent"],
    problems: ({ customContent = {} }) =>
      Object.entries(customContent).flatMap(([page, html]) =>
        notLoaded(
          ["customContent"],
          blockedInHtml(html, logto.get("logto:endpoint")),
          ` in the content of ${page}`,
        ),
      ),
  },
  { reads: ["signUp"], problems: ({ signUp }) => (signUp ? signUpProblems(signUp) : []) },
  { reads: ["signIn"], problems: ({ signIn }) => (signIn ? signInProblems(signIn.methods) : []) },
  {
    reads: ["signUp", "signIn"],
    problems: ({ signUp, signIn }) =>
      signUp?.verify === true && !signUp.password
        ? (signIn?.methods ?? []).flatMap((method, index) =>
            method.identifier !== "username" && !method.verificationCode
              ? [
                  {
                    path: ["signIn", "methods", index, "verificationCode"],
                    message: `expected true: signUp has no password, so nobody could sign in by ${method.identifier}`,
                  },
                ]
              : [],
          )
        : [],
  },
  {
    reads: ["mfa", "signIn"],
    problems: ({ mfa, signIn }) =>
      (["email", "phone"] as const).flatMap((medium) => {
        const factor = medium === "email" ? "EmailVerificationCode" : "PhoneVerificationCode";
        const index = mfa?.factors?.indexOf(factor) ?? -1;
        const signsIn = signIn?.methods.some(
          (method) => method.identifier === medium && method.verificationCode,
        );
        return index >= 0 && signsIn === true
          ? [
              {
                path: ["mfa", "factors", index],
                message: `${factor} cannot be a second factor while signIn takes a code by ${medium} as the first`,
              },
            ]
          : [];
      }),
  },
  {
    reads: ["mfa"],
    problems: ({ mfa: { factors = [] } = {} }) => [
      ...repeated(factors).map((index) => ({
        path: ["mfa", "factors", index],
        message: `${factors[index] ?? ""} is there twice`,
      })),
      ...(dequal(factors, ["BackupCode"])
        ? [{ path: ["mfa", "factors"], message: "BackupCode cannot be the only factor" }]
        : []),
    ],
  },
  {
    reads: ["mfa", "adaptiveMfa"],
    problems: ({ mfa, adaptiveMfa }) => {
      const isForced = mfa?.policy?.startsWith("Prompt") && mfa.policy.endsWith("Mandatory");
      if (adaptiveMfa?.enabled === true && mfa?.policy !== undefined && isForced !== true) {
        const message =
          "expected PromptOnlyAtSignInMandatory or PromptAtSignInAndSignUpMandatory with adaptiveMfa";
        return [{ path: ["mfa", "policy"], message }];
      }
      return isForced === true && adaptiveMfa?.enabled === false
        ? [
            {
              path: ["adaptiveMfa", "enabled"],
              message: `${mfa?.policy ?? ""} needs it to be true`,
            },
          ]
        : [];
    },
  },
  {
    reads: ["passwordPolicy"],
    problems: ({ passwordPolicy: { length } = {} }) =>
      isAbove(length?.min, length?.max)
        ? [{ path: ["passwordPolicy", "length", "min"], message: "is more than max" }]
        : [],
  },
  {
    reads: ["usernamePolicy"],
    problems: ({ usernamePolicy: { minLength, maxLength, allowedChars } = {} }) => [
      ...(isAbove(minLength, maxLength)
        ? [{ path: ["usernamePolicy", "minLength"], message: "is more than maxLength" }]
        : []),
      ...(allowedChars !== undefined &&
      [allowedChars.lowercase, allowedChars.uppercase, allowedChars.underscore].every(
        (allowed) => allowed === false,
      )
        ? [
            {
              path: ["usernamePolicy", "allowedChars"],
              message:
                "expected lowercase, uppercase or underscore: a username cannot begin with a number",
            },
          ]
        : []),
    ],
  },
  {
    reads: ["passwordExpiration"],
    problems: ({ passwordExpiration: { enabled, validPeriodDays } = {} }) =>
      enabled === true && validPeriodDays === undefined
        ? [
            {
              path: ["passwordExpiration", "validPeriodDays"],
              message: "is missing: expected the days for which a password is good",
            },
          ]
        : [],
  },
  {
    reads: ["forgotPasswordMethods"],
    problems: ({ forgotPasswordMethods = [] }) =>
      repeated(forgotPasswordMethods).map((index) => ({
        path: ["forgotPasswordMethods", index],
        message: "is there twice",
      })),
  },
];

function notLoaded(path: string[], blocked: string[], where = ""): Problem[] {
  return blocked.length === 0
    ? []
    : [
        {
          path,
          message: `expected nothing${where} that Logto's pages do not load: ${blocked.join(", ")}; they load pictures, styles and frames over https, and no media, scripts or forms of elsewhere`,
        },
      ];
}

function signUpProblems({ identifiers, password, verify, secondaryIdentifiers = [] }: SignUp) {
  const problems: Problem[] = [];
  const secondary = secondaryIdentifiers.map((one) => one.identifier);
  if (identifiers.includes("username") && !password) {
    problems.push({
      path: ["signUp", "password"],
      message: "expected true: a user with a username and no password could not sign in",
    });
  }
  if (identifiers.some((one) => one !== "username") && !verify) {
    problems.push({
      path: ["signUp", "verify"],
      message: "expected true: an e-mail address or phone number must be proven by a code",
    });
  }
  if (identifiers.length === 0 && secondary.length > 0) {
    problems.push({ path: ["signUp", "identifiers"], message: "expected at least one" });
  }
  for (const index of repeated(identifiers)) {
    problems.push({ path: ["signUp", "identifiers", index], message: "is there twice" });
  }
  const covered = (one: string): string[] => (one === "emailOrPhone" ? ["email", "phone"] : [one]);
  secondaryIdentifiers.forEach(({ identifier: one, verify: isVerified }, index) => {
    const others: string[] = [...identifiers, ...secondary.slice(0, index)].flatMap(covered);
    if (covered(one).some((name) => others.includes(name))) {
      problems.push({
        path: ["signUp", "secondaryIdentifiers", index, "identifier"],
        message: `${one} is asked for twice`,
      });
    }
    if (one !== "username" && isVerified !== true) {
      problems.push({
        path: ["signUp", "secondaryIdentifiers", index, "verify"],
        message: "expected true: an e-mail address or phone number must be proven by a code",
      });
    }
  });
  return problems;
}

function signInProblems(methods: SignInMethod[]): Problem[] {
  return methods.flatMap((method, index) => {
    const problems: Problem[] = [];
    const path = ["signIn", "methods", index];
    if (methods.findIndex((other) => other.identifier === method.identifier) < index) {
      problems.push({
        path: [...path, "identifier"],
        message: `${method.identifier} is there twice`,
      });
    }
    if (!method.password && !method.verificationCode) {
      problems.push({ path, message: "expected password or verificationCode to be true" });
    }
    if (method.identifier === "username" && method.verificationCode) {
      problems.push({
        path: [...path, "verificationCode"],
        message: "expected false: no code can be sent to a username",
      });
    }
    if (method.isPasswordPrimary && !method.password) {
      problems.push({
        path: [...path, "isPasswordPrimary"],
        message: "expected false where password is false",
      });
    }
    return problems;
  });
}

function repeated(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

function isAbove(least: number | undefined, most: number | undefined): boolean {
  return least !== undefined && most !== undefined && least > most;
}

/** A singleton of Logto's, under this id. */
const id = "default";

const liveExperience = z.object({ id: z.string(), signUp: z.unknown() }).passthrough();

export const provider = resourceProvider<SignInExperienceInputs, SignInExperienceOutputs>(
  outputNames,
  {
    configure: (configuration) => logto.configure(configuration),

    check: (news) => checkInputs(news, shape, rules),

    defaultOutputs: { original: {}, filled: {} },

    async create(inputs) {
      const change = { before: {}, declared: inputs as Values, original: {} };
      const outputs = await sync(await getExperience(), { ...change, filled: {} }, "set");
      await requireLookUp(inputs, outputs);
      return { id, outputs };
    },

    async read(_id, { inputs, outputs }) {
      return { inputs: declaredPart(await getExperience(), inputs), outputs };
    },

    async update(_id, prior, inputs) {
      const { original } = prior.outputs;
      const change = { before: prior.inputs as Values, declared: inputs as Values, original };
      const live = await getExperience();
      await warnAboutOverwrites("the sign-in experience", prior, live, change);
      const outputs = await sync(live, { ...change, filled: filledSoFar(prior, live) }, "update");
      await requireLookUp(inputs, outputs);
      return outputs;
    },

    isLostWithItsServer: isServerLost,

    async delete(_id, prior) {
      const { original } = prior.outputs;
      const change = { before: prior.inputs as Values, declared: {}, original };
      const live = await getExperience();
      await warnAboutOverwrites("the sign-in experience", prior, live, change);
      await sync(live, { ...change, filled: filledSoFar(prior, live) }, "put back");
    },
  },
);

/**
 * Says so where users choose passwords that Logto cannot look up. Where that is declared the run fails, and so does
 * every further one until it can.
 */
async function requireLookUp(
  { signUp, signIn, passwordPolicy }: SignInExperienceInputs,
  outputs: SignInExperienceOutputs,
): Promise<void> {
  const hasPasswords =
    passwordPolicy !== undefined ||
    signUp?.password === true ||
    signIn?.methods.some(({ password }) => password) === true;
  const pwned = passwordPolicy?.rejects?.pwned;
  if (!hasPasswords || pwned === false) return;
  const problem = await leaksCannotBeLookedUp(logto.api());
  if (problem === undefined) return;
  const message = `${problem}, or declare passwordPolicy.rejects.pwned as false (logto-stack:signInExperience.passwordRejectsLeaked)`;
  if (pwned !== true) return pulumi.log.warn(message);
  throw new PartialFailure(userError(`passwordPolicy.rejects.pwned: ${message}`), { id, outputs });
}

type PriorExperience = PriorState<SignInExperienceInputs, SignInExperienceOutputs>;

/** What Logto has filled in and nobody has changed since. */
function filledSoFar(
  { inputs, outputs: { filled, prior } }: PriorExperience,
  live: Values,
): Values {
  const unconfirmed =
    prior === undefined
      ? {}
      : additions(pick(live, Object.keys(prior)), merged(prior, inputs as Values));
  return merged(unchanged(filled, live), unconfirmed);
}

/**
 * Makes the server hold what is declared; answers what the declared places held before they were, and what Logto
 * filled in beside them. Nobody else knows either once it is written, so both go along with the error of a write that
 * may have been carried out.
 */
async function sync(
  live: Values,
  { filled, ...declaration }: Changes & { filled: Values },
  verb: string,
): Promise<SignInExperienceOutputs> {
  const change = withAdaptiveMfa(live, declaration);
  const gone = letGo(filled, change);
  const kept = without(without(filled, gone), change.declared);
  const columnsFilled = Object.keys(filled).map((column) => [column, {}] as const);
  const emptied: Values = Object.fromEntries(columnsFilled);
  const original = originals({ ...emptied, ...without(live, filled) }, change);
  const wanted: Changes = {
    declared: change.declared,
    before: merged(gone, change.before),
    original: { ...emptied, ...change.original },
  };
  const columns = changedColumns(live, reconciled(live, wanted));
  if (Object.keys(columns).length === 0) return { original, filled: kept };
  const purpose = `${verb} the sign-in experience (${Object.keys(columns).join(", ")})`;
  const body = withExpiryOff(together(columns, live, wanted), live);
  try {
    const stored = await logto.api().call({
      purpose,
      method: "PATCH",
      path: "api/sign-in-exp",
      body,
      accept: { 200: liveExperience },
    });
    requireStored(columns, stored);
    const added = additions(pick(stored, Object.keys(body)), body);
    return { original, filled: merged(kept, added) };
  } catch (error) {
    const outputs = {
      original: merged(change.original, original),
      filled,
      prior: pick(live, Object.keys(body)),
    };
    throw partialUnlessRefused(error, { id, outputs });
  }
}

/**
 * Logto turns adaptive MFA off with MFA. Where that takes something away it is declared with it, and so comes back with
 * it; Logto would not take the one back without the other.
 */
function withAdaptiveMfa(live: Values, { before, declared, original }: Changes): Changes {
  const isRemembered = "adaptiveMfa" in original;
  const isOn = isObject(live["adaptiveMfa"]) && live["adaptiveMfa"]["enabled"] === true;
  const extended = (values: Values, isAffected: boolean): Values =>
    isAffected && isMfaOff(values["mfa"]) && !("adaptiveMfa" in values)
      ? { ...values, adaptiveMfa: { enabled: false } }
      : values;
  return {
    before: extended(before, isRemembered),
    declared: extended(declared, isRemembered || isOn),
    original,
  };
}

function isMfaOff(mfa: unknown): boolean {
  return isObject(mfa) && Array.isArray(mfa["factors"]) && mfa["factors"].length === 0;
}

/** Logto keeps an expiry that is on until it is told that it is off, whatever else the policy leaves out. */
function withExpiryOff(columns: Values, live: Values): Values {
  const [policy, held] = [columns["passwordExpiration"], live["passwordExpiration"]];
  return isObject(policy) && policy["enabled"] === undefined && isObject(held) && held["enabled"]
    ? { ...columns, passwordExpiration: { ...policy, enabled: false } }
    : columns;
}

async function getExperience(): Promise<Values> {
  return logto.api().call({
    purpose: "read the sign-in experience",
    method: "GET",
    path: "api/sign-in-exp",
    accept: { 200: liveExperience },
  });
}

/**
 * Logto checks `signIn` against `signUp` only when `signIn` is sent, so neither goes without the other. Where MFA is
 * off it writes into `adaptiveMfa`, too, unless that is sent.
 */
function together(columns: Values, live: Values, change: Changes): Values {
  const wanted = reconciled(live, change);
  const companions = [
    ...(["signUp", "signIn"].some((column) => column in columns) ? ["signUp", "signIn"] : []),
    ...(isMfaOff(columns["mfa"]) && isObject(wanted["adaptiveMfa"]) ? ["adaptiveMfa"] : []),
  ];
  return { ...pick(wanted, companions), ...columns };
}

/** Logto drops in silence what it does not know, such as the target of no connector. */
function requireStored(sent: Values, stored: Values): void {
  const expected = withoutNullish(sent);
  const held = declaredPart(stored, expected);
  const lost = Object.keys(expected).filter((column) => !dequal(held[column], expected[column]));
  if (lost.length > 0) {
    throw userError(
      lost
        .map((column) =>
          column === "socialSignInConnectorTargets"
            ? `${column}: Logto has no connector for ${missingTargets(sent[column], stored[column])}`
            : `${column}: Logto took it but stored something else`,
        )
        .join("; "),
    );
  }
}

function missingTargets(sent: unknown, stored: unknown): string {
  const held: unknown[] = Array.isArray(stored) ? stored : [];
  return (sent as string[]).filter((target) => !held.includes(target)).join(", ");
}

/**
 * How users sign up and sign in, and what the pages look like.
 *
 * What surprises:
 * - There is one, and it is there before the first `up`: it is taken over field by field. What is not
 *   declared stays as it is; what is no longer declared, and everything when the resource goes, is put
 *   back to what it was.
 * - Identifiers by e-mail or phone need their connector: make this resource depend on it, so that it is
 *   set after the connector is there and put back before the connector goes.
 * - What somebody else changed in a declared field is written over by the next change, with a warning that names
 *   the place.
 * - Fields of Logto Cloud only (`hideLogtoBranding`, `customUiCsp`, `customUiAssets`) are not declared here.
 *
 * @see https://docs.logto.io/end-user-flows/sign-up-and-sign-in
 */
export class SignInExperience extends DynamicResource {
  constructor(name: string, args: SignInExperienceArgs, options?: pulumi.CustomResourceOptions) {
    const props = { ...unset(outputNames), ...args };
    super("logto:SignInExperience", name, props, options);
  }
}

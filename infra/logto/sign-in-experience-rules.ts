import { dequal } from "dequal";
import type { Problem, Rule } from "../checks";
import { listedOnce } from "./mechanism/rules";
import {
  blockedInCss,
  blockedInHtml,
  isShownOnPages,
  loadsNothingElse,
  pictureExpectation,
} from "./page-content";
import type { SignInExperienceInputs, SignInMethod, SignUp } from "./sign-in-experience-schema";

/** Logto's pages show each picture. */
export const loadablePictures: Rule<Pick<SignInExperienceInputs, "branding">> = {
  reads: ["branding"],
  problems: ({ branding = {} }, stack) =>
    Object.entries(branding)
      .filter(([, address]) => !isShownOnPages(address, stack.get("logto:endpoint")))
      .map(([key]) => ({ path: ["branding", key], message: `expected ${pictureExpectation}` })),
};

/** Logto's pages load all that the CSS names. */
export const loadableCss: Rule<Pick<SignInExperienceInputs, "customCss">> = {
  reads: ["customCss"],
  problems: ({ customCss = "" }, stack) =>
    notLoaded(["customCss"], blockedInCss(customCss, stack.get("logto:endpoint"))),
};

/** Logto's own rules over several fields, as far as they need no look at the server, and rules that Logto lacks. */
export const signInExperienceRules: Rule<SignInExperienceInputs>[] = [
  loadablePictures,
  loadableCss,
  {
    reads: ["customContent"],
    problems: ({ customContent = {} }, stack) =>
      Object.entries(customContent).flatMap(([page, html]) =>
        notLoaded(
          ["customContent"],
          blockedInHtml(html, stack.get("logto:endpoint")),
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
                    message: `expected true: signUp has no password, so no one could sign in by ${method.identifier}`,
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
        message: `"${factors[index] ?? ""}" is listed twice`,
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
    problems: ({ passwordExpiration = {} }) => {
      const { enabled, validPeriodDays } = passwordExpiration;
      const path = ["passwordExpiration", "validPeriodDays"];
      if (enabled === true && validPeriodDays === undefined) {
        return [{ path, message: "is missing: expected the days for which a password is good" }];
      }
      return enabled !== true && validPeriodDays !== undefined
        ? [
            {
              path,
              message: "expected nothing unless passwords expire (enabled: true): Logto drops it",
            },
          ]
        : [];
    },
  },
  listedOnce("forgotPasswordMethods"),
  listedOnce("signUpProfileFields", "name"),
];

function notLoaded(path: string[], blocked: string[], where = ""): Problem[] {
  return blocked.length === 0
    ? []
    : [
        {
          path,
          message: loadsNothingElse(blocked, where),
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
    const message = `"${identifiers[index] ?? ""}" is listed twice`;
    problems.push({ path: ["signUp", "identifiers", index], message });
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
        message: `"${method.identifier}" is listed twice`,
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
        message: "expected false, as password is false",
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

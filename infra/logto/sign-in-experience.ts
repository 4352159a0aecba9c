import * as pulumi from "@pulumi/pulumi";
import { dequal } from "dequal";
import { z } from "zod";
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
} from "./mechanism/declared";
import { warnAboutOverwrites } from "./mechanism/foreign-changes";
import { leaksCannotBeLookedUp } from "./leaked-passwords";
import { isServerLost } from "./lost-server";
import { configuredApi } from "./management-api";
import {
  blockedInCss,
  blockedInHtml,
  isShownOnPages,
  loadsNothingElse,
  pictureExpectation,
} from "./page-content";
import {
  type SignInExperienceArgs,
  type SignInExperienceInputs,
  signInExperienceShape,
  type SignInMethod,
  type SignUp,
} from "./sign-in-experience-schema";
import { PartialFailure, partialUnlessRefused } from "../provider/partial-failure";
import { type PriorState, resourceProvider } from "../provider/resource-provider";

interface SignInExperienceOutputs {
  /** What the declared places held before; put back when the resource goes. */
  original: Values;
  /** What Logto itself filled in next to what was declared, such as the maximum to a minimum; it goes with that. */
  filled: Values;
  /** Set after a write whose answer was lost: the columns as they were, from which {@link filled} is found out. */
  prior?: Values;
}

const outputNames = ["original", "filled", "prior"] as const;

const logto = configuredApi();

/** Logto's own rules over several fields, as far as they need no look at the server, and rules that Logto lacks. */
const rules: Rule<SignInExperienceInputs>[] = [
  {
    reads: ["branding"],
    problems: ({ branding = {} }, stack) =>
      Object.entries(branding)
        .filter(([, address]) => !isShownOnPages(address, stack.get("logto:endpoint")))
        .map(([key]) => ({ path: ["branding", key], message: `expected ${pictureExpectation}` })),
  },
  {
    reads: ["customCss"],
    problems: ({ customCss = "" }, stack) =>
      notLoaded(["customCss"], blockedInCss(customCss, stack.get("logto:endpoint"))),
  },
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

/** The id of the sign-in experience, of which Logto has exactly one. */
const id = "default";

const liveExperience = z.object({ id: z.string(), signUp: z.unknown() }).passthrough();

export const provider = resourceProvider<SignInExperienceInputs, SignInExperienceOutputs>(
  outputNames,
  {
    configure: (configuration) => logto.configure(configuration),

    check: (news) => checkInputs(news, signInExperienceShape, rules, logto),

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
 * Warns if users choose passwords and Logto cannot look up leaked ones. If the look-up is declared, the run fails
 * instead, and so does every further one until Logto can.
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

/** What Logto has filled in and is unchanged since. */
function filledSoFar(
  { inputs, outputs: { filled, prior } }: PriorExperience,
  live: Values,
): Values {
  const unconfirmed =
    prior === undefined ? {} : additions(pick(live, Object.keys(prior)), merged(prior, inputs));
  return merged(unchanged(filled, live), unconfirmed);
}

/**
 * Makes the server hold what is declared. Answers what the declared places held before, and what Logto filled in
 * next to them. Neither can be found out again after the write, so both go with the error of a write that may have
 * been carried out.
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
 * Logto turns adaptive MFA off with MFA. If that changes something, it is declared as off, too, so that both are
 * put back together: Logto would not take one back without the other.
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

/** Turns an expiry off explicitly: Logto keeps one that is on until told otherwise, whatever the policy leaves out. */
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
 * Logto checks `signIn` against `signUp` only when `signIn` is sent, so neither goes without the other. If MFA is
 * off, Logto also writes into `adaptiveMfa`, unless that is sent.
 */
function together(columns: Values, live: Values, change: Changes): Values {
  const wanted = reconciled(live, change);
  const companions = [
    ...(["signUp", "signIn"].some((column) => column in columns) ? ["signUp", "signIn"] : []),
    ...(isMfaOff(columns["mfa"]) && isObject(wanted["adaptiveMfa"]) ? ["adaptiveMfa"] : []),
  ];
  return { ...pick(wanted, companions), ...columns };
}

/**
 * Refuses an answer that lacks what was sent: Logto drops silently what it does not know, such as the target of no
 * connector.
 */
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
 * - There is exactly one, and it exists before the first `up`: it is taken over field by field. What is not
 *   declared stays as it is; what is no longer declared, and everything when the resource goes, is put back to what
 *   it was.
 * - Identifiers by e-mail or phone need their connector: make this resource depend on it, so that it is
 *   set after the connector is there and put back before the connector goes.
 * - What somebody else changed in a declared field is overwritten by the next change, with a warning that names the
 *   place.
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

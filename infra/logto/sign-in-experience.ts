import * as pulumi from "@pulumi/pulumi";
import { isObject, type Values } from "../properties";
import { userError } from "../user-error";
import { leaksCannotBeLookedUp } from "./leaked-passwords";
import type { ManagementApi } from "./management-api";
import type { Changes } from "./mechanism/declared";
import { alwaysThere } from "./mechanism/identity";
import { managementResource } from "./mechanism/management-resource";
import { missingProfileFields } from "./profile-fields";
import { signInExperienceRules } from "./sign-in-experience-rules";
import { type SignInExperienceInputs, signInExperienceShape } from "./sign-in-experience-schema";

const signInExperience = managementResource({
  type: "logto:SignInExperience",
  noun: "sign-in experience",
  path: "api/sign-in-exp",
  inputs: signInExperienceShape,
  rules: signInExperienceRules,
  identity: alwaysThere,
  fillsIn: true,
  sentTogether: [["signUp", "signIn"]],
  completeChange: withAdaptiveMfa,
  completeBody: (columns, { live, wanted }) =>
    withExpiryOff(withAdaptiveMfaOff(columns, wanted), live),
  notStored: {
    socialSignInConnectorTargets: missingTargets,
    signUpProfileFields: missingProfileFields,
  },
  verify: requireLookUp,
  consequences: {
    deleted: "The sign-in pages go back to what they were before this stack set them.",
    replaced:
      "The sign-in pages go back to what they were before this stack set them, and are then set again.",
  },
});

export const { kind, provider } = signInExperience;

/**
 * Logto turns adaptive MFA off with MFA. If that changes something, it is declared as off, too, so that both are
 * put back together: Logto would not take one back without the other.
 */
function withAdaptiveMfa({ before, declared, original }: Changes, live: Values): Changes {
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

/** If MFA is off, Logto also writes into `adaptiveMfa`, unless that is sent. */
function withAdaptiveMfaOff(columns: Values, { adaptiveMfa }: Values): Values {
  return isMfaOff(columns["mfa"]) && isObject(adaptiveMfa) ? { adaptiveMfa, ...columns } : columns;
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

/** Logto drops the target of no connector in silence. */
function missingTargets(sent: unknown, stored: unknown): string {
  const held: unknown[] = Array.isArray(stored) ? stored : [];
  const missing = (sent as string[]).filter((target) => !held.includes(target));
  return `Logto has no connector for ${missing.join(", ")}`;
}

/**
 * Warns if users choose passwords and Logto cannot look up leaked ones. If the look-up is declared, the run fails
 * instead.
 */
async function requireLookUp(
  { signUp, signIn, passwordPolicy }: SignInExperienceInputs,
  api: ManagementApi,
): Promise<void> {
  const hasPasswords =
    passwordPolicy !== undefined ||
    signUp?.password === true ||
    signIn?.methods.some(({ password }) => password) === true;
  const pwned = passwordPolicy?.rejects?.pwned;
  if (!hasPasswords || pwned === false) return;
  const problem = await leaksCannotBeLookedUp(api);
  if (problem === undefined) return;
  const message = `${problem}, or declare passwordPolicy.rejects.pwned as false (logto-stack:signInExperience.passwordRejectsLeaked)`;
  if (pwned === true) throw userError(`passwordPolicy.rejects.pwned: ${message}`);
  await pulumi.log.warn(message);
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
export class SignInExperience extends signInExperience.Resource {}

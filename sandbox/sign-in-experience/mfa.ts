import { type AdaptiveMfa, type Mfa, MfaFactor, MfaPolicy, type SignIn } from "@logto/schemas";
import { ensure } from "../errors";
import { checkCodesCountOnce } from "./sign-in";

/** Refuses factors that make no sense together. */
export function checkMfa(mfa: Mfa, signIn: SignIn): void {
  const { factors } = mfa;
  ensure(new Set(factors).size === factors.length, "sign_in_experiences.duplicated_mfa_factors");
  ensure(
    !factors.includes(MfaFactor.BackupCode) || factors.length > 1,
    "sign_in_experiences.backup_code_cannot_be_enabled_alone",
  );
  checkCodesCountOnce(signIn, mfa, "mfa");
}

interface Change {
  mfa: Mfa | undefined;
  adaptiveMfa: AdaptiveMfa | undefined;
}

/** The prompts that people cannot skip go with adaptive MFA, and only with it. */
export function checkAdaptiveMfa(
  { mfa, adaptiveMfa }: Change,
  current: { mfa: Mfa; adaptiveMfa: AdaptiveMfa },
): void {
  const effective = mfa ?? current.mfa;
  if (adaptiveMfa?.enabled) {
    ensure(isEnabled(effective), "sign_in_experiences.adaptive_mfa_requires_mfa", { status: 422 });
  }
  // Only a change of one of the two is looked at, and one that turns MFA off needs no policy.
  const isLookedAt =
    adaptiveMfa === undefined ? mfa && isEnabled(mfa) : adaptiveMfa.enabled !== undefined;
  if (!isLookedAt) return;
  const isAdaptive = (adaptiveMfa ?? current.adaptiveMfa).enabled === true;
  ensure(
    isAdaptive === cannotBeSkipped(effective.policy),
    isAdaptive
      ? "sign_in_experiences.adaptive_mfa_requires_non_skippable_policy"
      : "sign_in_experiences.non_adaptive_mfa_requires_skippable_policy",
    { status: 422 },
  );
}

/** Turning MFA off turns adaptive MFA off as well, unless the change says otherwise. */
export function adaptiveMfaToStore({ mfa, adaptiveMfa }: Change): AdaptiveMfa | undefined {
  return adaptiveMfa ?? (mfa && !isEnabled(mfa) ? { enabled: false } : undefined);
}

function isEnabled(mfa: Partial<Mfa>): boolean {
  return (mfa.factors ?? []).length > 0;
}

function cannotBeSkipped(policy: MfaPolicy): boolean {
  return [
    MfaPolicy.PromptAtSignInAndSignUpMandatory,
    MfaPolicy.PromptOnlyAtSignInMandatory,
  ].includes(policy);
}

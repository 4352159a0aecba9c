import {
  InteractionEvent,
  MfaFactor,
  MfaPolicy,
  type SignInExperience,
  type User,
  userMfaDataGuard,
  userMfaDataKey,
} from "@logto/schemas";
import { ensure } from "../errors";
import type { State } from "./state";

/**
 * Refuses to sign in somebody who has a second factor that is declared: the sandbox can verify none.
 *
 * Errors: `session.mfa.require_mfa_verification` (403) with `data.availableFactors`.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/mfa-validator.ts`.
 */
export function ensureNoSecondFactor({ mfa }: SignInExperience, user: User): void {
  const availableFactors = factorsOf(mfa, user);
  const { skipMfaOnSignIn } = choices(user);
  const isWaived = skipMfaOnSignIn === true && mfa.policy !== MfaPolicy.Mandatory;
  ensure(availableFactors.length === 0 || isWaived, "session.mfa.require_mfa_verification", {
    status: 403,
    data: { availableFactors },
  });
}

/**
 * Refuses to end while somebody has none of the second factors that the declared policy asks for. The
 * sandbox can bind none either, so only what can be skipped can be got past.
 *
 * Errors: `user.missing_mfa` (422) with `data.availableFactors` and, where it can be skipped, `data.skippable`.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/mfa.ts`.
 */
export function ensureFactorBound({ mfa }: SignInExperience, state: State, user: User): void {
  const availableFactors = mfa.factors.filter((factor) => factor !== MfaFactor.BackupCode);
  const skippable = isSkippable(mfa);
  const isSkipped = state.mfa.mfaSkipped ?? choices(user).skipped ?? false;
  const asksLater =
    state.interactionEvent === InteractionEvent.Register &&
    (mfa.policy === MfaPolicy.PromptOnlyAtSignIn ||
      mfa.policy === MfaPolicy.PromptOnlyAtSignInMandatory);
  const isAsked =
    mfa.factors.length > 0 &&
    mfa.policy !== MfaPolicy.NoPrompt &&
    !(skippable && isSkipped) &&
    !asksLater;
  ensure(!isAsked || factorsOf(mfa, user).length > 0, "user.missing_mfa", {
    status: 422,
    data: { availableFactors, ...(skippable && { skippable }) },
  });
}

/** Whether the declared policy lets people do without. */
export function isSkippable({ policy }: SignInExperience["mfa"]): boolean {
  return (
    policy !== MfaPolicy.Mandatory &&
    policy !== MfaPolicy.PromptAtSignInAndSignUpMandatory &&
    policy !== MfaPolicy.PromptOnlyAtSignInMandatory
  );
}

/** The declared factors that somebody has. An address is one by itself. */
function factorsOf({ factors }: SignInExperience["mfa"], user: User): MfaFactor[] {
  const bound = user.mfaVerifications.map(({ type }) => type);
  const own = [
    ...bound,
    ...(user.primaryPhone ? [MfaFactor.PhoneVerificationCode] : []),
    ...(user.primaryEmail ? [MfaFactor.EmailVerificationCode] : []),
  ];
  return [...new Set(own)].filter((factor) => factors.includes(factor));
}

function choices({ logtoConfig }: User) {
  return userMfaDataGuard.safeParse(logtoConfig[userMfaDataKey]).data ?? {};
}

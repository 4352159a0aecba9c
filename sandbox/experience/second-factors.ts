import {
  AlternativeSignUpIdentifier,
  InteractionEvent,
  type Mfa,
  MfaFactor,
  MfaPolicy,
  OrganizationRequiredMfaPolicy,
  type SignInExperience,
  SignInIdentifier,
  type User,
  userMfaDataGuard,
  userMfaDataKey,
  userPasskeySignInDataGuard,
  userPasskeySignInDataKey,
} from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import type { NewUser } from "../users/users";
import type { Experience } from "./experience";
import type { State } from "./state";

/**
 * Refuses to sign in somebody who has a second factor that is declared and asked of them: the sandbox can verify none.
 * With adaptive MFA it is asked of those who were away for a month; what else would make Logto ask, such as another
 * country, it is told by a proxy in front of it.
 *
 * Errors: `session.mfa.require_mfa_verification` (403) with `data.availableFactors`.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/mfa-validator.ts`.
 */
export function ensureNoSecondFactor({ mfa, adaptiveMfa }: SignInExperience, user: User): void {
  const availableFactors = factorsOf(mfa, user);
  const { enabled, skipMfaOnSignIn } = choicesOf(user);
  const isWaived = (enabled === false || skipMfaOnSignIn === true) && isSkippable(mfa);
  const isAsked = adaptiveMfa.enabled ? wasAwayLong(user) : !isWaived;
  ensure(availableFactors.length === 0 || !isAsked, "session.mfa.require_mfa_verification", {
    status: 403,
    data: { availableFactors },
  });
}

/**
 * Refuses to end while somebody has not chosen about second factors, or has none where the declared policy, or an
 * organization of theirs, asks for one. The sandbox can bind none, so only what can be skipped can be got past.
 *
 * Errors, all 422: `user.suggest_mfa` where they could go on without; `user.missing_mfa` with `data.availableFactors`
 * and, where it can be skipped, `data.skippable`; `session.mfa.suggest_additional_mfa`, which can be skipped, too;
 * `session.mfa.backup_code_required`.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/mfa.ts`.
 */
export async function ensureFactorsSettled(experience: Experience, user: User): Promise<void> {
  const { declared, state, tenant } = experience;
  const { mfa } = declared;
  if (mfa.factors.length === 0 || isLeftToSignIn(mfa, state)) return;
  const isRequired =
    !isSkippable(mfa) || (await isRequiredByOrganization(tenant.database, mfa, user));
  const has = [...new Set([...factorsOf(mfa, user), ...addressFactors(mfa, state.profile)])];
  if (!isRequired) {
    const isSkipped = state.mfa.mfaSkipped ?? choicesOf(user).skipped ?? false;
    if (mfa.policy === MfaPolicy.NoPrompt || isSkipped) return;
    settleChoice(state, user, has);
  }
  const availableFactors = mfa.factors
    .filter((factor) => factor !== MfaFactor.BackupCode)
    .sort((one, other) => inOrder.indexOf(one) - inOrder.indexOf(other));
  ensure(
    availableFactors.some((factor) => has.includes(factor)),
    "user.missing_mfa",
    { status: 422, data: { availableFactors, ...(!isRequired && { skippable: true }) } },
  );
  ensureSuggested(declared, state, user, { has, availableFactors });
  ensure(
    !mfa.factors.includes(MfaFactor.BackupCode) || has.includes(MfaFactor.BackupCode),
    "session.mfa.backup_code_required",
    { status: 422 },
  );
}

/**
 * Refuses to end while somebody without a passkey has not chosen to do without, where passkeys are declared:
 * `user.passkey_preferred` (422).
 */
export function ensurePasskeySettled(
  { passkeySignIn }: SignInExperience,
  { mfa }: State,
  user: User,
): void {
  const stored = userPasskeySignInDataGuard.safeParse(user.logtoConfig[userPasskeySignInDataKey]);
  const isSkipped = mfa.passkeySkipped ?? stored.data?.skipped ?? false;
  const hasOne = user.mfaVerifications.some(({ type }) => type === MfaFactor.WebAuthn);
  ensure(!passkeySignIn.enabled || isSkipped || hasOne, "user.passkey_preferred", { status: 422 });
}

/** Refuses to do without a second factor where that is not the person's to decide. */
export async function ensureSkippable({ declared, tenant }: Experience, user: User): Promise<void> {
  const { mfa } = declared;
  ensure(
    isSkippable(mfa) && !(await isRequiredByOrganization(tenant.database, mfa, user)),
    "session.mfa.mfa_policy_not_user_controlled",
    { status: 422 },
  );
}

/** What the person chose, as their row keeps it. What they chose otherwise stays. */
export function withChoices({ logtoConfig }: User, { mfa }: State): User["logtoConfig"] {
  const { mfaEnabled, mfaSkipped, passkeySkipped } = mfa;
  return {
    ...logtoConfig,
    [userMfaDataKey]: {
      ...choicesOf({ logtoConfig }),
      ...(mfaEnabled && { enabled: true }),
      ...(mfaSkipped && { skipped: true }),
    },
    ...(passkeySkipped && { [userPasskeySignInDataKey]: { skipped: true } }),
  };
}

/** Somebody of before the choice was asked for has made it by having a factor. */
function settleChoice(state: State, user: User, has: MfaFactor[]): void {
  const enabled = state.mfa.mfaEnabled ?? choicesOf(user).enabled ?? has.length > 0;
  ensure(enabled, "user.suggest_mfa", { status: 422 });
  state.mfa.mfaEnabled = true;
}

/**
 * Suggests another factor to somebody whose only one is an address or a passkey that they can sign in with as well.
 */
function ensureSuggested(
  { signUp, passkeySignIn }: SignInExperience,
  { mfa: { additionalBindingSuggestionSkipped: isSkipped } }: State,
  { primaryEmail, primaryPhone }: User,
  { has, availableFactors }: Record<"has" | "availableFactors", MfaFactor[]>,
): void {
  const secondary = signUp.secondaryIdentifiers?.map(({ identifier }) => identifier) ?? [];
  const asksFor = (type: SignInIdentifier) =>
    signUp.identifiers.includes(type) ||
    secondary.some((one) => one === type || one === AlternativeSignUpIdentifier.EmailOrPhone);
  const isEmail = has.includes(MfaFactor.EmailVerificationCode);
  const isPhone = has.includes(MfaFactor.PhoneVerificationCode);
  const isPasskey = passkeySignIn.enabled === true && has.includes(MfaFactor.WebAuthn);
  const isEnough =
    availableFactors.every((factor) => has.includes(factor)) ||
    (isEmail && !asksFor(SignInIdentifier.Email)) ||
    (isPhone && !asksFor(SignInIdentifier.Phone)) ||
    has.includes(MfaFactor.TOTP) ||
    has.includes(MfaFactor.BackupCode) ||
    (has.includes(MfaFactor.WebAuthn) && !isPasskey);
  ensure(isSkipped || isEnough, "session.mfa.suggest_additional_mfa", {
    status: 422,
    data: {
      availableFactors,
      maskedIdentifiers: {
        ...(isEmail &&
          primaryEmail && { [MfaFactor.EmailVerificationCode]: maskEmail(primaryEmail) }),
        ...(isPhone &&
          primaryPhone && { [MfaFactor.PhoneVerificationCode]: maskPhone(primaryPhone) }),
      },
      isWebAuthnUsedAsSignInPasskey: isPasskey,
      skippable: true,
      suggestion: true,
    },
  });
}

/** Enough of an address for the person that it belongs to. */
function maskEmail(address: string): string {
  const [name = "", domain = ""] = address.split("@");
  return `${name.length > 4 ? name.slice(0, 4) : ""}****@${domain}`;
}

function maskPhone(number: string): string {
  return `****${number.slice(-4)}`;
}

/** Whether the declared policy lets people do without. */
function isSkippable({ policy }: Mfa): boolean {
  return (
    policy !== MfaPolicy.Mandatory &&
    policy !== MfaPolicy.PromptAtSignInAndSignUpMandatory &&
    policy !== MfaPolicy.PromptOnlyAtSignInMandatory
  );
}

function isLeftToSignIn({ policy }: Mfa, { interactionEvent }: State): boolean {
  return (
    interactionEvent === InteractionEvent.Register &&
    (policy === MfaPolicy.PromptOnlyAtSignIn || policy === MfaPolicy.PromptOnlyAtSignInMandatory)
  );
}

async function isRequiredByOrganization(
  database: TenantDatabase,
  { organizationRequiredMfaPolicy: policy }: Mfa,
  { id }: User,
): Promise<boolean> {
  if (policy !== OrganizationRequiredMfaPolicy.Mandatory) return false;
  const [one] = await database.query(
    `select 1 from organizations where tenant_id = $1 and is_mfa_required and id in
       (select organization_id from organization_user_relations where tenant_id = $1 and user_id = $2) limit 1`,
    [database.tenantId, id],
  );
  return one !== undefined;
}

const month = 30 * 24 * 60 * 60 * 1000;

function wasAwayLong({ lastSignInAt }: User): boolean {
  return lastSignInAt !== null && Date.now() - lastSignInAt > month;
}

/** The order in which Logto offers factors. */
const inOrder = [
  MfaFactor.WebAuthn,
  MfaFactor.TOTP,
  MfaFactor.PhoneVerificationCode,
  MfaFactor.EmailVerificationCode,
  MfaFactor.BackupCode,
];

/**
 * The declared factors that somebody has, a passkey first, the codes that they wrote down last, and of the others
 * the one that was used last first. An address is one by itself.
 */
function factorsOf(mfa: Mfa, { mfaVerifications, ...user }: User): MfaFactor[] {
  const place = (type: MfaFactor) =>
    type === MfaFactor.WebAuthn ? -1 : type === MfaFactor.BackupCode ? 1 : 0;
  const usedAt = ({ lastUsedAt }: { lastUsedAt?: string | undefined }) =>
    Date.parse(lastUsedAt ?? "") || 0;
  const bound = mfaVerifications
    .filter((one) => one.type !== MfaFactor.BackupCode || one.codes.some((code) => !code.usedAt))
    .sort((one, other) => place(one.type) - place(other.type) || usedAt(other) - usedAt(one))
    .map(({ type }) => type);
  const [codes, others] = [
    bound.filter((type) => type === MfaFactor.BackupCode),
    bound.filter((type) => type !== MfaFactor.BackupCode),
  ];
  return [...new Set([...others, ...addressFactors(mfa, user), ...codes])].filter((factor) =>
    mfa.factors.includes(factor),
  );
}

function addressFactors({ factors }: Mfa, { primaryPhone, primaryEmail }: NewUser): MfaFactor[] {
  const own = [
    ...(primaryPhone ? [MfaFactor.PhoneVerificationCode] : []),
    ...(primaryEmail ? [MfaFactor.EmailVerificationCode] : []),
  ];
  return own.filter((factor) => factors.includes(factor));
}

function choicesOf({ logtoConfig }: Pick<User, "logtoConfig">) {
  return userMfaDataGuard.safeParse(logtoConfig[userMfaDataKey]).data ?? {};
}

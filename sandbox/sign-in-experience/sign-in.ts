import {
  ConnectorType,
  type Mfa,
  MfaFactor,
  type SignIn,
  SignInIdentifier,
  type SignUp,
} from "@logto/schemas";
import { type ConnectorWithFactory, hasType } from "../connectors/connectors";
import { ensure } from "../errors";

/** What people prove to have by a code, with what it takes to send the code. */
const byCode = [
  {
    identifier: SignInIdentifier.Email,
    connector: ConnectorType.Email,
    factor: MfaFactor.EmailVerificationCode,
    name: "email",
  },
  {
    identifier: SignInIdentifier.Phone,
    connector: ConnectorType.Sms,
    factor: MfaFactor.PhoneVerificationCode,
    name: "phone",
  },
] as const;

/** Refuses what people could not sign in with, or what the rules of sign-up and MFA contradict. */
export function checkSignIn(
  signIn: SignIn,
  { signUp, mfa }: { signUp: SignUp; mfa: Mfa },
  connectors: ConnectorWithFactory[],
): void {
  for (const { identifier, connector } of byCode) {
    ensure(
      !takesCode(signIn, identifier) || hasType(connectors, connector),
      "sign_in_experiences.enabled_connector_not_found",
      { values: { type: connector } },
    );
  }
  ensure(
    signIn.methods.every(({ password, verificationCode }) => password || verificationCode),
    "sign_in_experiences.at_least_one_authentication_factor",
  );
  const hasNoPassword = signUp.verify && !signUp.password;
  ensure(
    !hasNoPassword ||
      signIn.methods.every(
        ({ identifier, verificationCode }) =>
          verificationCode || identifier === SignInIdentifier.Username,
      ),
    "sign_in_experiences.code_sign_in_must_be_enabled",
  );
  checkCodesCountOnce(signIn, mfa, "sign_in");
}

/** A code cannot be the first factor and the second. The refusal speaks of what is being changed. */
export function checkCodesCountOnce(signIn: SignIn, mfa: Mfa, changed: "sign_in" | "mfa"): void {
  for (const { identifier, factor, name } of byCode) {
    ensure(
      !takesCode(signIn, identifier) || !mfaFactors(mfa).includes(factor),
      `sign_in_experiences.${name}_verification_code_cannot_be_used_for_${changed}`,
    );
  }
}

function takesCode({ methods }: SignIn, wanted: SignInIdentifier): boolean {
  return methods.some(
    ({ identifier, verificationCode }) => identifier === wanted && verificationCode,
  );
}

function mfaFactors(mfa: Partial<Mfa>): MfaFactor[] {
  return mfa.factors ?? [];
}

import {
  ForgotPasswordMethod,
  InteractionEvent,
  type SignInExperience,
  SignInMode,
} from "@logto/schemas";
import { ensure, LogtoError } from "../errors";
import type { Verification } from "./state";

/** Refuses to register or to sign in where the declared mode knows the other only: `auth.forbidden`. */
export function ensureModeAllows({ signInMode }: SignInExperience, event: InteractionEvent): void {
  const other = {
    [InteractionEvent.SignIn]: SignInMode.Register,
    [InteractionEvent.Register]: SignInMode.SignIn,
    [InteractionEvent.ForgotPassword]: undefined,
  }[event];
  ensure(signInMode !== other, "auth.forbidden", { status: 403 });
}

/** Refuses to find out who it is by a way that is not declared. Errors: 422. */
export function ensureIdentifies(
  declared: SignInExperience,
  event: InteractionEvent,
  verification: Verification,
): void {
  ensureModeAllows(declared, event);
  if (event === InteractionEvent.ForgotPassword) {
    ensureResetsPassword(declared, verification);
  } else {
    ensureSignsIn(declared, verification);
  }
}

function ensureSignsIn({ signIn }: SignInExperience, { type, identifier }: Verification): void {
  const method = signIn.methods.find((one) => one.identifier === identifier.type);
  const isEnabled =
    type === "Password"
      ? method?.password
      : type !== "NewPasswordIdentity" && method?.verificationCode;
  ensure(isEnabled, "user.sign_in_method_not_enabled", { status: 422 });
}

/** No list of methods means every one that a connector is there for. */
function ensureResetsPassword(
  { forgotPasswordMethods }: SignInExperience,
  { type }: Verification,
): void {
  const refusal = new LogtoError("session.not_supported_for_forgot_password", { status: 422 });
  if (type !== "EmailVerificationCode" && type !== "PhoneVerificationCode") throw refusal;
  if (forgotPasswordMethods?.includes(ForgotPasswordMethod[type]) === false) throw refusal;
}

/**
 * Whether people are to prove first that they are no robot. The sandbox asks no captcha service, so it takes
 * no proof of anybody's, and is answered as Logto answers a request without one.
 */
export function ensureNoCaptcha({ captchaPolicy }: SignInExperience): void {
  ensure(!captchaPolicy.enabled, "session.captcha_required", { status: 422 });
}

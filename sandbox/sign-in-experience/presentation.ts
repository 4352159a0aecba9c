import type { SignInExperience } from "@logto/schemas";

/**
 * The sign-in experience as this version of Logto shows it. Trusted devices and the fields of sign-up are
 * not released yet: the one is left out, the other always null.
 */
export function present({
  trustedDevice: _unreleased,
  ...experience
}: SignInExperience): Record<string, unknown> & Omit<SignInExperience, "trustedDevice"> {
  return { ...experience, signUpProfileFields: null };
}

import type { SignInExperience } from "@logto/schemas";

/** The sign-in experience as this version of Logto shows it: trusted devices are not released yet. */
export function present({
  trustedDevice: _unreleased,
  ...experience
}: SignInExperience): Omit<SignInExperience, "trustedDevice"> {
  return experience;
}

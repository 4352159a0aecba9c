import {
  AlternativeSignUpIdentifier,
  type ApplicationSignInExperience,
  ApplicationSignInExperiences,
  type FullSignInExperience,
  SignInIdentifier,
  SignInMode,
} from "@logto/schemas";
import { fullSignInExperience } from "../sign-in-experience/full";
import type { Tenant } from "../tenant";
import type { Address, Identifier, Method } from "./page-data";

/**
 * What a page is made from: the tenant's sign-in experience, and over it the colours, the images and the CSS
 * of the application that the person came from.
 */
export async function experienceFor(
  tenant: Tenant,
  applicationId: string | undefined,
): Promise<FullSignInExperience> {
  const experience = (await fullSignInExperience(tenant)) as FullSignInExperience;
  const own =
    applicationId === undefined
      ? undefined
      : await tenant.database.row<ApplicationSignInExperience>(ApplicationSignInExperiences, {
          applicationId,
        });
  return {
    ...experience,
    color: { ...experience.color, ...own?.color },
    branding: { ...experience.branding, ...own?.branding },
    customCss: own?.customCss ?? experience.customCss,
  };
}

/** The ways in, without those that ask for nothing. */
export function signInMethods({ signIn }: FullSignInExperience): Method[] {
  return signIn.methods.filter(({ password, verificationCode }) => password || verificationCode);
}

/** What someone without an account can make one with, by a code at sign-in. */
export function registrable({ signInMode, signUp }: FullSignInExperience): Identifier[] {
  if (signInMode === SignInMode.SignIn) {
    return [];
  }
  const secondary = signUp.secondaryIdentifiers?.map(({ identifier }) => identifier) ?? [];
  return [...signUp.identifiers, ...secondary].flatMap((identifier): Identifier[] =>
    identifier === AlternativeSignUpIdentifier.EmailOrPhone ? ["email", "phone"] : [identifier],
  );
}

/** What someone with an account can sign in with, by a code at registration. */
export function usableToSignIn(experience: FullSignInExperience): Identifier[] {
  return experience.signInMode === SignInMode.Register
    ? []
    : signInMethods(experience)
        .filter(({ verificationCode }) => verificationCode)
        .map(({ identifier }) => identifier);
}

/** Identifiers that a code for a forgotten password can be sent to. */
export function forgotPasswordBy({ forgotPassword }: FullSignInExperience): Address[] {
  return [
    ...(forgotPassword.email ? [SignInIdentifier.Email as const] : []),
    ...(forgotPassword.phone ? [SignInIdentifier.Phone as const] : []),
  ];
}

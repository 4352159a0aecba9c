import { InteractionEvent, type VerificationCodeIdentifier } from "@logto/schemas";
import type { TemplateType } from "@logto/connector-kit";
import { z } from "zod";
import type { Identifier, NewUser } from "../users/users";

/** That a person has an address: they could read the code that went there. */
export interface CodeVerification {
  id: string;
  type: "EmailVerificationCode" | "PhoneVerificationCode";
  identifier: VerificationCodeIdentifier;
  templateType: TemplateType;
  verified: boolean;
}

/** That a person knows the password of the account with an identifier. */
export interface PasswordVerification {
  id: string;
  type: "Password";
  identifier: Identifier;
  verified: boolean;
}

/** A username and the password of an account that is to be. */
export interface NewPasswordIdentity {
  id: string;
  type: "NewPasswordIdentity";
  identifier: Identifier;
  passwordEncrypted: NewUser["passwordEncrypted"];
  passwordEncryptionMethod: NewUser["passwordEncryptionMethod"];
}

export type Verification = CodeVerification | PasswordVerification | NewPasswordIdentity;

/**
 * What a sign-in has got to, between two requests. It lies with the interaction, in the database, and goes
 * when the person is signed in. Of each type of verification the last one counts.
 *
 * The shape is Logto's, without what the sandbox does not have.
 */
export interface State {
  interactionEvent: InteractionEvent;
  /** Once it is known who it is. */
  userId?: string | undefined;
  /** What their row gets when everything is done. */
  profile: NewUser;
  verificationRecords: Verification[];
  mfa: MfaChoices;
}

/** What the person has chosen about second factors. All but the last is kept of them when everything is done. */
export interface MfaChoices {
  mfaEnabled?: boolean;
  mfaSkipped?: boolean;
  passkeySkipped?: boolean;
  additionalBindingSuggestionSkipped?: boolean;
}

/** Checked for presence only: only this sandbox writes it. */
const started = z.object({ interactionEvent: z.nativeEnum(InteractionEvent) }).passthrough();

export function newState(interactionEvent: InteractionEvent): State {
  return { interactionEvent, profile: {}, verificationRecords: [], mfa: {} };
}

/** What was kept. Nothing where none was begun, or where it is done with. */
export function storedState(stored: unknown): State | undefined {
  return started.safeParse(stored).success ? (stored as State) : undefined;
}

/** What a page may know of it: no hash of a password. */
export function publicState({
  interactionEvent,
  userId,
  profile,
  verificationRecords,
  mfa,
}: State) {
  const { passwordEncrypted: _hash, passwordEncryptionMethod: _method, ...identifiers } = profile;
  const { additionalBindingSuggestionSkipped: _suggestion, ...choices } = mfa;
  return {
    interactionEvent,
    userId,
    profile: identifiers,
    mfa: choices,
    verificationRecords: verificationRecords.map(({ id, type, identifier, ...record }) => ({
      id,
      type,
      identifier,
      ...("templateType" in record && { templateType: record.templateType }),
      ...("verified" in record && { verified: record.verified }),
    })),
    captcha: { verified: false, skipped: false },
  };
}

import { InteractionEvent, type User } from "@logto/schemas";
import { ensure, LogtoError } from "../errors";
import { asField, findUser, insertUser, type NewUser } from "../users/users";
import { ensureNotBlocked } from "./email-blocklist";
import type { Experience } from "./experience";
import { addToProfile, ensureComplete } from "./profile";
import { ensureIdentifies, ensureModeAllows, ensureNoCaptcha } from "./rules";
import type { Verification } from "./state";

/**
 * Finds out by a verification who signs in, or who has forgotten their password.
 *
 * Errors: 400 `session.verification_failed`; 401 `user.suspended`; 404 `user.user_not_exist` with
 * `data.identifier`; 409 `session.identity_conflict` where it was somebody else before; 422 where the way is
 * not declared.
 */
export async function identify(experience: Experience, verificationId: string): Promise<void> {
  const { state, declared, tenant } = experience;
  const verification = experience.verification(verificationId);
  ensureIdentifies(declared, state.interactionEvent, verification);
  const { identifier } = verification;
  ensureVerified(verification);
  const user = await findUser(tenant.database, identifier, declared.usernamePolicy);
  ensure(user, "user.user_not_exist", { status: 404, data: { identifier: identifier.value } });
  ensure(!user.isSuspended, "user.suspended", { status: 401 });
  ensure(state.userId === undefined || state.userId === user.id, "session.identity_conflict", {
    status: 409,
  });
  state.userId = user.id;
}

/**
 * Makes an account of what was verified and put into the profile. Without a verification it is made of the
 * profile alone: so a registration goes on that lacked something.
 *
 * Errors: 400 `session.verification_failed`; 403 `auth.forbidden`; 409 `session.identity_conflict` where there
 * is an account already; 422 `user.email_already_in_use` and the
 * like, `user.missing_profile`, and what the block list says.
 */
export async function register(
  experience: Experience,
  verificationId: string | undefined,
): Promise<void> {
  const { state, declared, tenant } = experience;
  if (verificationId !== undefined) {
    const verification = experience.verification(verificationId);
    ensureNotBlocked(declared, verification.identifier);
    await addToProfile(experience, profileOf(verification));
    // What is missing is asked for next, and this is not asked for again.
    await experience.save();
  }
  ensureModeAllows(declared, InteractionEvent.Register);
  ensureNoCaptcha(declared);
  // The account of this registration is there already: what comes twice makes one.
  ensure(state.userId === undefined, "session.identity_conflict", { status: 409 });
  ensureComplete(declared, state.profile);
  const user = await insertUser(tenant.database, state.profile);
  state.userId = user.id;
  state.profile = {};
}

/** Errors: 400 `session.verification_failed` where it proves no new identity. */
function profileOf(verification: Verification): NewUser {
  if (verification.type === "Password") {
    throw new LogtoError("session.verification_failed");
  }
  ensureVerified(verification);
  const identifiers = asField(verification.identifier);
  if (verification.type !== "NewPasswordIdentity") return identifiers;
  const { passwordEncrypted, passwordEncryptionMethod } = verification;
  return { ...identifiers, passwordEncrypted, passwordEncryptionMethod };
}

export function ensureVerified(verification: Verification): void {
  ensure(
    verification.type === "NewPasswordIdentity" || verification.verified,
    "session.verification_failed",
  );
}

/** Whether somebody has the identifier. If that may not be told, no message must be sent either. */
export async function isKnown(
  { tenant, declared }: Experience,
  { identifier }: Pick<Verification, "identifier">,
): Promise<boolean> {
  const user: User | undefined = await findUser(
    tenant.database,
    identifier,
    declared.usernamePolicy,
  );
  return user !== undefined;
}

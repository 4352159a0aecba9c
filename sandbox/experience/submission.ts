import { InteractionEvent, type User } from "@logto/schemas";
import { ensure } from "../errors";
import { updateUser } from "../users/users";
import type { Experience } from "./experience";
import { ensureAddable, ensureComplete } from "./profile";
import { ensureNoCaptcha } from "./rules";
import {
  ensureFactorsSettled,
  ensureNoSecondFactor,
  ensurePasskeySettled,
  withChoices,
} from "./second-factors";

/**
 * Ends what was begun. A sign-in or a registration is answered with where the browser goes on; a forgotten
 * password is stored again, and the person signs in with it afterwards.
 *
 * Errors: 403 `session.mfa.require_mfa_verification`; 404 `session.identifier_not_found`; 422
 * `user.missing_profile`, `user.passkey_preferred`, `user.suggest_mfa`, `user.missing_mfa` and the like,
 * `user.new_password_required_in_profile`.
 */
export async function submit(experience: Experience): Promise<string | undefined> {
  ensureNoCaptcha(experience.declared);
  const user = await experience.requireUser();
  return experience.state.interactionEvent === InteractionEvent.ForgotPassword
    ? resetPassword(experience, user)
    : signIn(experience, user);
}

async function resetPassword(
  { tenant, state, interaction }: Experience,
  user: User,
): Promise<undefined> {
  const { passwordEncrypted, passwordEncryptionMethod } = state.profile;
  ensure(passwordEncrypted && passwordEncryptionMethod, "user.new_password_required_in_profile", {
    status: 422,
  });
  await updateUser(tenant.database, user.id, { passwordEncrypted, passwordEncryptionMethod });
  await interaction.save({});
  return undefined;
}

async function signIn(experience: Experience, user: User): Promise<string> {
  const { tenant, state, declared, interaction } = experience;
  const { profile, interactionEvent } = state;
  if (interactionEvent === InteractionEvent.SignIn) {
    ensureNoSecondFactor(declared, user);
  }
  await ensureAddable(experience, profile, user);
  ensureComplete(declared, profile, user);
  ensurePasskeySettled(declared, state, user);
  await ensureFactorsSettled(experience, user);
  await updateUser(tenant.database, user.id, {
    ...(profile as Partial<User>),
    logtoConfig: withChoices(user, state),
    lastSignInAt: Date.now(),
  });
  return interaction.finish(user.id);
}

import { InteractionEvent, SignInIdentifier, updateProfileApiPayloadGuard } from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { ensure, LogtoError } from "../errors";
import { guardBody } from "../http/guard";
import { asField } from "../users/users";
import { ensureNotBlocked } from "./email-blocklist";
import { Experience } from "./experience";
import { ensureVerified } from "./identification";
import { acceptedPassword } from "./new-password";
import { addToProfile } from "./profile";
import { ensureNoSecondFactor, ensureSkippable } from "./second-factors";

/** How people add what an account lacks, and reset a forgotten password. */
export const experienceProfile: Routes = (router, tenant) => {
  router.post("/experience/profile", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { declared, state } = resumed;
    const addition = guardBody(context, updateProfileApiPayloadGuard);
    await ensureMayAdd(resumed);
    switch (addition.type) {
      case SignInIdentifier.Username:
        await addToProfile(resumed, { username: addition.value });
        break;
      case "password": {
        const user = await resumed.identifiedUser();
        const password = await acceptedPassword(addition.value, declared, state.profile, user);
        await addToProfile(resumed, password);
        break;
      }
      case SignInIdentifier.Email:
      case SignInIdentifier.Phone: {
        const verification = resumed.verification(addition.verificationId);
        const { identifier } = verification;
        ensure(
          identifier.type === addition.type && verification.type.endsWith("VerificationCode"),
          "session.verification_session_not_found",
          { status: 404 },
        );
        ensureNotBlocked(declared, identifier);
        ensureVerified(verification);
        await addToProfile(resumed, asField(identifier));
        break;
      }
      case "social":
      case "extraProfile":
        throw new LogtoError("request.invalid_input", {
          status: 501,
          values: { details: `The sandbox does not take ${addition.type} into a profile.` },
        });
    }
    await resumed.save();
    context.status = 204;
  });

  router.put("/experience/profile/password", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { declared, state } = resumed;
    const { password } = guardBody(context, z.object({ password: z.string() }));
    ensure(
      state.interactionEvent === InteractionEvent.ForgotPassword,
      "session.invalid_interaction_type",
    );
    const user = await resumed.requireUser();
    const accepted = await acceptedPassword(password, declared, state.profile, user);
    state.profile = { ...state.profile, ...accepted };
    await resumed.save();
    context.status = 204;
  });

  router.post("/experience/profile/mfa/mfa-skipped", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    await ensureMayAdd(resumed);
    await ensureSkippable(resumed, await resumed.requireUser());
    resumed.state.mfa.mfaSkipped = true;
    await resumed.save();
    context.status = 204;
  });

  for (const [choice, path] of Object.entries(choices)) {
    router.post(`/experience/profile/mfa/${path}`, async (context) => {
      const resumed = await Experience.resume(tenant, context);
      await ensureMayAdd(resumed);
      resumed.state.mfa[choice as keyof typeof choices] = true;
      await resumed.save();
      context.status = 204;
    });
  }
};

/** What is anybody's to choose. */
const choices = {
  mfaEnabled: "mfa-enabled",
  additionalBindingSuggestionSkipped: "mfa-suggestion-skipped",
  passkeySkipped: "passkey-skipped",
} as const;

/** Somebody who signs in has to be known, and to have passed every factor, before they add anything. */
async function ensureMayAdd(resumed: Experience): Promise<void> {
  const { interactionEvent } = resumed.state;
  ensure(
    interactionEvent !== InteractionEvent.ForgotPassword,
    "session.not_supported_for_forgot_password",
  );
  if (interactionEvent === InteractionEvent.SignIn) {
    ensureNoSecondFactor(resumed.declared, await resumed.requireUser());
  }
}

import {
  CreateExperienceApiPayloadGuard,
  identificationApiPayloadGuard,
  InteractionEvent,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { Experience } from "./experience";
import { identify, register } from "./identification";
import { ensureModeAllows } from "./rules";
import { publicState } from "./state";
import { submit } from "./submission";

/**
 * What a sign-in page does for a person, step by step: begin, verify, identify, complete, submit.
 *
 * People sign in with a code to an address, or with an identifier and a password. What else Logto has
 * and the sandbox does not: sign-in at social and enterprise services, passkeys, one-time tokens, second
 * factors (`second-factors.ts` says how that ends), captcha (`rules.ts`), custom profile fields, and the
 * provisioning of organizations. Webhooks are not called.
 *
 * Source: Logto, `packages/core/src/routes/experience`.
 */
export const experience: Routes = (router, tenant) => {
  router.put("/experience", async (context) => {
    const begun = await Experience.begin(tenant, context, () => {
      const { interactionEvent, captchaToken } = guardBody(
        context,
        CreateExperienceApiPayloadGuard,
      );
      ensure(captchaToken === undefined, "session.captcha_failed", { status: 422 });
      return interactionEvent;
    });
    await begun.save();
    context.status = 204;
  });

  router.put("/experience/interaction-event", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { state, declared } = resumed;
    const { interactionEvent } = guardBody(context, eventGuard);
    ensureModeAllows(declared, interactionEvent);
    const isReset = (event: InteractionEvent) => event === InteractionEvent.ForgotPassword;
    ensure(
      isReset(interactionEvent) === isReset(state.interactionEvent),
      "session.not_supported_for_forgot_password",
    );
    if (interactionEvent !== state.interactionEvent) {
      state.profile = {};
      // Only a sign-in asks for second factors: a user who has one must not go on as if newly registered.
      state.userId = undefined;
    }
    state.interactionEvent = interactionEvent;
    await resumed.save();
    context.status = 204;
  });

  router.get("/experience/interaction", async (context) => {
    const { state } = await Experience.resume(tenant, context);
    context.body = publicState(state);
  });

  router.post("/experience/identification", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { verificationId } = guardBody(context, identificationApiPayloadGuard);
    if (resumed.state.interactionEvent === InteractionEvent.Register) {
      await register(resumed, verificationId);
      context.status = 201;
    } else {
      ensure(verificationId !== undefined, "guard.invalid_input", { values: { type: "body" } });
      await identify(resumed, verificationId);
      context.status = 204;
    }
    await resumed.save();
  });

  router.post("/experience/submit", async (context) => {
    const redirectTo = await submit(await Experience.resume(tenant, context));
    if (redirectTo === undefined) {
      context.status = 204;
    } else {
      context.body = { redirectTo };
    }
  });
};

const eventGuard = z.object({ interactionEvent: z.nativeEnum(InteractionEvent) });

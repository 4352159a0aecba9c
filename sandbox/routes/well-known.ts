import type { Routes } from "../http/routes";
import { fullSignInExperience } from "../sign-in-experience/full";

/** What sign-in pages are built from. */
export const wellKnown: Routes = (router, tenant) => {
  router.get("/.well-known/sign-in-exp", async (context) => {
    context.body = await fullSignInExperience(tenant);
  });
};

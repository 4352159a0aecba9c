import {
  type CaptchaProvider,
  CaptchaProviders,
  type SignInExperience,
  SignInExperiences,
  captchaConfigGuard,
} from "@logto/schemas";
import { z } from "zod";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { newId } from "../identifiers";
import { findSignInExperience } from "../sign-in-experience/find";

const guard = z.object({ config: captchaConfigGuard });

/** The captcha provider, of which a tenant has one or none. The sandbox asks no captcha service. */
export const captchaProvider: Routes = (router, { database }) => {
  const path = "/captcha-provider";

  router.get(path, async (context) => {
    const provider = await find(database);
    ensure(provider, "entity.not_found", { status: 404 });
    context.body = provider;
  });

  router.put(path, async (context) => {
    const { config } = guardBody(context, guard);
    const held = await find(database);
    context.body = held
      ? await database.update<CaptchaProvider>(CaptchaProviders, { config }, { id: held.id })
      : await database.insert<CaptchaProvider>(CaptchaProviders, { id: newId(), config });
  });

  router.delete(path, async (context) => {
    await database.delete<CaptchaProvider>(CaptchaProviders, {});
    await switchPolicyOff(database);
    context.status = 204;
  });
};

function find(database: TenantDatabase): Promise<CaptchaProvider | undefined> {
  return database.row<CaptchaProvider>(CaptchaProviders, {});
}

/** Without a provider no one could pass. */
async function switchPolicyOff(database: TenantDatabase): Promise<void> {
  const { id, captchaPolicy } = await findSignInExperience(database);
  if (!captchaPolicy.enabled) return;
  const changes = { captchaPolicy: { ...captchaPolicy, enabled: false } };
  await database.update<SignInExperience>(SignInExperiences, changes, { id });
}

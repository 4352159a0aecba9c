import {
  type CaptchaProvider,
  CaptchaProviders,
  CustomProfileFields,
  fullSignInExperienceGuard,
} from "@logto/schemas";
import { findConnectors, targetOf } from "../connectors/connectors";
import type { Tenant } from "../tenant";
import { findSignInExperience } from "./find";
import { forgotPasswordBy } from "./forgot-password";
import { present } from "./presentation";

/** All that a sign-in page has to know, open to anyone: the guard lets no policy through that is not. */
export async function fullSignInExperience(tenant: Tenant): Promise<unknown> {
  const { database } = tenant;
  const [stored, connectors, customProfileFields] = await Promise.all([
    findSignInExperience(database),
    findConnectors(tenant),
    database.rows(CustomProfileFields, {}, "order by sie_order"),
  ]);
  const socialConnectors = stored.socialSignInConnectorTargets.flatMap((target) =>
    connectors
      .filter((connector) => targetOf(connector) === target)
      .map(({ row, factory }) => ({ ...factory.metadata, ...row.metadata, id: row.id })),
  );
  return fullSignInExperienceGuard.parse({
    ...present(stored),
    socialConnectors,
    ssoConnectors: [],
    forgotPassword: forgotPasswordBy(connectors, stored.forgotPasswordMethods),
    isDevelopmentTenant: false,
    captchaConfig: stored.captchaPolicy.enabled ? await captchaConfig(tenant) : undefined,
    customProfileFields,
    customProfileFieldCatalog: customProfileFields,
  });
}

/** The guard leaves out the provider's secret key. */
async function captchaConfig({ database }: Tenant): Promise<unknown> {
  const [provider] = await database.rows<CaptchaProvider>(CaptchaProviders);
  return provider?.config;
}

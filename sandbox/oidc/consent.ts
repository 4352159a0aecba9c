import { type Application, Applications, Users } from "@logto/schemas";
import type { Middleware } from "koa";
import type { Interaction, Provider } from "oidc-provider";
import { z } from "zod";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import type { Tenant } from "../tenant";

/**
 * What answers at `/consent`. Applications of our own are consented to without a question.
 *
 * Source: Logto, `packages/core/src/middleware/koa-auto-consent.ts`.
 */
export function consent({ database, provider }: Pick<Tenant, "database" | "provider">): Middleware {
  return async (context) => {
    const interaction = await provider.interactionDetails(context.req, context.res);
    const application = await database.row<Application>(Applications, {
      id: interaction.params["client_id"] as string,
    });
    ensure(application?.isThirdParty === false, "oidc.access_denied");
    const grantId = await grantWhatIsMissing(provider, database, interaction);
    context.redirect(
      await provider.interactionResult(context.req, context.res, { consent: { grantId } }),
    );
  };
}

const missing = z.object({
  missingOIDCScope: z.string().array().default([]),
  missingResourceScopes: z.record(z.string().array()).default({}),
});

async function grantWhatIsMissing(
  provider: Provider,
  database: TenantDatabase,
  { session, grantId, params, prompt }: Interaction,
): Promise<string> {
  ensure(session && prompt.name === "consent", "session.not_found");
  const { accountId } = session;
  const clientId = params["client_id"] as string;
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId, clientId });
  const { missingOIDCScope, missingResourceScopes } = missing.parse(prompt.details);
  grant.addOIDCScope(missingOIDCScope.join(" "));
  for (const [indicator, scopes] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(indicator, scopes.join(" "));
  }
  await rememberFirstApplication(database, accountId, clientId);
  return grant.save();
}

/** Logto's users know the application that they came by first. */
async function rememberFirstApplication(
  database: TenantDatabase,
  accountId: string,
  applicationId: string,
): Promise<void> {
  await database.query(
    `update ${Users.table} set application_id = $3
     where tenant_id = $1 and id = $2 and application_id is null`,
    [database.tenantId, accountId, applicationId],
  );
}

import { ReservedScope } from "@logto/core-kit";
import {
  type Application,
  Applications,
  type ApplicationSignInExperience,
  ApplicationSignInExperiences,
  Users,
} from "@logto/schemas";
import type { Context, Middleware } from "koa";
import { errors, type Interaction } from "oidc-provider";
import { z } from "zod";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { languageOf } from "../language";
import { findSignInExperience } from "../sign-in-experience/find";
import type { Tenant } from "../tenant";
import { askForConsent } from "./consent-page";
import { endOldestGrants } from "./grants";

type Source = Pick<Tenant, "database" | "provider">;

/**
 * `GET /consent`: an application of our own is consented to without a question, for another one the person
 * is asked.
 *
 * Source: Logto, `packages/core/src/middleware/koa-auto-consent.ts`.
 */
export function consent(source: Source): Middleware {
  return async (context) => {
    const interaction = await findConsent(source, context);
    const application = await applicationOf(source, interaction);
    if (application.isThirdParty) {
      await ask(source, context, interaction, application);
    } else {
      context.redirect(await allow(source, context, interaction, application));
    }
  };
}

const answer = z.object({ interaction: z.string(), decision: z.enum(["allow", "deny"]) });

/** `POST /consent`: the person's answer. It counts only with what the page knows and other sites do not. */
export function answerConsent(source: Source): Middleware {
  return async (context) => {
    const { interaction: id, decision } = guardBody(context, answer);
    const interaction = await findConsent(source, context);
    ensure(id === interaction.uid, "session.not_found");
    context.status = 303;
    context.redirect(
      decision === "allow"
        ? await allow(source, context, interaction, await applicationOf(source, interaction))
        : await deny(source, context),
    );
  };
}

type Consent = Interaction & Required<Pick<Interaction, "session">>;

async function findConsent({ provider }: Source, { req, res }: Context): Promise<Consent> {
  const interaction = await provider.interactionDetails(req, res);
  ensure(interaction.session && interaction.prompt.name === "consent", "session.not_found");
  return interaction as Consent;
}

async function applicationOf({ database }: Source, { params }: Interaction): Promise<Application> {
  const id = params["client_id"] as string;
  const application = await database.row<Application>(Applications, { id });
  if (application === undefined) {
    throw new errors.InvalidClient("client is invalid", "client not found");
  }
  return application;
}

const missing = z.object({
  missingOIDCScope: z.string().array().default([]),
  missingResourceScopes: z.record(z.string().array()).default({}),
});

async function ask(
  { database }: Source,
  context: Context,
  { uid, params, prompt }: Consent,
  { id, name }: Application,
): Promise<void> {
  const shown = await database.row<ApplicationSignInExperience>(ApplicationSignInExperiences, {
    applicationId: id,
  });
  const { languageInfo } = await findSignInExperience(database);
  const uiLocales = z.string().optional().catch(undefined).parse(params["ui_locales"]);
  const question = {
    interactionId: uid,
    applicationName: shown?.displayName ?? name,
    host: new URL(params["redirect_uri"] as string).host,
    scopes: scopesToShow(params["scope"] as string, prompt.details),
  };
  askForConsent(
    context,
    question,
    await languageOf(context, database, { languageInfo, uiLocales }),
  );
}

/** A native application is asked about each time: then nothing is missing, and all is shown. */
function scopesToShow(requested: string, details: Interaction["prompt"]["details"]): string[] {
  const { missingOIDCScope, missingResourceScopes } = missing.parse(details);
  const scopes = [...missingOIDCScope, ...Object.values(missingResourceScopes).flat()];
  const reserved: string[] = Object.values(ReservedScope);
  return [...new Set(scopes.length > 0 ? scopes : requested.split(" "))].filter(
    (scope) => !reserved.includes(scope),
  );
}

async function allow(
  { database, provider }: Source,
  { req, res }: Context,
  { session: { accountId }, grantId, prompt }: Consent,
  application: Application,
): Promise<string> {
  const clientId = application.id;
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId, clientId });
  const { missingOIDCScope, missingResourceScopes } = missing.parse(prompt.details);
  if (missingOIDCScope.length > 0) {
    grant.addOIDCScope(missingOIDCScope.join(" "));
  }
  for (const [indicator, scopes] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(indicator, scopes.join(" "));
  }
  // Logto's users know the application that they came by first.
  await database.query(
    `update ${Users.table} set application_id = $3
     where tenant_id = $1 and id = $2 and application_id is null`,
    [database.tenantId, accountId, clientId],
  );
  const newest = await grant.save();
  await endOldestGrants(database, application, { accountId, newest });
  return provider.interactionResult(req, res, { consent: { grantId: newest } });
}

function deny({ provider }: Source, { req, res }: Context): Promise<string> {
  return provider.interactionResult(
    req,
    res,
    { error: "access_denied", error_description: "the person did not consent" },
    { mergeWithLastSubmission: false },
  );
}

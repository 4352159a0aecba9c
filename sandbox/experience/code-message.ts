import {
  type Application,
  Applications,
  type ApplicationSignInExperience,
  ApplicationSignInExperiences,
  type Organization,
  Organizations,
  SignInIdentifier,
} from "@logto/schemas";
import type { Context } from "koa";
import { sendMessage } from "../connectors/messages";
import { languageOf } from "../language";
import { createPasscode } from "./passcodes";
import type { Experience } from "./experience";
import type { CodeVerification } from "./state";

/** Makes a code for the verification and sends it, in the language of the page that asks for it. */
export async function sendCode(
  experience: Experience,
  context: Context,
  verification: CodeVerification,
): Promise<void> {
  const { tenant, declared, interaction } = experience;
  const uiLocales = textOf(interaction.parameters["ui_locales"]);
  const { tag } = await languageOf(context, tenant.database, {
    languageInfo: declared.languageInfo,
    uiLocales,
  });
  const isEmail = verification.identifier.type === SignInIdentifier.Email;
  const about = isEmail ? await templateContext(experience) : {};
  const code = await createPasscode(tenant.database, verification);
  await sendMessage(tenant, {
    channel: isEmail ? "email" : "sms",
    to: verification.identifier.value,
    type: verification.templateType,
    payload: { code, locale: tag, ...(uiLocales && { uiLocales }), ...about },
  });
}

/**
 * What an e-mail can say of the application, and of the organization that it asked for.
 *
 * Source: Logto, `packages/core/src/utils/connectors/extra-information.ts`.
 */
async function templateContext({ tenant: { database }, interaction }: Experience) {
  const { applicationId } = interaction;
  const organizationId = textOf(interaction.parameters["organization_id"]);
  const [application, presentation, organization] = await Promise.all([
    database.row<Application>(Applications, { id: applicationId }),
    database.row<ApplicationSignInExperience>(ApplicationSignInExperiences, { applicationId }),
    organizationId && database.row<Organization>(Organizations, { id: organizationId }),
  ]);
  return {
    ...(application && {
      application: {
        id: application.id,
        name: application.name,
        ...(presentation?.branding && { branding: presentation.branding }),
        ...(presentation?.displayName && { displayName: presentation.displayName }),
      },
    }),
    ...(organization && {
      organization: {
        id: organization.id,
        name: organization.name,
        branding: organization.branding,
      },
    }),
  };
}

function textOf(parameter: unknown): string | undefined {
  return typeof parameter === "string" && parameter !== "" ? parameter : undefined;
}

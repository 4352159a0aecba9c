import {
  passwordExpirationPolicyGuard,
  type SignInExperience,
  SignInExperiences,
  verificationCodePolicyGuard,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { findConnectors } from "../connectors/connectors";
import { ensure, LogtoError } from "../errors";
import { passwordIssues } from "../experience/new-password";
import { guardBody, guardQuery } from "../http/guard";
import { normalizedCustomUiCsp, refuseCustomUiCsp } from "../sign-in-experience/custom-ui-csp";
import { checkedEmailBlocklist } from "../sign-in-experience/email-blocklist";
import { findSignInExperience } from "../sign-in-experience/find";
import { checkForgotPassword } from "../sign-in-experience/forgot-password";
import { checkLanguage } from "../sign-in-experience/language";
import { adaptiveMfaToStore, checkAdaptiveMfa, checkMfa } from "../sign-in-experience/mfa";
import {
  checkPasswordExpiration,
  passwordExpirationToStore,
} from "../sign-in-experience/password-expiration";
import { present } from "../sign-in-experience/presentation";
import { knownProfileFields } from "../sign-in-experience/profile-fields";
import { checkSignIn } from "../sign-in-experience/sign-in";
import { checkSignUp } from "../sign-in-experience/sign-up";
import { knownSocialTargets } from "../sign-in-experience/social-targets";
import { checkUsernamePolicy, findCaseConflicts } from "../sign-in-experience/username-policy";
import type { Tenant } from "../tenant";

const urlOrNone = z.string().url().optional().nullable().or(z.literal(""));

const patchGuard = SignInExperiences.createGuard
  .omit({ id: true, trustedDevice: true })
  .extend({
    termsOfUseUrl: urlOrNone,
    privacyPolicyUrl: urlOrNone,
    supportEmail: z.string().email().optional().nullable().or(z.literal("")),
    supportWebsiteUrl: urlOrNone,
    unknownSessionRedirectUrl: urlOrNone,
    passwordExpiration: passwordExpirationPolicyGuard,
    verificationCodePolicy: verificationCodePolicyGuard,
  })
  .partial();

type Change = z.infer<typeof patchGuard>;

/** The sign-in experience of a tenant. It is always there: it is never made or deleted. */
export const signInExperience: Routes = (router, tenant) => {
  const { database } = tenant;

  router.get("/sign-in-exp", async (context) => {
    context.body = present(await findSignInExperience(database));
  });

  router.patch("/sign-in-exp", async (context) => {
    const change = await checked(tenant, guardBody(context, patchGuard));
    const changed = await database.update<SignInExperience>(SignInExperiences, change, {
      id: "default",
    });
    context.body = changed && present(changed);
  });

  // As it goes by: without a user, a policy that looks at user data cannot be checked.
  router.post("/sign-in-exp/default/check-password", async (context) => {
    const { password } = guardBody(context, z.object({ password: z.string() }));
    const { passwordPolicy } = await findSignInExperience(database);
    const issues = await passwordIssues(password, passwordPolicy).catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error;
      throw new LogtoError("request.invalid_input", { data: { message: error.message } });
    });
    context.status = issues.length === 0 ? 200 : 400;
    context.body = issues.length === 0 ? { result: true } : { result: false, issues };
  });

  router.get("/sign-in-exp/username-policy/case-sensitivity-conflicts", async (context) => {
    const limit = z.coerce.number().int().min(1).max(100).default(20);
    const query = guardQuery(context, z.object({ limit }));
    context.body = await findCaseConflicts(database, query.limit);
  });
};

/**
 * The change as it is stored, checked against what it meets: connectors, and those settings that it
 * leaves as they are. The order of the checks is Logto's, it decides which refusal comes first. What a
 * change leaves out is not checked again, so a new sign-up can contradict an old sign-in.
 */
async function checked(tenant: Tenant, change: Change): Promise<Change> {
  const { database } = tenant;
  const signUpProfileFields =
    change.signUpProfileFields && (await knownProfileFields(change.signUpProfileFields, database));
  const customUiCsp = change.customUiCsp && normalizedCustomUiCsp(change.customUiCsp);
  if (change.languageInfo) {
    await checkLanguage(change.languageInfo, database);
  }
  const [connectors, current] = await Promise.all([
    findConnectors(tenant),
    findSignInExperience(database),
  ]);
  if (change.usernamePolicy) {
    await checkUsernamePolicy(change.usernamePolicy, current.usernamePolicy, database);
  }
  const { signUp, signIn, mfa, adaptiveMfa, forgotPasswordMethods } = change;
  if (signUp) {
    checkSignUp(signUp, connectors);
  }
  if (signIn) {
    const context = { signUp: signUp ?? current.signUp, mfa: mfa ?? current.mfa };
    checkSignIn(signIn, context, connectors);
  }
  if (mfa) {
    checkMfa(mfa, signIn ?? current.signIn);
  }
  checkAdaptiveMfa({ mfa, adaptiveMfa }, current);
  if (forgotPasswordMethods) {
    checkForgotPassword(forgotPasswordMethods, connectors);
  }
  const passwordExpiration = passwordExpirationToStore(
    change.passwordExpiration,
    current.passwordExpiration,
  );
  checkPasswordExpiration(
    passwordExpiration,
    connectors,
    forgotPasswordMethods ?? current.forgotPasswordMethods,
  );
  ensure(!change.hideLogtoBranding, "request.invalid_input", {
    values: { details: "Hide Logto branding is not supported in this environment" },
  });
  refuseCustomUiCsp(customUiCsp);
  return {
    ...change,
    signUpProfileFields,
    customUiCsp,
    emailBlocklistPolicy:
      change.emailBlocklistPolicy && checkedEmailBlocklist(change.emailBlocklistPolicy),
    adaptiveMfa: adaptiveMfaToStore({ mfa, adaptiveMfa }),
    passwordExpiration: change.passwordExpiration && passwordExpiration,
    socialSignInConnectorTargets:
      change.socialSignInConnectorTargets &&
      knownSocialTargets(change.socialSignInConnectorTargets, connectors),
  };
}

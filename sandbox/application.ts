import { Router } from "@koa/router";
import Koa from "koa";
import compress from "koa-compress";
import mount from "koa-mount";
import { newShortId } from "./identifiers";
import { requireManagementToken } from "./http/authentication";
import { parseBody } from "./http/body";
import { handleErrors } from "./http/error-handling";
import { onlyFromOwnPages } from "./http/own-pages";
import { logRequests } from "./http/request-log";
import type { Routes } from "./http/routes";
import { experienceProfile } from "./experience/profile-routes";
import { experience } from "./experience/routes";
import { experienceVerifications } from "./experience/verification-routes";
import { logUnexpected } from "./log";
import { oidcApplication } from "./oidc/application";
import { answerConsent, consent } from "./oidc/consent";
import { describeOidcErrors } from "./oidc/error-body";
import { signInPages } from "./pages/routes";
import { accountCenter } from "./routes/account-center";
import { applicationRoles } from "./routes/application-roles";
import { applicationSecrets } from "./routes/application-secrets";
import { applications } from "./routes/applications";
import { captchaProvider } from "./routes/captcha-provider";
import { connectorFactories } from "./routes/connector-factories";
import { connectors } from "./routes/connectors";
import { customPhrases } from "./routes/custom-phrases";
import { customProfileFields } from "./routes/custom-profile-fields";
import { defaultResource } from "./routes/default-resource";
import { hookCalls } from "./routes/hook-calls";
import { emailTemplates } from "./routes/email-templates";
import { hooks } from "./routes/hooks";
import { resourceScopes } from "./routes/resource-scopes";
import {
  organizationRoleResourceScopes,
  organizationRoleScopes,
} from "./routes/organization-role-scopes";
import { provisionedDomains, provisionedRoles } from "./routes/organization-provisioning";
import { organizationRoles } from "./routes/organization-roles";
import { organizationScopes } from "./routes/organization-scopes";
import { organizations } from "./routes/organizations";
import { personalAccessTokens } from "./routes/personal-access-tokens";
import { resources } from "./routes/resources";
import { roleScopes } from "./routes/role-scopes";
import { actions, jwtCustomizers } from "./routes/scripts";
import { roles } from "./routes/roles";
import { signInExperience } from "./routes/sign-in-experience";
import { ssoConnectors } from "./routes/sso-connectors";
import { ssoSigningKeys } from "./routes/sso-signing-keys";
import { status } from "./routes/status";
import { idTokenConfig, oidcSessionConfig } from "./routes/token-configs";
import { userIdentities } from "./routes/user-identities";
import { roleUsers, userRoles } from "./routes/user-roles";
import { users } from "./routes/users";
import { wellKnown } from "./routes/well-known";
import type { Tenant } from "./tenant";

const openToAnyone: Routes[] = [status, wellKnown];

/** For a browser with a sign-in under way. */
const experienceApi: Routes[] = [experience, experienceVerifications, experienceProfile];

const managementApi: Routes[] = [
  accountCenter,
  actions,
  applicationRoles.routes,
  applicationSecrets,
  applications,
  captchaProvider,
  connectorFactories,
  connectors,
  customPhrases,
  customProfileFields,
  defaultResource,
  emailTemplates,
  hookCalls,
  hooks,
  idTokenConfig,
  jwtCustomizers,
  oidcSessionConfig,
  organizationRoleResourceScopes.routes,
  organizationRoleScopes.routes,
  organizationRoles,
  organizationScopes,
  organizations,
  personalAccessTokens,
  provisionedDomains,
  provisionedRoles.routes,
  resourceScopes,
  resources,
  roleScopes.routes,
  roleUsers.routes,
  roles,
  signInExperience,
  ssoConnectors,
  ssoSigningKeys,
  userIdentities,
  userRoles,
  users,
];

/** What answers for one tenant. */
export function createApplication(tenant: Tenant): Koa {
  const application = new Koa();
  application.on("error", (error) => logUnexpected(error));
  application.use(logRequests());
  application.use(async (context, next) => {
    context.set("Logto-Core-Request-Id", newShortId());
    await next();
  });
  application.use(handleErrors());
  application.use(describeOidcErrors());
  application.use(compress());
  application.use(mount("/oidc", oidcApplication(tenant)));
  application.use(mount("/api", api(tenant)));
  application.use(pages(tenant));
  return application;
}

/** What a person's browser opens. */
function pages(tenant: Tenant): Koa.Middleware {
  const router = new Router();
  router.get("/consent", consent(tenant) as Koa.Middleware);
  router.post("/consent", parseBody() as Koa.Middleware, answerConsent(tenant) as Koa.Middleware);
  signInPages(router, tenant);
  return router.routes() as Koa.Middleware;
}

function api(tenant: Tenant): Koa {
  const application = new Koa();
  const anyone = new Router();
  for (const addRoutes of openToAnyone) {
    addRoutes(anyone, tenant);
  }
  const people = new Router();
  people.use(onlyFromOwnPages(tenant), parseBody());
  for (const addRoutes of experienceApi) {
    addRoutes(people, tenant);
  }
  const management = new Router();
  management.use(requireManagementToken(tenant), parseBody());
  for (const addRoutes of managementApi) {
    addRoutes(management, tenant);
  }
  for (const router of [anyone, people, management]) {
    application.use(router.routes() as Koa.Middleware);
    application.use(router.allowedMethods() as Koa.Middleware);
  }
  return application;
}

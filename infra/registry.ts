import { createRequire } from "node:module";
import path from "node:path";
import type { AnyKind } from "./logto/mechanism/kind";
import type { DynamicProvider } from "./provider/dynamic-provider";
import { userError } from "./user-error";

/** What is known of a type without loading its code. */
export interface RegisteredType {
  /** The module that exports its `provider`, from the project's root, without its extension. */
  module: string;
  /**
   * Earlier paths of that module, each that a release or `main` ever had. States written before their text named
   * the type name these. Never remove one: a resource keeps its text until it changes.
   */
  formerModules?: readonly string[];
  /** The module declares a kind of Logto's objects (`managementResource`), and exports its `kind` as well. Default: false. */
  isKind?: boolean;
}

/**
 * Every type of resource that is TypeScript in this project, by the name that its URNs and states have.
 *
 * Adding a kind takes an entry here besides its own file; moving a file takes its new path here. Nothing is loaded by
 * reading this: each process loads only the types that it uses.
 */
const types = {
  "logto:AccessTokenCustomizer": { module: "infra/logto/access-token-customizer", isKind: true },
  "logto:AccountCenter": { module: "infra/logto/account-center", isKind: true },
  "logto:ApiResource": { module: "infra/logto/api-resource", isKind: true },
  "logto:Application": { module: "infra/logto/application", isKind: true },
  "logto:CaptchaProvider": { module: "infra/logto/captcha-provider", isKind: true },
  "logto:ClientCredentialsCustomizer": {
    module: "infra/logto/client-credentials-customizer",
    isKind: true,
  },
  "logto:Connector": { module: "infra/logto/connector", isKind: true },
  "logto:CustomPhrases": { module: "infra/logto/custom-phrases", isKind: true },
  "logto:CustomProfileField": { module: "infra/logto/custom-profile-field", isKind: true },
  "logto:EmailTemplates": { module: "infra/logto/email-templates", isKind: true },
  "logto:IdTokenClaims": { module: "infra/logto/id-token-claims", isKind: true },
  "logto:Organization": { module: "infra/logto/organization", isKind: true },
  "logto:OrganizationRole": { module: "infra/logto/organization-role", isKind: true },
  "logto:OrganizationScope": { module: "infra/logto/organization-scope", isKind: true },
  "logto:PostFirstFactorVerificationAction": {
    module: "infra/logto/post-first-factor-verification-action",
    isKind: true,
  },
  "logto:PostSignInAction": { module: "infra/logto/post-sign-in-action", isKind: true },
  "logto:Role": { module: "infra/logto/role", isKind: true },
  "logto:SendGridConnector": { module: "infra/logto/sendgrid-connector", isKind: true },
  "logto:SessionLifetime": { module: "infra/logto/session-lifetime", isKind: true },
  "logto:SignInExperience": { module: "infra/logto/sign-in-experience", isKind: true },
  "logto:SsoConnector": { module: "infra/logto/sso-connector", isKind: true },
  "logto:User": { module: "infra/logto/user", isKind: true },
  "logto:Webhook": { module: "infra/logto/webhook", isKind: true },
  "sendgrid:Preflight": { module: "infra/sendgrid/preflight" },
  "logto-server:Administrator": {
    module: "infra/server/database/administrator",
    formerModules: ["infra/server/administrator"],
  },
  "logto-server:ClosedConsole": {
    module: "infra/server/database/closed-console",
    formerModules: ["infra/server/closed-console"],
  },
  "logto-server:DatabaseRole": {
    module: "infra/server/database/database-role",
    formerModules: ["infra/server/database-role"],
  },
  "logto-server:EmbeddedPostgres": {
    module: "infra/server/embedded/embedded-postgres",
    formerModules: ["infra/server/embedded-postgres"],
  },
  "logto-server:FinishedContainer": {
    module: "infra/server/docker/finished-container",
    formerModules: ["infra/server/finished-container"],
  },
  "logto-server:LogtoDatabase": {
    module: "infra/server/embedded/logto-database",
    formerModules: ["infra/server/logto-database"],
  },
  "logto-server:ManagementAccess": {
    module: "infra/server/database/management-access",
    formerModules: ["infra/server/management-access"],
  },
  "logto-server:Outbox": {
    module: "infra/server/embedded/outbox",
    formerModules: ["infra/server/outbox"],
  },
  "logto-server:PublishedPorts": {
    module: "infra/server/docker/published-ports",
    formerModules: ["infra/server/published-ports"],
  },
  "logto-server:ReadyContainer": {
    module: "infra/server/docker/ready-container",
    formerModules: ["infra/server/ready-container"],
  },
  "logto-server:Sandbox": {
    module: "infra/server/embedded/sandbox",
    formerModules: ["infra/server/sandbox"],
  },
  "logto-server:UpgradeCheck": {
    module: "infra/server/database/upgrade-check",
    formerModules: ["infra/server/upgrade-check"],
  },
} as const satisfies Record<string, RegisteredType>;

export type ResourceType = keyof typeof types;

export const registry: Readonly<Record<ResourceType, RegisteredType>> = types;

export const resourceTypes = Object.keys(types) as readonly ResourceType[];

const root = path.dirname(__dirname);

/**
 * The provider of a type.
 *
 * @throws a user error if this version has no such type: the state that names it is a newer version's
 */
export function providerOf(type: string): DynamicProvider<object, object> {
  const registered = Object.entries(registry).find(([name]) => name === type)?.[1];
  if (registered === undefined) throw unknownToThisVersion(type);
  const { provider } = load(registered.module) as { provider: DynamicProvider<object, object> };
  return provider;
}

/** The types whose objects are declared by their kind. */
export const kindTypes = resourceTypes.filter((type) => registry[type].isKind);

/** The kinds themselves, for code that must know each: policies, the review, tests. Loads their modules. */
export function kinds(): AnyKind[] {
  return kindTypes.map((type) => (load(registry[type].module) as { kind: AnyKind }).kind);
}

function load(module: string): unknown {
  return createRequire(__filename)(path.join(root, module));
}

/**
 * The present path of the module that was at `former` when a state was written; `former` itself if it never moved.
 */
export function presentModule(former: string): string {
  const moved = Object.values<RegisteredType>(registry).find(({ formerModules = [] }) =>
    formerModules.includes(former),
  );
  return moved?.module ?? former;
}

/** @param what the type that a state names, or the module that a state of an older version names */
export function unknownToThisVersion(what: string): Error {
  return userError(
    `The state holds a resource of ${what}, which this version of logto-stack does not know, so a newer one declared it: run the command again with that version. The resource is left as it is.`,
  );
}

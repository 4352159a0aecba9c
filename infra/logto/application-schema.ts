import { z } from "zod";
import { anyText, choice, flag, list, object, text, wholeNumber } from "../fields";
import { freeData } from "./mechanism/mark";
import { corsOrigin, lifetime, redirectUri, webUri } from "./oidc-client";

/** The types whose users sign in: with a server of its own, in the browser, on a device. */
export const userApplicationTypes = ["Traditional", "SPA", "Native"] as const;

const applicationTypes = [...userApplicationTypes, "MachineToMachine"] as const;

/** The type of an application. It decides how users sign in and whether there are secrets. */
export type ApplicationType = (typeof applicationTypes)[number];

/** The types of which Logto makes and takes client secrets. */
export const typesWithSecrets = ["Traditional", "MachineToMachine"] as const;

const shortName = text(
  "a name of 1 to 256 characters",
  (name) => name.trim() !== "" && name.length <= 256,
);

/** The OpenID Connect side of an application. URIs take wildcards in host and path, as Logto does. */
export const oidcClientMetadata = object({
  /**
   * URIs that Logto may send a user back to after sign-in: http, https or an app's own scheme, without a fragment.
   * Default: none, and users cannot sign in yet.
   */
  redirectUris: list(
    redirectUri,
    "a list of URLs, such as http://localhost:3000/callback",
  ).optional(),
  /** URIs that Logto may send a user back to after sign-out. Default: none. */
  postLogoutRedirectUris: list(
    redirectUri,
    "a list of URLs, such as http://localhost:3000/",
  ).optional(),
  /** Called by Logto when the user's session ends: http or https. */
  backchannelLogoutUri: webUri("https://bookstore.example/logout").optional(),
  /** Whether the back-channel call must name the session. Default: false. */
  backchannelLogoutSessionRequired: flag().optional(),
  /** Shown on the consent page of a third-party application: over https, as Logto's pages load nothing else. */
  logoUri: webUri("https://bookstore.example/logo.svg").optional(),
});

/** How tokens are issued to an application. */
export const customClientMetadata = object({
  /** Origins, such as `https://bookstore.example`, whose pages may call Logto from the browser. */
  corsAllowedOrigins: list(
    corsOrigin,
    "a list of origins, such as https://bookstore.example",
  ).optional(),
  /** Seconds, 1 to 8000000000000. Default: 3600. */
  idTokenTtl: lifetime.optional(),
  /** Seconds, 1 to 8000000000000. Deprecated by Logto for `refreshTokenTtlInDays`. */
  refreshTokenTtl: lifetime.optional(),
  /** Days, 1 to 180. Default: 14. */
  refreshTokenTtlInDays: wholeNumber(1, 180, "whole days").optional(),
  /** Whether a refresh token is replaced when most of its time is over. Default: true. */
  rotateRefreshToken: flag().optional(),
  /** Whether a refresh token is issued without the prompt for consent. Default: false. */
  alwaysIssueRefreshToken: flag().optional(),
  /** First-party applications only. Default: false. */
  allowTokenExchange: flag().optional(),
  /** Sign-in on a second device, for `Native` only. Changing it replaces the application. Default: false. */
  isDeviceFlow: flag().optional(),
  /** How many sessions one user may have with this application. Default: no limit. */
  maxAllowedGrants: wholeNumber(1).optional(),
  tenantId: anyText("the id of a tenant").optional(),
});

/** A client secret by name. */
const applicationSecret = object({
  name: shortName,
  /** RFC 3339, such as `2027-01-31T00:00:00Z`. Default: never. Cannot be changed: add another secret. */
  expiresAt: text("a time such as 2027-01-31T00:00:00Z", isTime)
    .transform((time) => new Date(time).toISOString())
    .optional(),
});

function isTime(value: string): boolean {
  return z.string().datetime({ offset: true }).safeParse(value).success;
}

/** What can be declared of an application. */
export const applicationFields = {
  /** The name that users see, 1 to 256 characters, and not blank. Not unique in Logto. */
  name: shortName,
  /** Changing it replaces the application: a new client id. Protected and SAML applications are not made here. */
  type: choice(applicationTypes),
  description: anyText("a text").optional(),
  oidcClientMetadata: oidcClientMetadata.optional(),
  customClientMetadata: customClientMetadata.optional(),
  /** Data of your own. The key `logto-stack` is taken: it marks the application as this resource's. */
  customData: freeData().optional(),
  /** Whether users are asked for consent. Changing it replaces the application. Default: false. */
  isThirdParty: flag().optional(),
  /** Whether only assigned users may sign in. Default: false. */
  appLevelAccessControlEnabled: flag().optional(),
  /**
   * The client secrets, for `Traditional` and `MachineToMachine`; the first is the output `clientSecret`.
   * To rotate: add a second, move the application over, remove the first. Default: the one that Logto
   * makes, `Default secret`; for an adopted application, those that it has.
   */
  secrets: list(applicationSecret, "a list of secrets, each with a name")
    .min(1, "expected at least one secret")
    .optional(),
};

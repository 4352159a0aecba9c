import type { z } from "zod";
import type { Problem, Rule } from "../checks";
import { choice, flag, list, object, shortText, text } from "../fields";
import { isObject } from "../properties";
import { isWebUrl } from "../url";
import { isPicture, pictureExpectation } from "./page-content";

const providers = ["OIDC", "SAML", "AzureAD", "GoogleWorkspace", "Okta", "AzureAdOidc"] as const;
type Provider = (typeof providers)[number];

/** Domains at which anybody can have an address, as Logto lists them. */
export const publicDomains = [
  ...["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "icloud.com"],
  ...["aol.com", "yandex.com", "mail.com", "protonmail.com", "yanex.com", "gmx.com"],
  ...["mail.ru", "zoho.com", "qq.com", "163.com", "126.com", "sina.com", "sohu.com"],
];

const client = ["clientId", "clientSecret", "scope"];
const oidc = [...client, "issuer", "trustUnverifiedEmail"];
/** The three ways to say what a SAML identity provider is, in the order in which Logto looks for them. */
const samlWays = [["metadataUrl"], ["metadata"], ["entityId", "signInEndpoint", "x509Certificate"]];
const saml = [...samlWays.flat(), "attributeMapping"];
/** What others can set up in a SAML connector, and this project does not declare. */
const undeclared = ["signAuthnRequest", "requestSignatureAlgorithm"];

/** What a config holds for each provider; Logto drops the rest. */
const places: Readonly<Record<Provider, readonly string[]>> = {
  OIDC: oidc,
  Okta: oidc,
  AzureAdOidc: oidc,
  GoogleWorkspace: client,
  SAML: saml,
  AzureAD: saml,
};

const webUrl = (example: string) => text(`an http or https URL, such as ${example}`, isWebUrl);
const picture = () => text(pictureExpectation, isPicture);
const domain = () =>
  text("a domain, such as corp.example", (value) => /^[^\s@./]+(?:\.[^\s@./]+)+$/.test(value))
    .transform((value) => value.toLowerCase())
    .refine(
      (value) => !publicDomains.includes(value),
      "is a domain at which anybody can have an address",
    );

export const ssoConnectorInputs = {
  /** The identity provider. Changing it replaces the connector, which breaks what the customer registered: see `deleteOnDestroy`. */
  providerName: choice(providers),
  /** The name in the console, 1 to 128 characters. Unique among SSO connectors. */
  connectorName: shortText(128),
  /** What the provider needs, whole: Logto takes no part of it. Default: none, nobody can sign in yet. */
  config: object({
    /** The id of Logto at the provider; not for SAML and AzureAD. */
    clientId: text("the id of a client").optional(),
    /** Its secret; not for SAML and AzureAD. Secret. */
    clientSecret: text("the secret of a client").optional(),
    /** What is asked for besides `openid profile email`, with spaces between; not for SAML and AzureAD. Default: nothing. */
    scope: text("scopes with spaces between").optional(),
    /** Where the provider's discovery document lies, without `/.well-known/openid-configuration`; for OIDC, Okta, AzureAdOidc. */
    issuer: webUrl("https://login.corp.example").optional(),
    /** Whether an address that the provider has not verified counts; for OIDC, Okta, AzureAdOidc. Default: false. */
    trustUnverifiedEmail: flag().optional(),
    /** Where a SAML provider's metadata lies. This, `metadata`, or the three that follow it. */
    metadataUrl: webUrl("https://login.corp.example/metadata").optional(),
    /** The metadata itself, XML. */
    metadata: text("XML", (value) => value.trim().startsWith("<")).optional(),
    entityId: text("the entity id of the identity provider").optional(),
    signInEndpoint: webUrl("https://login.corp.example/saml").optional(),
    /** The certificate with which it signs, PEM. */
    x509Certificate: text("a certificate").optional(),
    /** The attributes of a SAML answer that hold a user's id, address and name. Default: `id`, `email` and `name`. */
    attributeMapping: object({
      id: text("the name of an attribute").optional(),
      email: text("the name of an attribute").optional(),
      name: text("the name of an attribute").optional(),
    }).optional(),
  }).optional(),
  /** The domains of the e-mail addresses of those who sign in with it, whatever their case. Default: none. */
  domains: list(domain(), "a list of domains").optional(),
  /** What the sign-in pages show. Default: the provider's own. */
  branding: object({
    displayName: shortText(128).optional(),
    logo: picture().optional(),
    darkLogo: picture().optional(),
  }).optional(),
  /** Whether name and picture are taken over at each sign-in, and not only at the first. Default: false. */
  syncProfile: flag().optional(),
  /** Whether Logto keeps the provider's tokens, for which it must be set up. Default: false. */
  enableTokenStorage: flag().optional(),
  /** Whether the connector is deleted from Logto when the resource goes, and may be replaced. Default: false. */
  deleteOnDestroy: flag().optional(),
};

interface Inputs {
  providerName: Provider;
  config?: z.infer<(typeof ssoConnectorInputs)["config"]>;
}

export function isSaml(providerName: unknown): boolean {
  return providerName === "SAML" || providerName === "AzureAD";
}

/** Whether Logto can take it as the config of a connector. */
export function isWholeConfig(config: unknown): boolean {
  return isObject(config) && ["clientId", ...samlWays.flat()].some((place) => place in config);
}

/** The places that a declared config can have, those of another way to say the same left out. */
export function placesOf({ config }: { config?: unknown }): readonly string[] | undefined {
  if (!isObject(config)) return undefined;
  const way = samlWays.find(([first = ""]) => first in config);
  return way ? [...way, "attributeMapping", ...undeclared] : oidc;
}

export const fitsItsProvider: Rule<Inputs> = {
  reads: ["providerName", "config"],
  problems: ({ providerName, config }) => {
    if (config === undefined) return [];
    const own = places[providerName];
    const given = Object.keys(config);
    const problem = (place: string, message: string): Problem => ({
      path: ["config", place],
      message,
    });
    const strange = given
      .filter((place) => !own.includes(place))
      .map((place) =>
        problem(place, `is not for the provider ${providerName}, which takes ${own.join(", ")}`),
      );
    const missing = neededOf(providerName, given)
      .filter((place) => !given.includes(place))
      .map((place) => problem(place, `is missing: the provider ${providerName} needs it`));
    return [...strange, ...missing, ...severalWays(providerName, given, problem)];
  },
};

function neededOf(providerName: Provider, given: string[]): string[] {
  if (providerName === "GoogleWorkspace") return ["clientId", "clientSecret"];
  if (!isSaml(providerName)) return ["clientId", "clientSecret", "issuer"];
  return samlWays.find((way) => way.some((place) => given.includes(place))) ?? ["metadataUrl"];
}

function severalWays(
  providerName: Provider,
  given: string[],
  problem: (place: string, message: string) => Problem,
): Problem[] {
  const ways = samlWays.filter((way) => way.some((place) => given.includes(place)));
  return isSaml(providerName) && ways.length > 1
    ? ways
        .slice(1)
        .map(([place = ""]) =>
          problem(place, `expected one of ${ways.map(([first]) => first).join(" and ")}`),
        )
    : [];
}

import { X509Certificate } from "node:crypto";
import { type SsoConnector, SsoProviderName } from "@logto/schemas";
import { z } from "zod";
import { isObject } from "../../infra/properties";
import { ensure, LogtoError } from "../errors";

const oidc = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  issuer: z.string(),
  scope: z.string().optional(),
  trustUnverifiedEmail: z.boolean().default(false),
});
const samlCommon = z.object({
  attributeMapping: z.record(z.string()).optional(),
  signAuthnRequest: z.boolean().optional(),
  requestSignatureAlgorithm: z.string().optional(),
});
const saml = z.union([
  samlCommon.extend({ metadataUrl: z.string() }),
  samlCommon.extend({ metadata: z.string() }),
  samlCommon.extend({
    entityId: z.string(),
    signInEndpoint: z.string(),
    x509Certificate: z.string(),
  }),
]);
const guards: Record<SsoProviderName, z.ZodTypeAny> = {
  [SsoProviderName.OIDC]: oidc,
  [SsoProviderName.AZURE_AD_OIDC]: oidc,
  [SsoProviderName.OKTA]: oidc,
  [SsoProviderName.GOOGLE_WORKSPACE]: oidc.pick({
    clientId: true,
    clientSecret: true,
    scope: true,
  }),
  [SsoProviderName.SAML]: saml,
  [SsoProviderName.AZURE_AD]: saml,
};

/** What an identity provider's discovery document must hold. */
const discovery = z.object({
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  userinfo_endpoint: z.string().optional(),
  jwks_uri: z.string(),
  issuer: z.string(),
});

/** How long an identity provider may take, in milliseconds. */
const patience = 5_000;

export type Config = Record<string, unknown>;

/** A config without what its provider does not have; a part of one is refused. */
export function parseConfig(providerName: SsoProviderName, config: unknown): Config {
  const parsed = guards[providerName].safeParse(config);
  ensure(parsed.success, "connector.invalid_config");
  return parsed.data as Config;
}

/** Asks the identity provider, and refuses a config with which it does not answer as it should. */
export async function checkProvider(providerName: SsoProviderName, config: Config): Promise<void> {
  if (guards[providerName] === saml) return checkSaml(config);
  const { issuer } = config as { issuer?: string };
  // Google's is always the same, and the sandbox asks nothing beyond the addresses that it is given.
  if (issuer !== undefined) await discover(issuer);
}

/** What signing in with it would take, as far as the identity provider answers. */
export async function providerConfigOf({ config }: SsoConnector): Promise<Config | undefined> {
  const { issuer, scope = "" } = config as { issuer?: string; scope?: string };
  if (issuer === undefined) return undefined;
  try {
    const found = await discover(issuer);
    const scopes = ["openid", "profile", "email", ...scope.split(/[ +]/).filter(Boolean)];
    return {
      ...config,
      authorizationEndpoint: found.authorization_endpoint,
      tokenEndpoint: found.token_endpoint,
      ...(found.userinfo_endpoint && { userinfoEndpoint: found.userinfo_endpoint }),
      jwksUri: found.jwks_uri,
      issuer: found.issuer,
      scope: [...new Set(scopes)].join(" "),
    };
  } catch (error) {
    if (error instanceof LogtoError) return undefined;
    throw error;
  }
}

/** The addresses that the customer registers at the identity provider. */
export function serviceProvider(endpoint: string, id: string) {
  return {
    entityId: `${endpoint}/enterprise-sso/${id}`,
    assertionConsumerServiceUrl: `${endpoint}/api/authn/single-sign-on/saml/${id}`,
  };
}

async function discover(issuer: string): Promise<z.infer<typeof discovery>> {
  const refuse = (message: string, error: unknown) =>
    new LogtoError("connector.invalid_config", {
      data: { ssoErrorCode: "invalid_config", config: { issuer }, message, error },
    });
  const text = await fetchText(`${issuer}/.well-known/openid-configuration`, (error) =>
    refuse("fail_to_fetch_config", error),
  );
  const document = parseJson(text);
  if (!isObject(document)) {
    const error = { code: "invalid_response", data: { message: text } };
    throw refuse("fail_to_fetch_config", error);
  }
  const parsed = discovery.safeParse(document);
  if (!parsed.success) throw refuse("invalid_config_response", parsed.error.flatten());
  return parsed.data;
}

async function checkSaml(config: Config): Promise<void> {
  const { metadataUrl, metadata } = config as { metadataUrl?: string; metadata?: string };
  const refuse = (error: unknown) =>
    new LogtoError("connector.invalid_metadata", {
      data: { ssoErrorCode: "invalid_metadata", message: "fail_to_fetch_config", error },
    });
  const xml = metadataUrl === undefined ? metadata : await fetchText(metadataUrl, refuse);
  const certificate =
    xml === undefined
      ? (config["x509Certificate"] as string)
      : (/<(?:\w+:)?X509Certificate>([^<]+)</.exec(xml)?.[1] ?? null);
  const isCertificate = certificate !== null && canRead(certificate);
  ensure(isCertificate, "connector.invalid_certificate", {
    data: {
      ssoErrorCode: "invalid_certificate",
      config: { x509Certificate: certificate },
      error: {},
    },
  });
}

function canRead(certificate: string): boolean {
  const begin = "-----BEGIN CERTIFICATE-----";
  const isWhole = certificate.trim().startsWith(begin);
  const pem = isWhole ? certificate : `${begin}\n${certificate.trim()}\n-----END CERTIFICATE-----`;
  try {
    return new X509Certificate(pem).validTo !== "";
  } catch {
    return false;
  }
}

async function fetchText(url: string, refuse: (error: unknown) => LogtoError): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(patience) }).catch(
    (error: unknown) => {
      throw refuse({ name: "RequestError", message: (error as Error).message });
    },
  );
  const text = await answer.text();
  if (!answer.ok) throw refuse(text);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

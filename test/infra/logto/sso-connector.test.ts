import { singleSignOnDomainBlackList } from "@logto/schemas";
import { publicDomains } from "../../../infra/logto/sso-connector-schema";
import { makeCertificate } from "../../support/certificate";
import type { Tracked } from "../../support/engine";
import { freePort } from "../../support/free-port";
import { type IdentityProvider, startIdentityProvider } from "../../support/identity-provider";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { evaluateProvider, failuresOf } from "../../support/provider";

const type = "logto:SsoConnector";
const provider = evaluateProvider<object, object>(type, { "logto:fingerprintKey": "key" });
const named = (providerName: string) => ({ providerName, connectorName: "Corporate" });

jest.setTimeout(60_000);

test("the domains of anybody are those that Logto refuses", () => {
  expect(publicDomains).toEqual([...singleSignOnDomainBlackList]);
});

const client = { clientId: "shop", clientSecret: "canary" };
const issuer = "https://login.corp.example";

test.each<[what: string, inputs: object, failures: string[]]>([
  [
    "an unknown provider without a name",
    { providerName: "Nope" },
    [
      "providerName: expected one of OIDC, SAML, AzureAD, GoogleWorkspace, Okta, AzureAdOidc",
      "connectorName: is missing: expected 1 to 128 characters",
    ],
  ],
  [
    "a part of a config, which Logto takes for none",
    { ...named("OIDC"), config: { clientId: "shop" } },
    [
      "config.clientSecret: is missing: the provider OIDC needs it",
      "config.issuer: is missing: the provider OIDC needs it",
    ],
  ],
  [
    "an empty config",
    { ...named("SAML"), config: {} },
    ["config.metadataUrl: is missing: the provider SAML needs it"],
  ],
  [
    "what belongs to another provider",
    { ...named("GoogleWorkspace"), config: { ...client, issuer } },
    [
      "config.issuer: is not for the provider GoogleWorkspace, which takes clientId, clientSecret, scope",
    ],
  ],
  [
    "what Logto drops",
    { ...named("Okta"), config: { ...client, issuer, audience: "x" } },
    ["config.audience: is not an input"],
  ],
  [
    "two ways to say what a SAML provider is",
    { ...named("AzureAD"), config: { metadataUrl: `${issuer}/metadata`, metadata: "<x/>" } },
    ["config.metadata: expected one of metadataUrl and metadata"],
  ],
  [
    "a SAML provider that is not whole",
    { ...named("SAML"), config: { entityId: "urn:corp", x509Certificate: "x" } },
    ["config.signInEndpoint: is missing: the provider SAML needs it"],
  ],
  [
    "domains of anybody, twice the same, and what is none",
    { ...named("OIDC"), domains: ["GMail.com", "b.example", "corp@b.example"] },
    [
      "domains[0]: is a domain at which anybody can have an address",
      "domains[2]: expected a domain, such as corp.example",
    ],
  ],
  [
    "a domain that comes twice in another case",
    { ...named("OIDC"), domains: ["b.example", "B.example"] },
    ['domains[1]: "b.example" is listed twice'],
  ],
])("%s is refused before a request", async (_, inputs, failures) => {
  expect(await failuresOf(provider, inputs)).toEqual(failures);
});

describe("in Logto", () => {
  let logto: LogtoForTests;
  let identityProvider: IdentityProvider;
  beforeAll(async () => {
    identityProvider = await startIdentityProvider();
    logto = await startLogtoForTests();
  });
  afterAll(async () => {
    await logto.stop();
    await identityProvider.close();
  });

  const config = () => ({ ...client, issuer: identityProvider.issuer });
  const remove = ({ id }: { id: string }) => logto.send("DELETE", `/api/sso-connectors/${id}`);

  test("domains are stored in lower case, and are no change in another one or in another order", async () => {
    const inputs = { ...named("OIDC"), config: config(), domains: ["Corp.example", "b.example"] };
    const made = await logto.up(type, inputs);
    const { domains } = await logto.get(`/api/sso-connectors/${made.id}`);
    expect(domains).toEqual(["corp.example", "b.example"]);
    const other = { ...inputs, domains: ["CORP.example", "b.example"] };
    expect(await logto.hasChanges(type, other, made)).toBe(false);
    const turned = { ...inputs, domains: ["b.example", "corp.example"] };
    expect(await logto.writesDuring(() => logto.up(type, turned, made))).toEqual([]);
    await remove(made);
  });

  test("the addresses to register at the identity provider are outputs", async () => {
    const { endpoint } = logto.sandbox;
    const oidc = await logto.up(type, named("OIDC"));
    const saml = await logto.up(type, { ...named("SAML"), connectorName: "Other" });
    expect(oidc.state).toMatchObject({ redirectUri: `${endpoint}/callback/${oidc.id}` });
    expect(oidc.state).not.toHaveProperty("assertionConsumerServiceUrl");
    const { providerConfig } = await logto.get(`/api/sso-connectors/${saml.id}`);
    const { serviceProvider } = providerConfig as { serviceProvider: Record<string, string> };
    expect(saml.state).toMatchObject({
      assertionConsumerServiceUrl: serviceProvider["assertionConsumerServiceUrl"],
      serviceProviderEntityId: serviceProvider["entityId"],
    });
    expect(saml.state).not.toHaveProperty("redirectUri");
    await remove(oidc);
    await remove(saml);
  });

  test("another provider is refused with what would break, until an up has said that it may be", async () => {
    const made = await logto.up(type, named("OIDC"));
    const other = { ...named("Okta"), deleteOnDestroy: true };
    const failures = async (olds: object) => (await provider.check(olds, other)).failures ?? [];
    const [refused] = await failures(made.state);
    expect(refused?.reason).toMatch(
      /^providerName: cannot change without replacing the SSO connector "Corporate" \(OIDC\)\. It gets a new id, .* declare deleteOnDestroy: true, run up, and change it then$/,
    );
    const allowed = await logto.up(type, { ...named("OIDC"), deleteOnDestroy: true }, made);
    expect(await failures(allowed.state)).toEqual([]);
    await logto.destroy(type, allowed);
    expect((await logto.sandbox.request("GET", `/api/sso-connectors/${made.id}`)).status).toBe(404);
  });

  test("it stays when the resource goes, with a warning, and a later up goes on with it", async () => {
    const made = await logto.up(type, named("OIDC"));
    const before = logto.warnings.length;
    await logto.destroy(type, made);
    expect(logto.warnings.slice(before).join()).toContain('Left the SSO connector "Corporate"');
    expect((await logto.up(type, named("OIDC"))).id).toBe(made.id);
    await remove(made);
  });

  test("an identity provider that does not answer, or not as it should, is told without the client's request", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const failing: [issuer: string, said: string][] = [
      [nowhere, "fail_to_fetch_config"],
      [`${identityProvider.issuer}/broken`, "invalid_config_response"],
    ];
    for (const [issuer, said] of failing) {
      const inputs = { ...named("OIDC"), config: { ...client, issuer } };
      const failure = logto.up(type, inputs);
      await expect(failure).rejects.toThrow(new RegExp(`connector\\.invalid_config: .*${said}$`));
      await expect(failure).rejects.not.toThrow(/canary|RequestError|fieldErrors/);
    }
  });

  test("a SAML provider is said in another way, and nothing of the first one stays", async () => {
    const { cert } = await makeCertificate(["login.corp.example"]);
    const base64 = cert.replace(/-----[^-]+-----|\s/g, "");
    const metadata = `<EntityDescriptor><X509Certificate>${base64}</X509Certificate></EntityDescriptor>`;
    const manual = { entityId: "urn:corp", signInEndpoint: issuer, x509Certificate: cert };
    let tracked: Tracked = await logto.up(type, { ...named("SAML"), config: { metadata } });
    for (const declared of [manual, { metadata }, { ...manual, attributeMapping: { id: "uid" } }]) {
      tracked = await logto.up(type, { ...named("SAML"), config: declared }, tracked);
      const stored = await logto.get(`/api/sso-connectors/${tracked.id}`);
      expect(stored["config"]).toEqual(declared);
    }
    await remove(tracked);
  });

  test("a config cannot go, which is said before anything is written", async () => {
    const made = await logto.up(type, { ...named("OIDC"), config: config() });
    const writes = await logto.writesDuring(async () => {
      await expect(logto.up(type, named("OIDC"), made)).rejects.toThrow(
        "config: Logto cannot take the config away from the SSO connector",
      );
    });
    expect(writes).toEqual([]);
    await remove(made);
  });
});

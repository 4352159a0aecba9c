import { unknownValue } from "../../../infra/checks";
import { evaluateProvider, failuresOf } from "../../support/provider";

const provider = evaluateProvider<object, object>("logto:Application");

const valid = {
  name: "Bookstore",
  type: "Traditional",
  description: "Flask",
  oidcClientMetadata: {
    redirectUris: ["http://localhost:3000/callback", "https://*.bookstore.example/callback"],
    postLogoutRedirectUris: ["http://localhost:3000/"],
  },
  customClientMetadata: { refreshTokenTtlInDays: 7 },
  customData: { team: "books" },
  managedBy: "urn:test",
};

test("a valid application passes and gets the secret that Logto makes", async () => {
  const { inputs, failures } = await provider.check({}, valid);
  expect(failures).toBeUndefined();
  expect(inputs).toEqual({ ...valid, secrets: [{ name: "Default secret" }] });
});

test("an application without secrets of its own and an adopted one get none", async () => {
  for (const change of [{ type: "SPA" }, { adoptId: "abc" }, { adopt: "ifPresent" }]) {
    const { inputs } = await provider.check({}, { ...valid, ...change });
    expect(inputs).toEqual({ ...valid, ...change });
  }
});

const native = { ...valid, type: "Native" };

test.each<[string, object, string]>([
  [
    "no name",
    { ...valid, name: undefined },
    "name: is missing: expected a name of 1 to 256 characters",
  ],
  ["an empty name", { ...valid, name: "" }, "name: expected a name of 1 to 256 characters"],
  [
    "a name that is too long",
    { ...valid, name: "x".repeat(257) },
    "name: expected a name of 1 to 256 characters",
  ],
  [
    "an unknown type",
    { ...valid, type: "Web" },
    "type: expected one of Traditional, SPA, Native, MachineToMachine",
  ],
  [
    "a SAML application",
    { ...valid, type: "SAML" },
    "type: expected one of Traditional, SPA, Native, MachineToMachine",
  ],
  [
    "a redirect URI that is no URL",
    { ...valid, oidcClientMetadata: { redirectUris: ["http://a.example/", "not a url"] } },
    "oidcClientMetadata.redirectUris[1]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "a redirect URI that runs",
    { ...valid, oidcClientMetadata: { redirectUris: ["javascript:alert(1)"] } },
    "oidcClientMetadata.redirectUris[0]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "a redirect URI with a wildcard for a top-level domain",
    { ...valid, oidcClientMetadata: { postLogoutRedirectUris: ["https://*/"] } },
    "oidcClientMetadata.postLogoutRedirectUris[0]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "a sign-out URI with a fragment",
    { ...valid, oidcClientMetadata: { postLogoutRedirectUris: ["http://localhost:3000/#/bye"] } },
    "oidcClientMetadata.postLogoutRedirectUris[0]: expected a URL without a fragment (#…): with one Logto refuses every sign-in of the application",
  ],
  [
    "a fragment of a machine's application",
    {
      ...valid,
      type: "MachineToMachine",
      oidcClientMetadata: { redirectUris: ["io.app://cb#"] },
    },
    "oidcClientMetadata.redirectUris[0]: expected a URL without a fragment (#…): with one Logto refuses every sign-in of the application",
  ],
  [
    "no redirect URI",
    { ...valid, oidcClientMetadata: { redirectUris: [] } },
    "oidcClientMetadata.redirectUris: expected at least one: without one Logto refuses every sign-in of the application",
  ],
  [
    "a wildcard that Logto never matches",
    { ...valid, oidcClientMetadata: { redirectUris: ["https://*.example/callback"] } },
    "oidcClientMetadata.redirectUris[0]: expected * only in the path and in the host before its last two labels, as in https://*.bookstore.example/callback: Logto never matches another pattern",
  ],
  [
    "a back-channel address of an app",
    { ...valid, oidcClientMetadata: { backchannelLogoutUri: "io.app://logout" } },
    "oidcClientMetadata.backchannelLogoutUri: expected an http or https URL, such as https://bookstore.example/logout",
  ],
  [
    "a logo as data",
    { ...valid, oidcClientMetadata: { logoUri: "data:image/png;base64,iVBORw0KGgo=" } },
    "oidcClientMetadata.logoUri: expected an http or https URL, such as https://bookstore.example/logo.svg",
  ],
  [
    "an ID token for longer than there are dates",
    { ...valid, customClientMetadata: { idTokenTtl: 1e20 } },
    "customClientMetadata.idTokenTtl: expected a positive number of seconds, at most 8000000000000",
  ],
  [
    "a refresh token for half a second",
    { ...valid, customClientMetadata: { refreshTokenTtl: 0.5 } },
    "customClientMetadata.refreshTokenTtl: expected a positive number of seconds, at most 8000000000000",
  ],
  [
    "a logo that is no URL",
    { ...valid, oidcClientMetadata: { logoUri: "logo.svg" } },
    "oidcClientMetadata.logoUri: expected an http or https URL, such as https://bookstore.example/logo.svg",
  ],
  [
    "a refresh token for half a year",
    { ...valid, customClientMetadata: { refreshTokenTtlInDays: 181 } },
    "customClientMetadata.refreshTokenTtlInDays: expected whole days, 1 to 180",
  ],
  [
    "an ID token that is never valid",
    { ...valid, customClientMetadata: { idTokenTtl: 0 } },
    "customClientMetadata.idTokenTtl: expected a positive number of seconds, at most 8000000000000",
  ],
  [
    "an origin with a path",
    { ...valid, customClientMetadata: { corsAllowedOrigins: ["https://b.example/shop"] } },
    "customClientMetadata.corsAllowedOrigins[0]: expected an origin without a path, such as https://b.example",
  ],
  [
    "the device flow of a web application",
    { ...valid, customClientMetadata: { isDeviceFlow: true } },
    "customClientMetadata.isDeviceFlow: only a Native application can use the device flow, this one is Traditional",
  ],
  [
    "token exchange by a third party",
    { ...valid, isThirdParty: true, customClientMetadata: { allowTokenExchange: true } },
    "customClientMetadata.allowTokenExchange: a third-party application cannot exchange tokens",
  ],
  [
    "the key of the mark in customData",
    { ...valid, customData: { "logto-stack": {} } },
    "customData: the key logto-stack is taken by this project",
  ],
  ["an input that there is not", { ...valid, redirectUris: [] }, "redirectUris: is not an input"],
  [
    "a nested input that there is not",
    { ...valid, oidcClientMetadata: { redirectUri: "x" } },
    "oidcClientMetadata.redirectUri: is not an input",
  ],
  [
    "secrets of a native application",
    { ...native, secrets: [{ name: "one" }] },
    "secrets: an application of type Native has no secrets",
  ],
  [
    "two secrets of one name",
    { ...valid, secrets: [{ name: "one" }, { name: "one" }] },
    'secrets[1].name: "one" is listed twice',
  ],
  [
    "an expiry that is no time",
    { ...valid, secrets: [{ name: "one", expiresAt: "tomorrow" }] },
    "secrets[0].expiresAt: expected a time such as 2027-01-31T00:00:00Z",
  ],
  ["no secret at all", { ...valid, secrets: [] }, "secrets: expected at least one secret"],
  [
    "two ways to adopt",
    { ...valid, adoptId: "abc", adopt: "never" },
    'adopt: expected "required" or nothing with adoptId',
  ],
])("%s is refused by the name of the property", async (_, news, expected) => {
  expect(await failuresOf(provider, news)).toEqual([expected]);
});

test("all failures are reported at once, those of a rule among them", async () => {
  const news = {
    ...native,
    name: "",
    oidcClientMetadata: { redirectUris: ["nope"], logoUri: "nope" },
    secrets: [{ name: "one" }],
  };
  expect((await failuresOf(provider, news)).map((line) => line.split(":")[0])).toEqual([
    "name",
    "oidcClientMetadata.redirectUris[0]",
    "oidcClientMetadata.logoUri",
    "secrets",
  ]);
});

test("the expiry of a secret cannot be moved", async () => {
  const wanted = { ...valid, secrets: [{ name: "one", expiresAt: "2027-01-31T00:00:00+01:00" }] };
  const { inputs: olds } = await provider.check({}, wanted);
  expect(await failuresOf(provider, wanted, olds)).toEqual([]);
  const moved = { ...valid, secrets: [{ name: "one", expiresAt: "2028-01-31T00:00:00Z" }] };
  expect(await failuresOf(provider, moved, olds)).toEqual([
    'secrets[0].expiresAt: Logto cannot change when "one" expires; add a secret of another name and remove this one later',
  ]);
});

test("what is not known yet passes, and what else is known is checked", async () => {
  const news = {
    ...valid,
    type: "Nope",
    description: unknownValue,
    oidcClientMetadata: { redirectUris: [unknownValue, "nope"], logoUri: unknownValue },
    customClientMetadata: unknownValue,
  };
  expect((await failuresOf(provider, news)).map((line) => line.split(":")[0])).toEqual([
    "type",
    "oidcClientMetadata.redirectUris[1]",
  ]);
});

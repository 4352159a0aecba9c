import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { DynamicProvider } from "../../infra/provider/dynamic-provider";
import { declareIdentity } from "../../stacks/identity";
import { platform } from "../../stacks/platform";
import { parseSettings, type PlainSettings } from "../../stacks/settings";
import { readTemplates } from "../../stacks/templates";
import { evaluateProvider, failuresOf } from "../support/provider";
import { registeredBy } from "../support/registered";

/*
 * One rule for one value: settings and resources check the same values, and neither may take what the other refuses.
 */

const templatesRead = readTemplates("infra/templates");
const configuration = {
  "logto:endpoint": "http://localhost:3001",
  "logto:clientSecret": "hL2kP9xQ4vN7tR1wZ6yB3cD8",
  "logto:fingerprintKey": "mJ5gF0sA2eU8iO4pK7lV1nX6",
};
const apiKey = "SG.canaryKeyOfTheTests.abcdefghijklmnop";
const secretKeys = new Set([
  "logto:clientSecret",
  "logto:fingerprintKey",
  "logto-stack:sendgridApiKey",
  "logto-stack:administratorPassword",
]);

/** A stack's configuration by key; an object is not JSON yet. */
type Configuration = Record<string, unknown>;

const administratorPassword = "Canary with milk 4711";

/** A right stack, with these values in it: a key that is an object gets them besides what it has. */
function stackWith(...changes: Configuration[]): Record<string, string> {
  const stack: Configuration = {
    ...configuration,
    "logto-stack:runtime": "embedded",
    "logto-stack:application": { name: "Bookstore", redirectUris: ["https://b.example/callback"] },
    "logto-stack:email": { fromEmail: "no-reply@bookstore.example" },
    "logto-stack:sendgridApiKey": apiKey,
    "logto-stack:signInExperience": { signUpIdentifier: "username" },
    "logto-stack:docker": { logtoImage: "svhd/logto:1.43.0", postgresImage: "postgres:17-alpine" },
  };
  for (const [key, value] of changes.flatMap(Object.entries)) {
    const isObject = typeof value === "object" && value !== null;
    stack[key] = isObject ? { ...(stack[key] as object), ...value } : value;
  }
  const texts = Object.entries(stack).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts) as Record<string, string>;
}

/** The settings of a stack; `undefined` if they are refused. */
function settingsOf(config: Record<string, string>): PlainSettings | undefined {
  try {
    return parseSettings({
      stack: "local",
      config,
      secretKeys,
      readTemplates: () => templatesRead,
    });
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return undefined;
    throw error;
  }
}

const provider = (type: string) =>
  evaluateProvider<object, object>(type, {
    ...configuration,
    "logto-stack:administratorPassword": administratorPassword,
  });
const application = provider("logto:Application");
const connector = provider("logto:SendGridConnector");
const signInExperience = provider("logto:SignInExperience");
const preflight = provider("sendgrid:Preflight");
const outbox = provider("logto-server:Outbox");
const postgres = provider("logto-server:EmbeddedPostgres");
const sandbox = provider("logto-server:Sandbox");
const managementAccess = provider("logto-server:ManagementAccess");
const administrator = provider("logto-server:Administrator");
const publishedPorts = provider("logto-server:PublishedPorts");

const templates = "templates" in templatesRead ? templatesRead.templates : [];
const databaseUrl = "postgres://logto:kD5xQ2mV8tR1wZ6y@127.0.0.1:5433/logto";
const inputsOf = new Map<DynamicProvider<object, object>, object>([
  [application, { name: "Bookstore", type: "Native", managedBy: "urn:test" }],
  [signInExperience, {}],
  [preflight, { apiKey, fromEmail: "no-reply@bookstore.example" }],
  [outbox, { directory: ".logto-stack/test/outbox", port: 3003, sendGridPort: 3004, apiKey }],
  [
    postgres,
    { directory: ".logto-stack/test/postgres", port: 5433, superuserPassword: "kD5xQ2mV8tR1wZ6y" },
  ],
  [
    sandbox,
    { directory: ".logto-stack/test/sandbox", endpoint: "http://localhost:3001", databaseUrl },
  ],
  [managementAccess, { databaseUrl }],
  [administrator, { databaseUrl, username: "ada" }],
  [publishedPorts, { ports: [] }],
]);
const config = { apiKey, fromEmail: "no-reply@bookstore.example", templates };
inputsOf.set(connector, {
  factoryId: "sendgrid-email-service",
  connectorId: "email",
  secretFields: ["apiKey"],
  config,
});

const text = fc.oneof(
  fc.constantFrom("", " ", "\n", " a ", "a\tb", "ü", "0", "true", "😀", "{{code}}", "<b>"),
  fc.constantFrom("a".repeat(256), "a".repeat(257), "😀".repeat(128), "😀".repeat(129)),
  fc.string(),
  fc.string({ unit: "grapheme", maxLength: 300 }),
);
/** What YAML makes of something else. */
const noText = fc.constantFrom(0, 1, -1, 1.5, 1e20, true, false, null, [], {}, ["a"]);
/** The engine drops a `null`, and a resource that has a default takes that. */
const noPort = fc.constantFrom("", "3003", true, [], {});
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 80, 255, 256, 257, 1023, 1024, 65_535, 65_536, 0.5, -1, 1e20, 2e15),
  fc.integer(),
  fc.integer({ min: 1000, max: 66_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const uri = fc.oneof(
  fc.constantFrom(
    ...["exp://192.168.3.137:8081", "servicestudiox11://auth", "app://cb", "app:cb"],
    ...["io.bookstore.app:/callback", "capacitor://localhost", "http://localhost:3000/#/bye"],
    ...["https://*.bookstore.example/cb", "https://*.example/", "https://b.example/*?a=*"],
    ...["javascript:alert(1)", "DATA:text/html,a", "https://b.example/../a", "//b.example", ""],
    ...["https://b.example/", "https://B.example", "http://b.example:80", "https://bücher.example"],
    ...["HTTPS://b.example/a", " https://b.example", "https://b.example ", "https:b.example/a"],
    ...[
      "https:///b.example",
      "http:/b.example",
      "https://b.example/a b",
      "https://user:p@b.example",
    ],
    ...["https://xn--bcher-kva.example/ü", "https://[::1]:8080/a", "https://b.example:99999"],
    ...[
      "mailto:help@b.example",
      "tel:+1",
      "ftp://b.example/a",
      "https:\\\\b.example",
      "https://b\n",
    ],
    ...[
      "data:image/png;base64,AA==",
      "DATA:image/png,a",
      "data:text/css,a",
      "data:image",
      "/logo.svg",
    ],
    `https://b.example/${"a".repeat(2030)}`,
    `https://b.example/${"a".repeat(2031)}`,
    `https://b.example/${"a".repeat(3000)}`,
    "http://localhost:3001/logo.svg",
    "HTTP://LOCALHOST:3001/logo.svg",
    "http://localhost:3001",
    "http://localhost:3002/logo.svg",
  ),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.webUrl({ withFragments: false }).map((url) => new URL(url).origin),
  fc
    .tuple(
      fc.constantFrom("http", "https", "HTTPS", "app", "io.app", "a_b", "1a", "file", "x-y+z"),
      fc.constantFrom(":", ":/", "://", "//", ":///"),
      fc.stringMatching(/^[a-z*.]{0,8}(:\d{1,5})?(\/[a-z*.%#?ü-]{0,6}){0,2} ?$/),
    )
    .map((parts) => parts.join("")),
  text,
);
const address = fc.oneof(
  fc.constantFrom("a@b.c", "ü@b.example", "no-reply@bookstore.example", "a@b", "@b.c", "a b@c.d"),
  fc.constantFrom(
    "a+b@b.example",
    "a@bücher.example",
    '"a b"@c.example',
    "a@b.example ",
    "A@B.COM",
  ),
  fc.constantFrom("a@@b.c", "a..b@c.example", ".a@b.example", "a@-b.example", "a@b.e", "a@1.1.1.1"),
  fc.emailAddress(),
  fc.stringMatching(/^[a-zü@. "]{1,12}$/),
  text,
);
const language = fc.oneof(
  fc.constantFrom("en", "pt-BR", "zh-HK", "xx", "da", "en-us", "EN", "de-CH-1996", "en-GB", "fil"),
  fc.stringMatching(/^[a-z]{2}(-[A-Z]{2})?$/),
  text,
);
const colour = fc.oneof(
  fc.constantFrom(
    "#6139F6",
    "#fff",
    "#FFFF",
    "#12345",
    "6139F6",
    "#6139F6FF",
    "red",
    "#6139f6 ",
    "#",
  ),
  fc.stringMatching(/^#[\da-fA-Fg]{2,7}$/),
  text,
);
const css = fc.oneof(
  fc.constantFrom("a { color: red }", "a { background: url(http://b.example/a.png) }", "}{", "/*"),
  uri.map((url) => `a { background: url("${url}") }`),
  uri.map((url) => `@import "${url}";`),
  text,
);
const mode = fc.constantFrom("SignIn", "Register", "SignInAndRegister", "signin", "");
const agreement = fc.constantFrom("Automatic", "ManualRegistrationOnly", "Manual", "Never", "");
const clientId = fc.oneof(
  fc.constantFrom("a".repeat(21), "a".repeat(22), "infra-1", "Infra", "a_b", "1234"),
  fc.stringMatching(/^[a-zA-Z\d_-]{1,23}$/),
);
const key = fc.oneof(
  fc.constantFrom(
    "SG.canary",
    "SG.can",
    "<your-api-key>",
    "********",
    " SG.canaryKey ",
    "SG.a b-c-d-e",
  ),
  fc.stringMatching(/^[A-Za-z\d.]{0,80}$/),
  text,
);
const host = fc.oneof(
  fc.constantFrom("unix:///var/run/docker.sock", "tcp://b.example:2376", "ssh://a@b", "SSH://a@b"),
  fc.constantFrom("http://b.example", "ssh://", "ssh://a b", "ssh:a@b", "unix:/a", "npipe:////./a"),
  text,
);
const userName = fc.oneof(
  fc.constantFrom(
    "ada",
    "1ada",
    "_a",
    "a".repeat(128),
    "a".repeat(129),
    "ada lovelace",
    "ädä",
    "a-b",
  ),
  text,
);
const loopback = fc.oneof(
  fc.constantFrom("http://localhost:3001/", "http://127.0.0.1:8001", "http://a.localhost:8001"),
  fc.constantFrom(
    "https://localhost:3001",
    "http://[::1]:3001",
    "http://localhost",
    "http://b.example",
  ),
  uri,
);
const sendGrid = fc.oneof(
  fc.constantFrom(
    "https://api.eu.sendgrid.com/",
    "http://127.0.0.1:8025",
    "https://API.sendgrid.com",
  ),
  uri,
);

interface Field {
  values: fc.Arbitrary<unknown>;
  /** The configuration that has this value. */
  setting: (value: unknown) => Configuration;
  /** Whose check gets it, and as which of its inputs. */
  resource: DynamicProvider<object, object>;
  input: (value: unknown) => object;
}

const ofApplication = (name: string, values: fc.Arbitrary<unknown>, input: Field["input"]) =>
  field(`logto-stack:application.${name}`, application, values, input);
const ofExperience = (name: string, values: fc.Arbitrary<unknown>, input: Field["input"]) =>
  field(`logto-stack:signInExperience.${name}`, signInExperience, values, input);

function field(
  name: string,
  resource: Field["resource"],
  values: fc.Arbitrary<unknown>,
  input: Field["input"],
): [string, Field] {
  const [key = "", part] = name.split(".");
  const setting = (value: unknown) => ({ [key]: part === undefined ? value : { [part]: value } });
  return [name, { values, setting, resource, input }];
}

const fields: [string, Field][] = [
  ofApplication("name", fc.oneof(text, noText), (name) => ({ name })),
  ofApplication("description", fc.oneof(text, noText), (description) => ({ description })),
  ofApplication("adoptId", fc.oneof(text, noText), (adoptId) => ({ adoptId })),
  ofApplication("redirectUris", fc.array(uri, { minLength: 1, maxLength: 2 }), (redirectUris) => ({
    oidcClientMetadata: { redirectUris },
  })),
  ofApplication("postLogoutRedirectUris", fc.array(uri, { maxLength: 2 }), (uris) => ({
    oidcClientMetadata: { postLogoutRedirectUris: uris },
  })),
  ofApplication("corsAllowedOrigins", fc.array(uri, { maxLength: 2 }), (corsAllowedOrigins) => ({
    customClientMetadata: { corsAllowedOrigins },
  })),
  field("logto-stack:email.fromEmail", connector, address, (fromEmail) => ({
    config: { ...config, fromEmail },
  })),
  field("logto-stack:email.fromEmail", preflight, address, (fromEmail) => ({ fromEmail })),
  field("logto-stack:email.fromName", connector, fc.oneof(text, noText), (fromName) => ({
    config: { ...config, fromName },
  })),
  field("logto-stack:email.testRecipient", connector, address, (testRecipient) => ({
    testRecipient,
  })),
  field("logto-stack:email.sendgridEndpoint", preflight, sendGrid, (endpoint) => ({ endpoint })),
  field("logto-stack:sendgridApiKey", connector, key, (secret) => ({
    config: { ...config, apiKey: secret },
  })),
  field("logto-stack:sendgridApiKey", preflight, key, (secret) => ({ apiKey: secret })),
  field("logto-stack:sendgridApiKey", outbox, key, (secret) => ({ apiKey: secret })),
  ofExperience("primaryColor", fc.oneof(colour, noText), (primaryColor) => ({
    color: { primaryColor },
  })),
  ofExperience("darkPrimaryColor", colour, (darkPrimaryColor) => ({ color: { darkPrimaryColor } })),
  ofExperience("isDarkModeEnabled", noText, (isDarkModeEnabled) => ({
    color: { isDarkModeEnabled },
  })),
  ofExperience("logoUrl", fc.oneof(uri, noText), (logoUrl) => ({ branding: { logoUrl } })),
  ofExperience("darkLogoUrl", uri, (darkLogoUrl) => ({ branding: { darkLogoUrl } })),
  ofExperience("favicon", uri, (favicon) => ({ branding: { favicon } })),
  ofExperience("termsOfUseUrl", fc.oneof(uri, noText), (termsOfUseUrl) => ({ termsOfUseUrl })),
  ofExperience("privacyPolicyUrl", uri, (privacyPolicyUrl) => ({ privacyPolicyUrl })),
  ofExperience("supportWebsiteUrl", uri, (supportWebsiteUrl) => ({ supportWebsiteUrl })),
  ofExperience("supportEmail", address, (supportEmail) => ({ supportEmail })),
  ofExperience("fallbackLanguage", language, (fallbackLanguage) => ({
    languageInfo: { fallbackLanguage },
  })),
  ofExperience("customCss", css, (customCss) => ({ customCss })),
  ofExperience("agreeToTermsPolicy", agreement, (agreeToTermsPolicy) => ({ agreeToTermsPolicy })),
  ofExperience("mode", mode, (signInMode) => ({ signInMode })),
  ofExperience("passwordMinimumLength", fc.oneof(number, noText), (min) => ({
    passwordPolicy: { length: { min } },
  })),
  field("logto:clientId", managementAccess, clientId, (id) => ({ clientId: id })),
  field("logto:endpoint", sandbox, loopback, (endpoint) => ({ endpoint })),
  field("logto-stack:embedded.outboxPort", outbox, fc.oneof(number, noPort), (port) => ({ port })),
  field("logto-stack:embedded.postgresPort", postgres, fc.oneof(number, noPort), (port) => ({
    port,
  })),
  field("logto-stack:docker.host", publishedPorts, host, (host) => ({ host })),
  [
    "logto-stack:docker.administrator",
    {
      values: userName,
      setting: (username) => ({
        "logto-stack:runtime": "docker",
        "logto:adminEndpoint": "http://localhost:3002",
        "logto-stack:administratorPassword": administratorPassword,
        "logto-stack:docker": { administrator: { username } },
      }),
      resource: administrator,
      input: (username) => ({ username }),
    },
  ],
];

test.each(fields)(
  "what the settings take, the resource takes, and the other way round: %s",
  async (_, { values, setting, resource, input }) => {
    const seen = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const failures = await failuresOf(resource, { ...inputsOf.get(resource), ...input(value) });
        const isTaken = settingsOf(stackWith(setting(value))) !== undefined;
        expect({ value, isTaken }).toEqual({ value, isTaken: failures.length === 0 });
        seen.add(isTaken);
      }),
      { numRuns: 200 },
    );
    expect(seen).toEqual(new Set([true, false]));
  },
);

/** Values of all these settings at once, each of which is taken by itself. */
function stacks(names: RegExp): fc.Arbitrary<Configuration[]> {
  const byName = new Map(fields.filter(([name]) => names.test(name)));
  const changes = [...byName.values()].map(({ values, setting }) =>
    fc.option(
      values.map(setting).filter((change) => settingsOf(stackWith(change)) !== undefined),
      { nil: {} },
    ),
  );
  const experience = fc
    .record(
      {
        signUpIdentifier: fc.constantFrom("email", "username"),
        password: fc.boolean(),
        passwordMinimumLength: fc.integer({ min: 1, max: 256 }),
        passwordRejectsLeaked: fc.boolean(),
        isDarkModeEnabled: fc.boolean(),
      },
      { requiredKeys: ["signUpIdentifier"] },
    )
    .map((change) => ({ "logto-stack:signInExperience": change }));
  const others = fc
    .record(
      {
        type: fc.constantFrom("Traditional", "SPA", "Native"),
        corsAllowedOrigins: fc.constant(["https://b.example"]),
      },
      { requiredKeys: [] },
    )
    .map((change) => ({ "logto-stack:application": change }));
  return fc.tuple(experience, others, ...changes);
}

/** What the resources of a stack refuse, as their checks get them from the program itself. */
async function declare(plain: PlainSettings, config: Record<string, string>): Promise<number> {
  const secretOf = (key: string) => pulumi.secret(config[key] ?? "");
  // Read again, because a list that came from Node itself is none to the SDK inside Jest.
  const read = JSON.parse(JSON.stringify(plain)) as PlainSettings;
  const program = () => {
    const settings = {
      ...read,
      fingerprintKey: secretOf("logto:fingerprintKey"),
      email: { ...read.email, apiKey: secretOf("logto-stack:sendgridApiKey") },
    };
    declareIdentity(settings, platform(settings));
  };
  // It expects of each resource that its check refuses nothing.
  return (await registeredBy(plain.stack, program, config)).length;
}

const runtimes: [string, RegExp, Configuration, number][] = [
  ["embedded", /application|email|Experience|embedded|logto:|ApiKey/, {}, 20],
  [
    "docker",
    /docker/,
    {
      "logto-stack:runtime": "docker",
      "logto:adminEndpoint": "http://localhost:3002",
      "logto-stack:administratorPassword": administratorPassword,
      "logto-stack:docker": { administrator: { username: "ada" } },
    },
    5,
  ],
];

test.each(runtimes)(
  "no resource refuses what a stack of the runtime %s hands on of settings that were taken",
  async (_, names, base, numRuns) => {
    await fc.assert(
      fc.asyncProperty(stacks(names), async (changes) => {
        const config = stackWith(base, ...changes);
        const settings = settingsOf(config);
        fc.pre(settings !== undefined);
        expect(await declare(settings, config)).toBeGreaterThan(3);
      }),
      { numRuns },
    );
  },
);

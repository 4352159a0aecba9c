import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { generate } from "selfsigned";
import { parseSettings, type PlainSettings } from "../../stacks/settings";
import { neededSecrets } from "../../stacks/secret-settings";
import { readTemplates } from "../../stacks/templates";
import { temporaryFolder } from "../support/programs";
import { shippedConfig } from "../support/registered";

const pictureOfPages =
  "expected an https URL, such as https://bookstore.example/logo.svg, or the picture itself as data:image/…, as Logto's pages show no other";

const secretKeys = [
  "logto:clientSecret",
  "logto:fingerprintKey",
  "logto-stack:sendgridApiKey",
  "logto-stack:administratorPassword",
];

/** A right stack, which each test breaks in one place. */
function rightConfig(): Record<string, string> {
  return {
    "logto:endpoint": "http://localhost:3001",
    "logto:clientSecret": "hL2kP9xQ4vN7tR1wZ6yB3cD8",
    "logto:fingerprintKey": "mJ5gF0sA2eU8iO4pK7lV1nX6",
    "logto-stack:runtime": "embedded",
    "logto-stack:application": json({
      name: "Bookstore",
      redirectUris: ["http://localhost:3000/callback"],
      postLogoutRedirectUris: ["http://localhost:3000/"],
    }),
    "logto-stack:email": json({ fromEmail: "no-reply@bookstore.example", fromName: "Bookstore" }),
    "logto-stack:sendgridApiKey": "SG.canaryKeyOfTheTests.abcdefghijklmnop",
    "logto-stack:signInExperience": json({ signUpIdentifier: "email" }),
  };
}

const json = (value: unknown) => JSON.stringify(value);

interface Change {
  config?: Record<string, unknown>;
  without?: string[];
  plain?: string[];
  encrypted?: string[];
}

function read({ config = {}, without = [], plain = [], encrypted = [] }: Change): PlainSettings {
  const changed: Record<string, string> = rightConfig();
  for (const [key, value] of Object.entries(config)) {
    changed[key] = typeof value === "string" ? value : json(value);
  }
  const kept = Object.entries(changed).filter(([key]) => !without.includes(key));
  return parseSettings({
    stack: "local",
    config: Object.fromEntries(kept),
    secretKeys: new Set([...secretKeys.filter((key) => !plain.includes(key)), ...encrypted]),
    readTemplates,
  });
}

function problemsOf(change: Change): string[] {
  try {
    read(change);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

const application = (change: object): Change => ({
  config: {
    "logto-stack:application": {
      name: "Bookstore",
      redirectUris: ["http://localhost:3000/callback"],
      ...change,
    },
  },
});
const email = (change: object): Change => ({
  config: { "logto-stack:email": { fromEmail: "no-reply@bookstore.example", ...change } },
});
const experience = (change: object): Change => ({
  config: { "logto-stack:signInExperience": { signUpIdentifier: "email", ...change } },
});
const dockerStack = (change: object, others: object = {}): Change => ({
  config: {
    "logto-stack:runtime": "docker",
    "logto-stack:docker": {
      logtoImage: "svhd/logto:1.43.0",
      postgresImage: "postgres:17-alpine",
      ...change,
    },
    ...others,
  },
});
const proxied = {
  "logto:endpoint": "https://auth.bookstore.example",
  "logto:adminEndpoint": "https://admin.bookstore.example",
};
const administratorPassword = "logto-stack:administratorPassword";
const password = "Canary with milk 4711";
const administered = {
  "logto:adminEndpoint": "http://localhost:3002",
  [administratorPassword]: password,
};
const setting = (key: string, value: unknown): Change => ({ config: { [key]: value } });

test.each<[string, Change, string]>([
  [
    "no endpoint",
    { without: ["logto:endpoint"] },
    "logto:endpoint: is missing: expected a URL without a path, such as http://localhost:3001",
  ],
  [
    "an endpoint without a scheme",
    setting("logto:endpoint", "localhost:3001"),
    "logto:endpoint: expected a URL without a path, such as http://localhost:3001",
  ],
  [
    "an endpoint with a path",
    setting("logto:endpoint", "http://localhost:3001/api"),
    "logto:endpoint: expected a URL without a path, such as http://localhost:3001",
  ],
  [
    "an embedded server elsewhere",
    setting("logto:endpoint", "https://auth.bookstore.example"),
    "logto:endpoint: expected http, a name of this machine and a port, such as http://localhost:3001, as the runtime is embedded",
  ],
  [
    "an admin endpoint that is no URL",
    setting("logto:adminEndpoint", "3002"),
    "logto:adminEndpoint: expected a URL without a path, such as http://localhost:3002",
  ],
  [
    "a client id of wrong characters",
    setting("logto:clientId", "Infra_1"),
    "logto:clientId: expected 1 to 21 lower-case letters, digits and hyphens",
  ],
  [
    "no requests at once",
    setting("logto:parallel", "0"),
    "logto:parallel: expected a number of requests at once, 1 to 100",
  ],
  [
    "a resource that is no URL",
    setting("logto:resource", "default"),
    "logto:resource: expected a URL, such as https://default.logto.app/api",
  ],
  [
    "a resource that is not that of the tenant of Logto Cloud",
    {
      config: {
        "logto-stack:runtime": "external",
        "logto:endpoint": "https://bookstore.logto.app",
      },
    },
    "logto:resource: expected https://bookstore.logto.app/api, as logto:endpoint is a tenant of Logto Cloud",
  ],
  [
    "an unknown key of logto",
    setting("logto:endpiont", "http://localhost:3001"),
    "logto:endpiont: unknown key: expected one of logto:endpoint, logto:adminEndpoint, logto:clientId, logto:resource, logto:parallel, logto:fingerprintKey, logto:clientSecret",
  ],
  [
    "an unknown key of logto-stack",
    setting("logto-stack:mail", "x"),
    "logto-stack:mail: unknown key: expected one of logto-stack:runtime, logto-stack:embedded, logto-stack:docker, logto-stack:application, logto-stack:email, logto-stack:signInExperience, logto-stack:sendgridApiKey, logto-stack:redisUrl, logto-stack:administratorPassword",
  ],
  [
    "no runtime",
    { without: ["logto-stack:runtime"] },
    "logto-stack:runtime: is missing: expected one of embedded, docker, external",
  ],
  [
    "an unknown runtime",
    setting("logto-stack:runtime", "podman"),
    "logto-stack:runtime: expected one of embedded, docker, external",
  ],
  [
    "a number of backups that is none",
    dockerStack({ backupsKept: 0 }),
    "logto-stack:docker.backupsKept: expected a whole number, 1 to 100",
  ],
  [
    "docker without images",
    setting("logto-stack:runtime", "docker"),
    "logto-stack:docker: is missing: expected an object with logtoImage, postgresImage",
  ],
  [
    "an engine of an unknown kind",
    dockerStack({ host: "http://bookstore.example" }),
    "logto-stack:docker.host: expected a Docker Engine, such as ssh://user@host",
  ],
  [
    "a name that Docker would not take",
    dockerStack({ name: "my logto" }),
    "logto-stack:docker.name: expected a name of letters, digits, _ and -, such as logto-dev",
  ],
  [
    "an address with a port",
    dockerStack({ address: "0.0.0.0:80" }),
    "logto-stack:docker.address: expected an IPv4 address, such as 127.0.0.1",
  ],
  [
    "an address of the console that is a name",
    dockerStack({ adminAddress: "localhost" }),
    "logto-stack:docker.adminAddress: expected an IPv4 address, such as 127.0.0.1",
  ],
  [
    "an administrator with a name that Logto would not take",
    dockerStack({ administrator: { username: "ada lovelace" } }, administered),
    "logto-stack:docker.administrator.username: expected a name of 1 to 128 letters, digits and _, with no digit at the beginning, such as admin",
  ],
  [
    "an administrator without a console",
    dockerStack({ administrator: { username: "ada" } }, { [administratorPassword]: password }),
    "logto-stack:docker.administrator: expected none, or logto:adminEndpoint, without which there is no console",
  ],
  [
    "an endpoint for many tenants",
    dockerStack({ trustProxyHeader: true }, { "logto:endpoint": "https://*.bookstore.example" }),
    "logto:endpoint: expected a host without *, which makes Logto many tenants",
  ],
  [
    "one address for users and console",
    dockerStack({}, { "logto:adminEndpoint": "http://localhost:3001/" }),
    "logto:adminEndpoint: expected another address than logto:endpoint, or all requests are for the console",
  ],
  [
    "an endpoint that Logto takes for its console's",
    dockerStack(
      {},
      { "logto:endpoint": "http://localhost:3002", "logto:adminEndpoint": "http://localhost:3001" },
    ),
    "logto:endpoint: expected another port, as Logto takes localhost:3002 for its console's",
  ],
  [
    "an admin endpoint whose TLS Logto does not hear of",
    dockerStack({}, { "logto:adminEndpoint": "https://admin.bookstore.example" }),
    "logto-stack:docker.trustProxyHeader: expected true, as the logto:adminEndpoint is https: the container speaks http with a reverse proxy that speaks TLS; or the server's own tls",
  ],
  [
    "another port than that of the endpoint",
    dockerStack({ port: 13001 }),
    "logto-stack:docker.port: expected none, as the port is that of logto:endpoint, which is of this machine",
  ],
  [
    "another port than that of the admin endpoint",
    dockerStack({ adminPort: 13002 }, { "logto:adminEndpoint": "http://localhost:3002" }),
    "logto-stack:docker.adminPort: expected none, as the port is that of logto:adminEndpoint, which is of this machine",
  ],
  [
    "Postgres on Logto's port",
    dockerStack({ postgresPort: 3001 }),
    "logto-stack:docker.postgresPort: expected a port other than 3001, which is Logto's",
  ],
  [
    "Postgres on the console's port behind a proxy",
    dockerStack({ trustProxyHeader: true, adminPort: 5433 }, proxied),
    "logto-stack:docker.postgresPort: expected a port other than 5433, which is that of Logto's console",
  ],
  [
    "the console on Logto's port behind a proxy",
    dockerStack({ trustProxyHeader: true, port: 8080, adminPort: 8080 }, proxied),
    "logto-stack:docker.adminPort: expected a port other than 8080, which is Logto's",
  ],
  [
    "a port that is text",
    setting("logto-stack:embedded", { postgresPort: "5432" }),
    "logto-stack:embedded.postgresPort: expected a port, 1024 to 65535",
  ],
  [
    "a port out of range",
    setting("logto-stack:embedded", { postgresPort: 80 }),
    "logto-stack:embedded.postgresPort: expected a port, 1024 to 65535",
  ],
  [
    "an outbox on the port of the endpoint",
    setting("logto-stack:embedded", { outboxPort: 3001 }),
    "logto-stack:embedded.outboxPort: expected a port other than 3001, which is that of logto:endpoint",
  ],
  [
    "a database on the port of the outbox",
    setting("logto-stack:embedded", { postgresPort: 3003 }),
    "logto-stack:embedded.postgresPort: expected a port other than 3003, which is that of outboxPort",
  ],
  [
    "an outbox out of range",
    setting("logto-stack:embedded", { outboxPort: 70_000 }),
    "logto-stack:embedded.outboxPort: expected a port, 1024 to 65535",
  ],
  [
    "no application",
    { without: ["logto-stack:application"] },
    "logto-stack:application: is missing: expected an object with name, description, type, redirectUris, postLogoutRedirectUris, corsAllowedOrigins, adoptId",
  ],
  [
    "an application that is text",
    setting("logto-stack:application", "Bookstore"),
    "logto-stack:application: expected an object with name, description, type, redirectUris, postLogoutRedirectUris, corsAllowedOrigins, adoptId",
  ],
  [
    "an application without a name",
    application({ name: "" }),
    "logto-stack:application.name: expected a name of 1 to 256 characters",
  ],
  [
    "a redirect URI that is no URL",
    application({ redirectUris: ["/callback"] }),
    "logto-stack:application.redirectUris[0]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "no redirect URI",
    application({ redirectUris: [] }),
    "logto-stack:application.redirectUris: expected at least one URL, such as http://localhost:3000/callback",
  ],
  [
    "redirect URIs that are text",
    application({ redirectUris: "http://localhost:3000/callback" }),
    "logto-stack:application.redirectUris: expected a list of URLs, such as http://localhost:3000/callback",
  ],
  [
    "a bad second post sign-out URI",
    application({ postLogoutRedirectUris: ["http://localhost:3000/", "home"] }),
    "logto-stack:application.postLogoutRedirectUris[1]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "a sign-out URI with a fragment",
    application({ postLogoutRedirectUris: ["http://localhost:3000/#/bye"] }),
    "logto-stack:application.postLogoutRedirectUris[0]: expected a URL without a fragment (#…): with one Logto refuses every sign-in of the application",
  ],
  [
    "an origin with a slash at the end, which no browser sends",
    application({ corsAllowedOrigins: ["https://b.example/"] }),
    "logto-stack:application.corsAllowedOrigins[0]: expected an origin without a path, such as https://b.example",
  ],
  [
    "a language that Logto does not know",
    experience({ fallbackLanguage: "xx" }),
    "logto-stack:signInExperience.fallbackLanguage: expected a language tag that Logto knows, such as en or pt-BR",
  ],
  [
    "an unknown application type",
    application({ type: "Web" }),
    "logto-stack:application.type: expected one of Traditional, SPA, Native",
  ],
  [
    "an unknown key of the application",
    application({ redirectUri: "x" }),
    "logto-stack:application.redirectUri: unknown key: expected an object with name, description, type, redirectUris, postLogoutRedirectUris, corsAllowedOrigins, adoptId",
  ],
  [
    "an origin with a path",
    application({ corsAllowedOrigins: ["https://bookstore.example/x"] }),
    "logto-stack:application.corsAllowedOrigins[0]: expected an origin without a path, such as https://b.example",
  ],
  [
    "a sender that is no address",
    email({ fromEmail: "bookstore" }),
    "logto-stack:email.fromEmail: expected an e-mail address, such as no-reply@bookstore.example",
  ],
  [
    "no sender",
    email({ fromEmail: undefined }),
    "logto-stack:email.fromEmail: is missing: expected an e-mail address, such as no-reply@bookstore.example",
  ],
  [
    "a templates folder that is not there",
    email({ templates: "infra/letters" }),
    "logto-stack:email.templates: infra/letters: expected a folder of e-mail templates",
  ],
  [
    "a recipient of test mails that is no address",
    email({ testRecipient: "me" }),
    "logto-stack:email.testRecipient: expected an e-mail address, such as you@bookstore.example",
  ],
  [
    "a preflight that is text",
    email({ preflight: "no" }),
    "logto-stack:email.preflight: expected true or false",
  ],
  ...[
    "api.sendgrid.com",
    "http://api.sendgrid.com",
    "https://api.sendgrid.com/v3",
    "https://canary@api.sendgrid.com",
    "http://localhost.evil.example",
  ].map((endpoint): [string, Change, string] => [
    `SendGrid at ${endpoint}`,
    email({ sendgridEndpoint: endpoint }),
    "logto-stack:email.sendgridEndpoint: expected https, or http on this machine, and no path, such as https://api.sendgrid.com",
  ]),
  [
    "an unknown sign-up identifier",
    experience({ signUpIdentifier: "phone" }),
    "logto-stack:signInExperience.signUpIdentifier: expected one of email, username",
  ],
  [
    "a password that is text",
    experience({ password: "yes" }),
    "logto-stack:signInExperience.password: expected true or false",
  ],
  [
    "user names without passwords",
    experience({ signUpIdentifier: "username", password: false }),
    "logto-stack:signInExperience.password: expected true, or none: who signs up with a user name needs a password",
  ],
  [
    "a length of passwords that cannot be",
    experience({ passwordMinimumLength: 12 }),
    "logto-stack:signInExperience.passwordMinimumLength: expected none, or password: true as well, as these users have no passwords",
  ],
  [
    "a length that no password can have",
    experience({ password: true, passwordMinimumLength: 0 }),
    "logto-stack:signInExperience.passwordMinimumLength: expected a whole number, 1 to 256",
  ],
  [
    "an unknown way to agree",
    experience({ agreeToTermsPolicy: "Never" }),
    "logto-stack:signInExperience.agreeToTermsPolicy: expected one of Automatic, ManualRegistrationOnly, Manual",
  ],
  [
    "an unknown mode",
    experience({ mode: "Open" }),
    "logto-stack:signInExperience.mode: expected one of SignInAndRegister, SignIn, Register",
  ],
  [
    "a colour by name",
    experience({ primaryColor: "brown" }),
    "logto-stack:signInExperience.primaryColor: expected a colour, such as #6139F6",
  ],
  [
    "a logo that is a file",
    experience({ logoUrl: "logo.svg" }),
    `logto-stack:signInExperience.logoUrl: ${pictureOfPages}`,
  ],
  ...["logoUrl", "darkLogoUrl", "favicon"].map((name): [string, Change, string] => [
    `a ${name} over http`,
    experience({ [name]: "http://bookstore.example/logo.svg" }),
    `logto-stack:signInExperience.${name}: ${pictureOfPages}`,
  ]),
  [
    "CSS that loads over http",
    experience({ customCss: "a { background: url(http://bookstore.example/a.png?key=canary) }" }),
    "logto-stack:signInExperience.customCss: expected nothing that Logto's pages do not load: url(http://bookstore.example/a.png); they load pictures, styles and frames over https, and no media, scripts or forms of elsewhere",
  ],
  [
    "leaked passwords where there are none",
    experience({ passwordRejectsLeaked: false }),
    "logto-stack:signInExperience.passwordRejectsLeaked: expected none, or password: true as well, as these users have no passwords",
  ],
  [
    "a bad support address",
    experience({ supportEmail: "help" }),
    "logto-stack:signInExperience.supportEmail: expected an e-mail address, such as help@bookstore.example, or an empty text",
  ],
  [
    "no client secret",
    { without: ["logto:clientSecret"] },
    "logto:clientSecret: is missing: expected the secret of the machine-to-machine application that calls the Management API; set it with npm run pulumi -- config set --secret logto:clientSecret --stack local",
  ],
  [
    "a short client secret",
    setting("logto:clientSecret", "canary"),
    "logto:clientSecret: expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a client secret with a colon",
    setting("logto:clientSecret", "canary:hL2kP9xQ4vN7tR1wZ6"),
    "logto:clientSecret: expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a placeholder as a client secret",
    setting("logto:clientSecret", "changemechangemechangeme"),
    "logto:clientSecret: expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a short fingerprint key",
    setting("logto:fingerprintKey", "canary"),
    "logto:fingerprintKey: expected 16 to 128 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a placeholder as an API key",
    setting("logto-stack:sendgridApiKey", "<your-api-key>"),
    "logto-stack:sendgridApiKey: is a placeholder: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "an API key in clear",
    { plain: ["logto-stack:sendgridApiKey"] },
    "logto-stack:sendgridApiKey: is stored in plaintext. Treat it as leaked: rotate it, then store the new value with npm run pulumi -- config set --secret logto-stack:sendgridApiKey --stack local",
  ],
  [
    "an endpoint that is encrypted",
    { encrypted: ["logto:endpoint"] },
    "logto:endpoint: is stored encrypted, but is no secret and would be shown: expected it without --secret",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test("everything that is wrong is reported at once", () => {
  const problems = problemsOf({
    config: {
      "logto:endpoint": "nowhere",
      "logto-stack:application": { redirectUris: ["a", "b"], colour: 1 },
      "logto-stack:email": { templates: "nowhere" },
      "logto-stack:embedded": { postgresPort: 1 },
    },
    without: ["logto:clientSecret", "logto-stack:signInExperience"],
    plain: ["logto:fingerprintKey"],
  });
  expect(problems.map((line) => line.split(": ")[1])).toEqual([
    "logto-stack:application.colour",
    "logto-stack:application.name",
    "logto-stack:application.redirectUris[0]",
    "logto-stack:application.redirectUris[1]",
    "logto-stack:email.fromEmail",
    "logto-stack:email.templates",
    "logto-stack:embedded.postgresPort",
    "logto-stack:signInExperience",
    "logto:clientSecret",
    "logto:endpoint",
    "logto:fingerprintKey",
  ]);
});

test("a setting's value is never shown, as it may be a secret in the wrong place", () => {
  const keys = [...Object.keys(rightConfig()), "logto:token"];
  const canary = "canary-9f31";
  fc.assert(
    fc.property(fc.subarray(keys), fc.subarray(secretKeys), (changed, plain) => {
      const config = Object.fromEntries(changed.map((key) => [key, canary]));
      expect(problemsOf({ config, plain }).join("\n")).not.toContain(canary);
      expect(problemsOf({ config, plain }).join("\n")).not.toContain("SG.canary");
    }),
  );
});

test("a right stack is read with its defaults", () => {
  expect(read({})).toEqual({
    stack: "local",
    runtime: "embedded",
    logto: {
      endpoint: "http://localhost:3001",
      clientId: "infrastructure",
      resource: "https://default.logto.app/api",
    },
    embedded: { outboxPort: 3003 },
    application: {
      name: "Bookstore",
      type: "Traditional",
      redirectUris: ["http://localhost:3000/callback"],
      postLogoutRedirectUris: ["http://localhost:3000/"],
    },
    email: {
      fromEmail: "no-reply@bookstore.example",
      fromName: "Bookstore",
      templates: ["ForgotPassword", "Generic", "Register", "SignIn"].map((usageType): unknown =>
        expect.objectContaining({ usageType, type: "text/html" }),
      ),
      preflight: false,
      sendgridEndpoint: "https://api.sendgrid.com",
    },
    signInExperience: { signUpIdentifier: "email", password: false, mode: "SignInAndRegister" },
  });
});

test.each([
  ["embedded", false],
  ["docker", true],
  ["external", true],
])("SendGrid is asked first where the runtime is %s: %s, unless it is set", (runtime, isAsked) => {
  const stack = (change: object) =>
    read({
      config: {
        "logto-stack:runtime": runtime,
        "logto-stack:docker": { logtoImage: "svhd/logto", postgresImage: "postgres" },
        "logto-stack:email": { fromEmail: "no-reply@bookstore.example", ...change },
      },
    }).email.preflight;
  expect(stack({})).toBe(isAsked);
  expect(stack({ preflight: !isAsked })).toBe(!isAsked);
});

test("containers are published where their endpoints say, or where a proxy is told to find them", () => {
  const images = { logtoImage: "svhd/logto:1.43.0", postgresImage: "postgres:17-alpine" };
  const defaults = {
    ...images,
    name: "logto-local",
    address: "127.0.0.1",
    adminAddress: "127.0.0.1",
    postgresPort: 5433,
    trustProxyHeader: false,
    backupsKept: 7,
    extraHosts: {},
    logtoMemory: 1024,
    postgresMemory: 1024,
    protect: true,
  };
  const here = { "logto:endpoint": "http://localhost:8001" };
  expect(read(dockerStack({}, here)).docker).toEqual({ ...defaults, port: 8001, adminPort: 3002 });
  const behind = { trustProxyHeader: true };
  expect(read(dockerStack(behind, proxied)).docker).toEqual({
    ...defaults,
    ...behind,
    port: 3001,
    adminPort: 3002,
  });
  const own = { ...behind, port: 8080, adminPort: 8081 };
  expect(read(dockerStack(own, proxied)).docker).toEqual({ ...defaults, ...own });
});

describe("files with certificates", () => {
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  const endpoints = {
    "logto:endpoint": "https://auth.bookstore.example",
    "logto:adminEndpoint": "https://admin.bookstore.example",
  };
  const tls = (change: object = {}) => ({
    certificateFile: file("certificate.pem"),
    keyFile: file("key.pem"),
    ...change,
  });
  const withTls = (change: object = {}, docker: object = {}, others: object = endpoints) =>
    dockerStack({ tls: tls(change), ...docker }, others);
  const write = async (name: string, hosts: string[], from = new Date(), days = 30) => {
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      notBeforeDate: from,
      notAfterDate: new Date(from.getTime() + days * 24 * 60 * 60 * 1000),
      extensions: [
        { name: "subjectAltName", altNames: hosts.map((value) => ({ type: 2, value })) },
      ],
    });
    writeFileSync(file(`${name}.pem`), cert);
    writeFileSync(file(`${name}-key.pem`), key);
  };
  beforeAll(async () => {
    folder = temporaryFolder();
    await write("right", ["auth.bookstore.example", "*.bookstore.example"]);
    await write("other", ["shop.example"]);
    await write("old", ["*.bookstore.example"], new Date("2020-01-01"));
    await write("future", ["*.bookstore.example"], new Date(Date.now() + 10 ** 9));
    cpSync(file("right.pem"), file("certificate.pem"));
    cpSync(file("right-key.pem"), file("key.pem"));
    writeFileSync(file("text.pem"), "canary4711");
    writeFileSync(
      file("both.pem"),
      readFileSync(file("right.pem"), "utf8") + readFileSync(file("key.pem"), "utf8"),
    );
    writeFileSync(
      file("bundle.pem"),
      readFileSync(file("right.pem"), "utf8") + readFileSync(file("other.pem"), "utf8"),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are read, and an endpoint is published as Logto serves it", () => {
    const change = withTls(
      {},
      { caCertificatesFile: file("bundle.pem") },
      {
        ...endpoints,
        "logto:endpoint": "https://auth.bookstore.example:8443",
      },
    );
    expect(read(change).docker).toMatchObject({
      tls: {
        certificate: readFileSync(file("right.pem"), "utf8"),
        key: readFileSync(file("key.pem"), "utf8"),
      },
      caCertificates: readFileSync(file("bundle.pem"), "utf8"),
      trustProxyHeader: false,
      port: 3001,
    });
  });

  test.each<[string, () => Change, string]>([
    [
      "a certificate that is not there",
      () => withTls({ certificateFile: file("no.pem") }),
      "tls.certificateFile: FOLDER/no.pem does not exist",
    ],
    [
      "a key that is a folder",
      () => withTls({ keyFile: folder }),
      "tls.keyFile: FOLDER cannot be read (EISDIR)",
    ],
    [
      "a certificate that is none",
      () => withTls({ certificateFile: file("text.pem") }),
      "tls.certificateFile: FOLDER/text.pem: expected certificates in PEM form",
    ],
    [
      "a key that is none",
      () => withTls({ keyFile: file("text.pem") }),
      "tls.keyFile: FOLDER/text.pem: expected a private key in PEM form, without a passphrase",
    ],
    [
      "a key next to the certificate",
      () => withTls({ certificateFile: file("both.pem") }),
      "tls.certificateFile: FOLDER/both.pem holds a private key: expected certificates only",
    ],
    [
      "another certificate's key",
      () => withTls({ keyFile: file("other-key.pem") }),
      "tls.keyFile: expected the private key of the first certificate of tls.certificateFile",
    ],
    [
      "an expired certificate",
      () => withTls({ certificateFile: file("old.pem"), keyFile: file("old-key.pem") }),
      "tls.certificateFile: FOLDER/old.pem: the certificate of CN=old has expired on Jan 31 00:00:00 2020 GMT",
    ],
    [
      "another host's certificate",
      () =>
        withTls(
          { certificateFile: file("other.pem"), keyFile: file("other-key.pem") },
          {},
          { "logto:endpoint": "https://auth.bookstore.example" },
        ),
      "tls.certificateFile: expected a certificate for auth.bookstore.example, the host of logto:endpoint",
    ],
    [
      "authorities that are not there",
      () => dockerStack({ caCertificatesFile: file("no.pem") }),
      "caCertificatesFile: FOLDER/no.pem does not exist",
    ],
    [
      "authorities that have expired",
      () => dockerStack({ caCertificatesFile: file("old.pem") }),
      "caCertificatesFile: FOLDER/old.pem: the certificate of CN=old has expired on Jan 31 00:00:00 2020 GMT",
    ],
  ])("%s is refused by its key", (_case, change, problem) => {
    expect(problemsOf(change())).toEqual([
      `Pulumi.local.yaml: logto-stack:docker.${problem.replace("FOLDER", folder)}`,
    ]);
  });

  test("a certificate of tomorrow is refused by its key", () => {
    expect(problemsOf(dockerStack({ caCertificatesFile: file("future.pem") })).join()).toMatch(
      /caCertificatesFile: .*future.pem: the certificate of CN=future is valid from .* on only$/,
    );
  });

  test("the host's name may be another if a reverse proxy asks Logto", () => {
    const other = { certificateFile: file("other.pem"), keyFile: file("other-key.pem") };
    expect(problemsOf(withTls(other, { trustProxyHeader: true }))).toEqual([]);
  });

  test("http is refused if the server speaks TLS, and its port is that of this machine", () => {
    expect(
      problemsOf(withTls({}, {}, { "logto:endpoint": "http://auth.bookstore.example" })),
    ).toContain(
      "Pulumi.local.yaml: logto:endpoint: expected https, as logto-stack:docker.tls is set",
    );
  });
});

describe("settings of Logto's containers", () => {
  test.each<[string, object, string]>([
    [
      "an extra host without an address",
      { extraHosts: { "api.sendgrid.com": "here" } },
      "extraHosts.api.sendgrid.com: expected an IP address, or host-gateway",
    ],
    [
      "an extra host that is no name",
      { extraHosts: { "a:b": "127.0.0.1" } },
      "extraHosts.a:b: expected a host name, such as api.sendgrid.com",
    ],
    [
      "extra hosts as a text",
      { extraHosts: "host-gateway" },
      "extraHosts: expected an object of host names with an IP address each, or host-gateway",
    ],
    [
      "a proxy with a password",
      { proxy: { url: "http://me:canary4711@proxy.example:3128" } },
      "proxy.url: expected an http or https URL without user and password, which the engine would show, such as http://proxy.bookstore.example:3128",
    ],
    [
      "an exception that is two",
      { proxy: { url: "http://proxy.example:3128", exceptions: ["a,b"] } },
      "proxy.exceptions[0]: expected a host, such as .bookstore.example",
    ],
    [
      "a pool of none",
      { databasePoolSize: 0 },
      "databasePoolSize: expected a whole number, 1 to 1000",
    ],
    [
      "a time-out of no time",
      { databaseStatementTimeout: 0 },
      "databaseStatementTimeout: expected milliseconds, at least 1, or DISABLE_TIMEOUT",
    ],
    [
      "too little memory for Logto",
      { logtoMemory: 100 },
      "logtoMemory: expected megabytes, at least 256",
    ],
    [
      "too little memory for Postgres",
      { postgresMemory: "1g" },
      "postgresMemory: expected megabytes, at least 128",
    ],
  ])("%s is refused by key and expectation", (_case, change, problem) => {
    expect(problemsOf(dockerStack(change))).toEqual([
      `Pulumi.local.yaml: logto-stack:docker.${problem}`,
    ]);
  });

  test("are read as they are", () => {
    const change = {
      extraHosts: { "api.sendgrid.com": "host-gateway", "ldap.example": "fd00::1" },
      proxy: { url: "http://proxy.example:3128", exceptions: [".example"] },
      databasePoolSize: 5,
      databaseStatementTimeout: "DISABLE_TIMEOUT",
      logtoMemory: 512,
      postgresMemory: 2048,
    };
    expect(read(dockerStack(change)).docker).toMatchObject(change);
  });

  const redisUrl = "logto-stack:redisUrl";
  test.each<[string, Change, string]>([
    [
      "a cache's address in clear",
      { config: { ...dockerStack({}).config, [redisUrl]: "redis://cache:6379" } },
      `is stored in plaintext`,
    ],
    [
      "a cache that is no Redis",
      {
        config: { ...dockerStack({}).config, [redisUrl]: "http://canary4711" },
        encrypted: [redisUrl],
      },
      "expected a redis:// or rediss:// URL",
    ],
    [
      "a cache's address that a shell would not read",
      {
        config: { ...dockerStack({}).config, [redisUrl]: "redis://:a'b@cache" },
        encrypted: [redisUrl],
      },
      "expected a redis:// or rediss:// URL",
    ],
    [
      "a cache of another runtime",
      { config: { [redisUrl]: "redis://cache:6379" }, encrypted: [redisUrl] },
      "expected none, as only the runtime docker sets up Logto's cache",
    ],
  ])("%s is refused", (_case, change, problem) => {
    const problems = problemsOf(change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${redisUrl}: ${problem}`);
    expect(problems[0]).not.toContain("canary4711");
  });

  const administrator = { username: "ada" };
  const { [administratorPassword]: _, ...console } = administered;
  const withPassword = (value: string) =>
    dockerStack({ administrator }, { ...administered, [administratorPassword]: value });
  test.each<[string, Change, string]>([
    [
      "that is missing",
      dockerStack({ administrator }, console),
      "is missing: expected the password of the administrator of Logto's console; set it with npm run pulumi -- config set --secret logto-stack:administratorPassword --stack local",
    ],
    [
      "in clear",
      { ...withPassword(password), plain: [administratorPassword] },
      "is stored in plaintext. Treat it as leaked",
    ],
    ["that is short", withPassword("Canary4"), "expected 8 to 256 characters on one line"],
    ["that is a placeholder", withPassword("changeme-Canary"), "and no placeholder"],
    [
      "of no one",
      dockerStack({}, administered),
      "expected none, or logto-stack:docker.administrator as well, whose password it is",
    ],
    [
      "of another runtime",
      { config: { [administratorPassword]: password } },
      "expected none, or logto-stack:docker.administrator as well",
    ],
  ])("an administrator's password %s is refused", (_case, change, problem) => {
    const problems = problemsOf(change);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toContain(`Pulumi.local.yaml: ${administratorPassword}: `);
    expect(problems[0]).not.toContain("Canary");
  });

  test("an administrator is read, and the password is no plain setting", () => {
    const settings = read(dockerStack({ administrator }, administered));
    expect(settings.docker).toMatchObject({ administrator });
    expect(JSON.stringify(settings)).not.toContain(password);
    expect(read(dockerStack({})).docker).not.toHaveProperty("administrator");
  });

  test("a cache's address is no plain setting", () => {
    const config = { ...dockerStack({}).config, [redisUrl]: "rediss://:canary4711@cache:6379" };
    expect(JSON.stringify(read({ config, encrypted: [redisUrl] }))).not.toContain("canary4711");
  });
});

test("SendGrid may be another host over TLS, or a stand-in on this machine", () => {
  for (const endpoint of ["https://api.eu.sendgrid.com/", "http://127.0.0.1:8025"]) {
    expect(read(email({ sendgridEndpoint: endpoint })).email.sendgridEndpoint).toBe(
      endpoint.replace(/\/$/, ""),
    );
  }
});

test("a text that looks like a number stays a text", () => {
  expect(read(setting("logto:clientId", "1234")).logto.clientId).toBe("1234");
});

test("who signs up with a user name has a password", () => {
  expect(read(experience({ signUpIdentifier: "username" })).signInExperience.password).toBe(true);
});

test("an existing server may have a credential of any shape", () => {
  const change = {
    "logto-stack:runtime": "external",
    "logto:endpoint": "https://auth.bookstore.example/",
    "logto:clientSecret": "s3-cret_of-Logto's",
    "logto:clientId": "Abc_1",
  };
  expect(read({ config: change }).logto).toMatchObject({
    endpoint: "https://auth.bookstore.example",
    clientId: "Abc_1",
  });
});

test.each(["local", "dev", "staging", "production"])(
  "Pulumi.%s.yaml is right and holds no secret",
  (stack) => {
    const shipped = shippedConfig(stack);
    for (const key of secretKeys) {
      expect(shipped[key] ?? { secure: "" }).toHaveProperty("secure");
    }
    const config = Object.entries(shipped)
      .filter(([key]) => !secretKeys.includes(key))
      .map(([key, value]) => [key, typeof value === "string" ? value : json(value)]);
    const secrets = neededSecrets(shipped).map(({ key, generate: made }) => [key, made()]);
    expect(
      parseSettings({
        stack,
        config: Object.fromEntries([...config, ...secrets]) as Record<string, string>,
        secretKeys: new Set(secretKeys),
        readTemplates,
      }),
    ).toMatchObject({
      application: { name: "Bookstore" },
      email: { fromEmail: "no-reply@bookstore.example", fromName: "Bookstore" },
      signInExperience: { signUpIdentifier: "email" },
      ...(["staging", "production"].includes(stack) && { docker: { protect: true } }),
    });
  },
);

test.each<[string, Change, string]>([
  [
    "name: 2020_1",
    application({ name: 20201 }),
    "logto-stack:application.name: expected a name of 1 to 256 characters; YAML reads what is there as a number: quote it",
  ],
  [
    "primaryColor: #7A3E1D",
    experience({ primaryColor: null }),
    "logto-stack:signInExperience.primaryColor: expected a colour, such as #6139F6; YAML reads what is there as nothing, as # begins a comment: quote it",
  ],
  [
    "fromName: true",
    email({ fromName: true }),
    "logto-stack:email.fromName: expected a name, such as Bookstore; YAML reads what is there as true or false: quote it",
  ],
  [
    "name: 2027-01-31",
    application({ name: "2027-01-31T00:00:00Z" }),
    "logto-stack:application.name: expected a name of 1 to 256 characters; YAML reads what is there as a date: quote it",
  ],
])(
  "where YAML makes something else of a text, the message says to quote it: %s",
  (_, change, problem) => {
    expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
  },
);

test.each(["exp://192.168.3.137:8081", "servicestudiox11://auth", "app://cb"])(
  "a redirect URI is taken as Logto takes it: %s",
  (value) => expect(problemsOf(application({ redirectUris: [value] }))).toEqual([]),
);

test.each(["a@b.c", "ü@b.example"])("a sender is taken as Logto takes it: %s", (value) => {
  expect(problemsOf(email({ fromEmail: value, testRecipient: value }))).toEqual([]);
});

test.each(["customCss", "termsOfUseUrl", "privacyPolicyUrl", "supportEmail", "supportWebsiteUrl"])(
  "%s that is set empty is handed on, as it clears what Logto has",
  (name) => {
    expect(read(experience({ [name]: "" })).signInExperience).toMatchObject({ [name]: "" });
  },
);

test("a date without quotes is refused once, also in a list", () => {
  expect(problemsOf(application({ redirectUris: ["2027-01-31T00:00:00Z"] }))).toEqual([
    "Pulumi.local.yaml: logto-stack:application.redirectUris[0]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback; YAML reads what is there as a date: quote it",
  ]);
});

describe("the templates folder", () => {
  let folder: string;

  beforeEach(() => {
    folder = path.join(temporaryFolder(), "templates");
    cpSync("infra/templates", folder, { recursive: true });
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

  const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);
  const problems = () => {
    const result = readTemplates(folder);
    return "problems" in result
      ? result.problems.map((line) => line.replaceAll(folder, "templates"))
      : [];
  };

  test("holds messages whose type is that of the file", () => {
    rmSync(path.join(folder, "Generic.html"));
    write("Generic.txt", "---\nsubject: ' Your code '\n---\nIt is {{code}}.\n");
    write("OrganizationInvitation.txt", "---\nsubject: Join us\n---\n{{ link }}\n");
    const result = readTemplates(folder) as { templates: object[] };
    expect(result.templates).toContainEqual({
      usageType: "Generic",
      type: "text/plain",
      subject: "Your code",
      content: "It is {{code}}.\n",
    });
    expect(result.templates).toHaveLength(5);
  });

  test.each([
    "{{code}} is your Bookstore code",
    "Your code for Bookstore #1",
    "[Bookstore] Your code: {{ code }}",
    "Bookstore: your code",
    "*Your* code & more",
    '"Bookstore" and "Books": your code',
    "'Tis your code",
    "2020_1",
    "no",
    "- Your code -",
    "Ihr Code für Bücher | 50% günstiger",
  ])("take a subject as the rest of its line: %s", (subject) => {
    write(
      "SignIn.html",
      `\u{FEFF}---\r\n# A note\r\n\r\nsubject:  ${subject} \r\n---\r\n<p>{{code}}</p>\r\n`,
    );
    const { templates } = readTemplates(folder) as { templates: { usageType: string }[] };
    expect(templates.find(({ usageType }) => usageType === "SignIn")).toEqual({
      usageType: "SignIn",
      type: "text/html",
      subject,
      content: "<p>{{code}}</p>\n",
    });
  });

  test.each(["js", "javascript", "coffee", "json", " js", "yaml"])(
    "run nothing that a template brings along: ---%s",
    (language) => {
      const trace = path.join(path.dirname(folder), "trace");
      const program = `{ subject: require("node:fs").writeFileSync(${json(trace)}, "ran") || "A" }`;
      write("SignIn.html", `---${language}\n${program}\n---\n<p>{{code}}</p>`);
      expect(problems()).not.toEqual([]);
      expect(existsSync(trace)).toBe(false);
    },
  );

  test.each<[string, () => void, string]>([
    [
      "a missing type",
      () => rmSync(path.join(folder, "SignIn.html")),
      "templates/SignIn.html (or .txt): is missing",
    ],
    [
      "a message without its code",
      () => write("SignIn.html", "---\nsubject: Hello\n---\n<p>code</p>"),
      "templates/SignIn.html: expected {{code}} in the SignIn template, or its readers get none",
    ],
    [
      "a code in the subject only",
      () => write("SignIn.html", "---\nsubject: '{{code}}'\n---\n<p></p>"),
      "templates/SignIn.html: expected {{code}} in the SignIn template, or its readers get none",
    ],
    [
      "an invitation without its link",
      () => write("OrganizationInvitation.html", "---\nsubject: Join\n---\nCome"),
      "templates/OrganizationInvitation.html: expected {{link}} in the OrganizationInvitation template, or its readers get none",
    ],
    [
      "a message without a subject",
      () => write("Register.html", "<p>{{code}}</p>"),
      "templates/Register.html: subject: expected a text between the two lines of --- at the top",
    ],
    [
      "an empty subject",
      () => write("Register.html", "---\nsubject: ' '\n---\n{{code}}"),
      "templates/Register.html: subject: expected a text between the two lines of --- at the top",
    ],
    [
      "a line in front that says nothing",
      () => write("Register.html", "---\nsubject: >-\n  Your code\n---\n{{code}}"),
      'templates/Register.html: expected a line such as "subject: Your code" between the two of ---',
    ],
    [
      "a subject in YAML's quotes with YAML's escapes",
      () => write("Register.html", '---\nsubject: "Your \\u2713 code"\n---\n{{code}}'),
      "templates/Register.html: subject: expected it without quotes, as it is the rest of its line",
    ],
    [
      "two subjects",
      () => write("Register.html", "---\nsubject: A\nsubject: B\n---\n{{code}}"),
      "templates/Register.html: subject: expected one",
    ],
    [
      "a code that no reader sees",
      () => write("Register.html", "---\nsubject: A\n---\n<!-- {{code}} -->"),
      "templates/Register.html: expected {{code}} where readers see it: it stands only in a comment, an attribute, a style or an element that is hidden or has no contrast",
    ],
    [
      "a subject that stays as it is written",
      () => write("Generic.html", "---\nsubject: {{application.name}}\n---\n{{code}}"),
      "templates/Generic.html: subject: {{application.name}} would stay in the mail: Logto fills {{code}}, {{locale}}, {{uiLocales}} in a message of type Generic",
    ],
    [
      "a program in front",
      () => write("Register.html", "---js\n{ subject: 'A' }\n---\n{{code}}"),
      "templates/Register.html: subject: expected a text between the two lines of --- at the top",
    ],
    [
      "an unknown key",
      () => write("Register.html", "---\nsubject: A\nlanguage: en\n---\n{{code}}"),
      "templates/Register.html: language: unknown key, expected only subject",
    ],
    [
      "an unknown type",
      () => write("Signin.html", "{{code}}"),
      "templates/Signin.html: expected the name to be one of Register, SignIn, ForgotPassword, Generic, OrganizationInvitation, UserPermissionValidation, BindNewIdentifier, MfaVerification, BindMfa, and .html or .txt",
    ],
    [
      "two files for one type",
      () => write("SignIn.txt", "---\nsubject: A\n---\n{{code}}"),
      "templates/SignIn: expected one file, either .html or .txt",
    ],
  ])("may not hold %s", (_case, damage, problem) => {
    damage();
    expect(problems()).toEqual([problem]);
  });

  test("is told all that is wrong with it at once", () => {
    write("SignIn.html", "<p></p>");
    write("Register.html", "---\nsubject: A\n---\n");
    mkdirSync(path.join(folder, "drafts"));
    expect(problems()).toHaveLength(4);
  });
});

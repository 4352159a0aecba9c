import { generateKeyPairSync } from "node:crypto";
import type { PolicyPackConfig } from "@pulumi/policy";
import { rules } from "../../policies/rules";
import { judge, secret, unknown } from "../support/policies";
import { add, all, type Change, drop, isPossible, options, put } from "./changes";
import { chance } from "./credentials";
import { harmlessInDisguise } from "./harmless-in-disguise";
import { type ShippedStack, shippedStacks, type StackName, stackNames } from "./stacks";

/** Edits that a team makes and that no rule may stand in the way of. Default: on every stack that has what they change. */
type Harmless = [what: string, change: Change, allowedIn?: readonly StackName[]];

const uris = "oidcClientMetadata.redirectUris";
const template = "config.templates.0";
const hexadecimal = "0123456789abcdef";
const lowerCase = "0123456789abcdefghijklmnopqrstuvwxyz";
const html = (body: string) => `<!doctype html><html><body>{{ code }}${body}</body></html>`;
const email = { identifier: "email", verificationCode: true };
const username = { identifier: "username", password: true, verificationCode: false };

const ofApplications: Harmless[] = [
  ["another name", put("Application", "name", "Bücher & mehr")],
  [
    "a longer description",
    put("Application", "description", "Sells books since 1984. ".repeat(40)),
  ],
  [
    "another redirect URI",
    put("Application", `${uris}.1`, "https://shop.bookstore.example:8443/cb?a=b"),
  ],
  [
    "an app's own scheme",
    all(
      put("Application", "type", "Native"),
      put("Application", `${uris}.1`, "io.bookstore.app://callback"),
      put("Application", "oidcClientMetadata.postLogoutRedirectUris.0", "io.bookstore.app:/bye"),
    ),
  ],
  ["an address in capitals", put("Application", `${uris}.1`, "HTTPS://Bookstore.example/CB")],
  ["no sign-out URI", put("Application", "oidcClientMetadata.postLogoutRedirectUris", [])],
  [
    "a back-channel address",
    put(
      "Application",
      "oidcClientMetadata.backchannelLogoutUri",
      "https://bookstore.example/logout",
    ),
  ],
  ["an application for browsers", put("Application", "type", "SPA")],
  ["the longest id token", put("Application", "customClientMetadata.idTokenTtl", 86_400)],
  ["the shortest id token", put("Application", "customClientMetadata.idTokenTtl", 60)],
  [
    "the longest refresh token",
    put("Application", "customClientMetadata.refreshTokenTtlInDays", 90),
  ],
  [
    "a server's refresh token that stays",
    put("Application", "customClientMetadata.rotateRefreshToken", false),
  ],
  [
    "an adopted application",
    put("Application", "adoptId", chance("id", 21, "abcdefghij0123456789")),
  ],
  [
    "an adopted application of an older Logto",
    put("Application", "adoptId", chance("application id", 21)),
  ],
  [
    "a client id of an older Logto",
    put("ManagementAccess", "clientId", chance("application id", 21)),
  ],
  [
    "custom data",
    put("Application", "customData", {
      shop: { opened: "2026-11-25T01:50:00Z", id: 4711, open: true },
    }),
  ],
  ["a second secret, by name", put("Application", "secrets.1", { name: "Rotation of 2027-01" })],
  [
    "http on one's own machine",
    put("Application", `${uris}.1`, "http://127.0.0.1:8080/cb"),
    ["local", "dev"],
  ],
  [
    "a wildcard in a path of a test",
    put("Application", `${uris}.1`, "http://localhost:3000/*"),
    ["local", "dev"],
  ],
];

const ofMessages: Harmless[] = [
  ["another sender", put("SendGridConnector", "config.fromEmail", "hello@bookstore.example")],
  ["no sender's name", put("SendGridConnector", "config.fromName")],
  ["another subject", put("SendGridConnector", `${template}.subject`, "{{code}} is your code")],
  [
    "https pictures",
    put(
      "SendGridConnector",
      `${template}.content`,
      html('<img src="https://b.example/l.png" alt="">'),
    ),
  ],
  [
    "a picture in the text",
    put(
      "SendGridConnector",
      `${template}.content`,
      html(`<img src="data:image/png;base64,${chance("png", 600)}">`),
    ),
  ],
  [
    "links, of http too",
    put(
      "SendGridConnector",
      `${template}.content`,
      html('<a href="http://bookstore.example">Shop</a>'),
    ),
  ],
  [
    "words about scripts",
    put(
      "SendGridConnector",
      `${template}.content`,
      html("<p>No script, onclick= or javascript: here.</p>"),
    ),
  ],
  [
    "styles",
    put(
      "SendGridConnector",
      `${template}.content`,
      html("<style>p { color: red }</style><p style='margin: 0'>Hi</p>"),
    ),
  ],
  [
    "plain text with anything in it",
    all(
      put("SendGridConnector", `${template}.type`, "text/plain"),
      put(
        "SendGridConnector",
        `${template}.content`,
        "{{code}} <script> http: <img src=http://b.example>",
      ),
    ),
  ],
  [
    "an invitation, which has a link and no code",
    put("SendGridConnector", "config.templates.4", {
      usageType: "OrganizationInvitation",
      type: "text/html",
      subject: "Join",
      content: "<a href='{{link}}'>Join</a>",
    }),
  ],
  [
    "a rotated key",
    put("SendGridConnector", "config.apiKey", secret(`SG.${chance("1", 22)}.${chance("2", 43)}`)),
  ],
  [
    "another fingerprint",
    put("SendGridConnector", "secretFingerprints.apiKey", chance("f", 16, hexadecimal)),
  ],
];

const ofExperience: Harmless[] = [
  ["another colour", put("SignInExperience", "color.primaryColor", "#6139F6")],
  [
    "a style sheet",
    put(
      "SignInExperience",
      "customCss",
      "main.logtoStack2026 > .sign-in-button--primary-v2 { color: #6139F6; }",
    ),
  ],
  [
    "a privacy policy",
    put("SignInExperience", "privacyPolicyUrl", "https://bookstore.example/privacy#2026"),
  ],
  ["a cleared address", put("SignInExperience", "termsOfUseUrl", "")],
  ["a host with an umlaut", put("SignInExperience", "termsOfUseUrl", "https://bücher.example/agb")],
  [
    "a logo",
    put("SignInExperience", "branding.logoUrl", "https://cdn.bookstore.example/l/logo-v2.svg"),
  ],
  [
    "a logo that lies in its address",
    put("SignInExperience", "branding.logoUrl", "data:image/svg+xml,%3Csvg/%3E"),
  ],
  [
    "a style sheet that loads over https",
    put(
      "SignInExperience",
      "customCss",
      "a { background: url(https://cdn.bookstore.example/a.png) }",
    ),
  ],
  [
    "a strict password policy",
    put("SignInExperience", "passwordPolicy", {
      length: { min: 12, max: 256 },
      characterTypes: { min: 3 },
      rejects: { pwned: true, words: ["bookstore"] },
    }),
  ],
  [
    "a strict lock-out",
    put("SignInExperience", "sentinelPolicy", { maxAttempts: 1, lockoutDuration: 1440 }),
  ],
  [
    "short codes",
    put("SignInExperience", "verificationCodePolicy", {
      expirationDuration: 60,
      maxRetryAttempts: 1,
    }),
  ],
  [
    "long codes",
    put("SignInExperience", "verificationCodePolicy", {
      expirationDuration: 900,
      maxRetryAttempts: 10,
    }),
  ],
  ["no sign-up", put("SignInExperience", "signInMode", "SignIn")],
  [
    "a second factor",
    put("SignInExperience", "mfa", { factors: ["Totp", "BackupCode"], policy: "Mandatory" }),
  ],
  [
    "user names with passwords",
    all(
      put("SignInExperience", "signUp", {
        identifiers: ["username"],
        password: true,
        verify: false,
      }),
      put("SignInExperience", "signIn.methods", [{ ...username, isPasswordPrimary: true }]),
    ),
  ],
  [
    "addresses with passwords",
    all(
      put("SignInExperience", "signUp.password", true),
      put("SignInExperience", "signIn.methods", [
        { ...email, password: true, isPasswordPrimary: true },
      ]),
    ),
  ],
  [
    "user names without a connector",
    all(
      drop("SendGridConnector"),
      put("SignInExperience", "signUp", {
        identifiers: ["username"],
        password: true,
        verify: false,
      }),
      put("SignInExperience", "signIn.methods", [{ ...username, isPasswordPrimary: false }]),
    ),
  ],
  [
    "codes by phone, with the connector for them",
    all(
      put("SignInExperience", "forgotPasswordMethods", ["PhoneVerificationCode"]),
      add({
        type: "pulumi-nodejs:dynamic/logto:Connector",
        name: "sms",
        inputs: {
          factoryId: "twilio-short-message-service",
          config: {
            accountSID: `AC${chance("account", 32, hexadecimal)}`,
            authToken: secret(chance("sms", 32, hexadecimal)),
            fromMessagingServiceSID: `MG${chance("service", 32, hexadecimal)}`,
            templates: ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
              usageType,
              content: "{{code}} is your code for Bookstore <3",
            })),
          },
          secretFields: ["authToken"],
        },
        additionalSecretOutputs: ["original", "displaced"],
      }),
    ),
  ],
  ...(
    [
      [
        "google-universal",
        `${chance("g", 12, "0123456789")}-${chance("google id", 32, lowerCase)}.apps.googleusercontent.com`,
      ],
      ["github-universal", `Ov23li${chance("gh", 14)}`],
      ["gitlab-universal", chance("gl", 64, hexadecimal)],
    ] as const
  ).map(([factoryId, clientId]): Harmless => [
    `signing in by ${factoryId}`,
    add({
      type: "pulumi-nodejs:dynamic/logto:Connector",
      name: "social",
      inputs: {
        factoryId,
        config: { clientId, clientSecret: secret(chance("social", 40)) },
        secretFields: ["clientSecret"],
      },
      additionalSecretOutputs: ["original", "displaced"],
    }),
  ]),
  [
    "messages that Postmark keeps",
    add({
      type: "pulumi-nodejs:dynamic/logto:Connector",
      name: "postmark",
      inputs: {
        factoryId: "postmark-mail",
        config: {
          serverToken: secret("3f2b8c1d-9a4e-4f6b-8d2c-1e5a7b9c0d3f"),
          templates: ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
            usageType,
            templateAlias: `logto-${usageType.toLowerCase()}`,
          })),
        },
        secretFields: ["serverToken"],
      },
      additionalSecretOutputs: ["original", "displaced"],
    }),
  ],
  ["no sign-in experience", drop("SignInExperience")],
];

const certificate = `-----BEGIN CERTIFICATE-----\n${chance("certificate", 64)}\n${chance("its end", 30)}==\n-----END CERTIFICATE-----\n`;
const publicKey = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });

const ofContainers: Harmless[] = [
  [
    "another digest",
    put("Container/logto", "image", `svhd/logto:1.44.0@sha256:${chance("d", 64, hexadecimal)}`),
  ],
  ["the id of an image", put("Container/logto", "image", `sha256:${chance("d", 64, hexadecimal)}`)],
  [
    "a network by its id",
    put("Container/logto", "networksAdvanced.0.name", chance("n", 64, hexadecimal)),
  ],
  [
    "the network of another container",
    put("Container/logto", "networkMode", `container:${chance("n", 64, hexadecimal)}`),
  ],
  [
    "a volume without a name",
    put("Container/logto", "mounts.0.source", chance("v", 64, hexadecimal)),
  ],
  ["more memory", put("Container/logto", "memory", 2048)],
  ["another restart", put("Container/logto", "restart", "on-failure")],
  [
    "logs to the host's journal",
    all(put("Container/logto", "logDriver", "journald"), put("Container/logto", "logOpts")),
  ],
  ["a neutral variable", put("Container/logto", "envs.0", "DATABASE_POOL_SIZE=20")],
  ["a switch that is off", put("Container/logto", "envs.0", "INTEGRATION_TEST=false")],
  ["the place of a secret", put("Container/logto", "envs.0", "DB_URL_FILE=/run/secrets/db-url")],
  [
    "a public port, where no proxy's headers are trusted",
    put("Container/logto", "ports.0", { internal: 3001, external: 443 }),
    ["dev"],
  ],
  ["the admin endpoint on IPv6's loopback", put("Container/logto", "ports.1.ip", "::1")],
  ["no admin endpoint", put("Container/logto", "ports.1")],
  [
    "a capability by its long name",
    put("Container/postgres", "capabilities.adds.0", "CAP_DAC_OVERRIDE"),
  ],
  [
    "a folder of the project's own",
    put("Container/logto", "volumes", [
      { hostPath: "/srv/logto/connectors", containerPath: "/etc/logto/connectors" },
    ]),
  ],
  [
    "a folder of the host's that is for data",
    put("Volume/backups", "driverOpts", { type: "none", o: "bind", device: "/var/backups/logto" }),
  ],
  [
    "a folder in a home",
    put("Container/logto", "mounts.1", {
      type: "bind",
      source: "/home/alice/bookstore/connectors",
      target: "/etc/logto/connectors",
    }),
  ],
  [
    "Postgres's settings",
    put("Container/postgres", "command", [
      ...["-c", "fsync=on", "-c", "synchronous_commit=remote_write", "-p", "5432"],
    ]),
  ],
  [
    "another way to sign in at Postgres",
    put("Container/postgres", "envs.1", "POSTGRES_INITDB_ARGS=--auth=scram-sha-256 --no-sync"),
  ],
  ["a public port by an option", put("Container/logto", "command", ["serve", "-p", "3001"])],
  [
    "a public file",
    put("Container/logto", "uploads.0", { file: "/etc/ssl/ca.pem", content: publicKey }),
  ],
  [
    "the server's own certificate in a file that only it may read",
    put("Container/logto-secrets", "uploads.0", {
      file: "/run/secrets/certificate.pem",
      content: certificate + certificate,
      permissions: "0400",
    }),
  ],
  [
    "authorities with their names",
    put("Container/logto-secrets", "uploads.0", {
      file: "/run/secrets/authorities.pem",
      content: `# Bookstore's own\n${certificate}\n\n# Of before\n${certificate}`,
      permissions: "0400",
    }),
  ],
  [
    "a secret file of JSON",
    put("Container/logto-secrets", "uploads.0", {
      file: "/run/secrets/account.json",
      content: secret(JSON.stringify({ account: "bookstore", key: chance("account", 32) })),
      permissions: "0400",
    }),
  ],
  [
    "a label with a digest",
    put("Container/logto", "labels.1", {
      label: "image",
      value: `sha256:${chance("l", 64, hexadecimal)}`,
    }),
  ],
  [
    "another protected volume",
    add({
      type: "docker:index/volume:Volume",
      name: "redis",
      inputs: { name: "redis" },
      protect: true,
    }),
  ],
  [
    "a backup by another tool of Postgres",
    put("Container/logto-backup", "entrypoints", ["pg_basebackup", "-D", "/backups"]),
  ],
  [
    "a volume that may go, on dev",
    add({ type: "docker:index/volume:Volume", name: "scratch", inputs: { name: "scratch" } }),
    ["local", "dev"],
  ],
  [
    "an image by tag, on dev",
    add({
      type: "docker:index/remoteImage:RemoteImage",
      name: "redis",
      inputs: { name: "localhost:5000/redis:8-alpine" },
    }),
    ["local", "dev"],
  ],
  ["another port of the embedded Postgres", put("EmbeddedPostgres", "port", 15_432)],
  [
    "a database of another name",
    all(put("Database", "name", "bookstore"), options("Database", { protect: true })),
  ],
];

const corpus: Harmless[] = [
  ...ofApplications,
  ...ofMessages,
  ...ofExperience,
  ...ofContainers,
  ...harmlessInDisguise,
];

let stacks: Record<StackName, ShippedStack>;
beforeAll(async () => {
  stacks = await shippedStacks();
});

function findings(change: Change, name: StackName, own: PolicyPackConfig = {}) {
  const { resources, configuration } = stacks[name];
  return judge(rules, change.apply(resources), {
    configuration: { ...configuration, ...own },
    stack: name,
    isApply: true,
  });
}

test("there are at least 40 for each stack on Docker", () => {
  expect(new Set(corpus.map(([what]) => what)).size).toBe(corpus.length);
  for (const name of ["dev", "staging", "production"] as const) {
    const possible = corpus.filter(
      ([, change, allowedIn = stackNames]) =>
        allowedIn.includes(name) && isPossible(change, stacks[name].resources),
    );
    expect(possible.length).toBeGreaterThanOrEqual(40);
  }
});

test.each(corpus)("%s raises nothing", async (_, change, allowedIn = stackNames) => {
  const names = allowedIn.filter((name) => isPossible(change, stacks[name].resources));
  expect(names).not.toEqual([]);
  for (const name of names) {
    expect({ name, findings: await findings(change, name) }).toEqual({ name, findings: [] });
  }
});

/** What a rule stops unless an environment's configuration says otherwise. */
const choices: [what: string, change: Change, configuration: PolicyPackConfig][] = [
  [
    "a third-party application that is named",
    put("Application", "isThirdParty", true),
    { "third-party-applications-are-named": { applications: ["bookstore"] } },
  ],
  [
    "a longer id token",
    put("Application", "customClientMetadata.idTokenTtl", 100_000),
    { "token-lifetimes-are-bounded": { mostIdTokenSeconds: 100_000 } },
  ],
  [
    "a connector that somebody else keeps",
    drop("SendGridConnector"),
    { "identifiers-have-their-connector": { connectorsElsewhere: ["email"] } },
  ],
  [
    "a container that writes where it likes",
    put("Container/logto", "readOnly", false),
    { "container-roots-are-read-only": { writable: ["logto"] } },
  ],
  [
    "another capability",
    put("Container/logto", "capabilities.adds", ["SYS_TIME"]),
    {
      "containers-drop-privileges": {
        capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SYS_TIME"],
      },
    },
  ],
  [
    "a text that looks like a credential",
    put("Application", "customData", { note: chance("git", 40, hexadecimal) }),
    { "credentials-are-not-plaintext": { exceptions: ["customData.note"] } },
  ],
  [
    "a container in a group",
    put("Container/logto", "groupAdds", ["video"]),
    { "containers-drop-privileges": { groups: ["video"] } },
  ],
  [
    "a volume of another stack",
    put("Container/logto", "mounts.1", { type: "volume", source: "others", target: "/a" }),
    { "containers-use-the-stacks-own": { foreign: ["others"] } },
  ],
  [
    "a public name that leads elsewhere",
    put("Container/logto", "hosts", [{ host: "api.sendgrid.com", ip: "10.0.0.9" }]),
    { "extra-hosts-are-private": { names: ["api.sendgrid.com"] } },
  ],
  [
    "a guarded address",
    put("Container/logto", "ports.0.ip", "203.0.113.7"),
    { "proxy-headers-come-from-a-proxy": { guardedAddresses: ["203.0.113.7"] } },
  ],
  [
    "a provider over http, by a tunnel",
    add({
      type: "pulumi-nodejs:dynamic/logto:Connector",
      name: "oidc",
      inputs: { factoryId: "oidc", config: { tokenEndpoint: "http://id.b.example/t" } },
      additionalSecretOutputs: ["original", "displaced"],
    }),
    { "connections-are-encrypted": { hosts: ["id.b.example"] } },
  ],
  [
    "a style sheet of another host",
    put("SignInExperience", "customCss", '@import "https://cdn.b.example/a.css";'),
    { "sign-in-pages-run-no-code": { styleSheetHosts: ["cdn.b.example"] } },
  ],
  [
    "accounts that are linked by themselves",
    put("SignInExperience", "socialSignIn.automaticAccountLinking", true),
    { "accounts-are-linked-on-request": { allowAutomatic: true } },
  ],
  [
    "an image that somebody else updates",
    options("Container/logto", { ignoreChanges: ["image"] }),
    { "changes-are-not-ignored": { properties: ["memorySwap", "image"] } },
  ],
  [
    "a text that is called like a credential",
    put("Application", "customData", { passwordResetToken: "by e-mail" }),
    { "secrets-are-marked": { exceptions: ["customData.passwordResetToken"] } },
  ],
  [
    "a shorter password",
    put("SignInExperience", "passwordPolicy.length.min", 6),
    { "passwords-are-strong": { leastLength: 6 } },
  ],
];

test.each(choices)(
  "%s is a violation unless the configuration says otherwise",
  async (_, change, own) => {
    const [rule = ""] = Object.keys(own);
    const [found] = await findings(change, "production");
    expect(found?.policy).toBe(rule);
    // It is named in the refusal, ready to be set.
    const [option = ""] = Object.keys(own[rule] as object);
    expect(found?.message).toMatch(
      new RegExp(
        `"${rule}": \\{.*"${option}":.*\\} in policies/configuration/production\\.json\\.$`,
      ),
    );
    expect(await findings(change, "production", own)).toEqual([]);
  },
);

test("a value that nothing is asked of may be unknown in a preview", async () => {
  const resources = put("Container/logto", "networksAdvanced.0.name", unknown).apply(
    stacks.production.resources,
  );
  const found = await judge(
    rules.filter(
      ({ name }) => !/^credentials-|^secrets-are-marked$|-the-stacks-own$|-encrypted$/.test(name),
    ),
    resources,
  );
  expect(found).toEqual([]);
});

import { secret } from "../support/policies";
import { add, all, type Change, drop, hide, options, put } from "./changes";
import { chance, credentials } from "./credentials";
import { disguised } from "./faults-in-disguise";
import type { StackName } from "./stacks";

/** A change that a rule must stop. */
export interface Fault {
  rule: string;
  what: string;
  change: Change;
  /** The beginning of each sentence that is expected, and of no other. */
  says: string[];
  /** The environments that let it pass, by their configuration. */
  allowedIn: readonly StackName[];
  /** Whether the rule only warns. Default: it stops. */
  level?: "advisory";
  /** Whether redirect-uris-fit-the-application warns of it, too. */
  isMisfit?: boolean;
}

/** What developers may do on stacks of their own. */
const ofDevelopers = ["local", "dev"] as const;

function fault(
  rule: string,
  what: string,
  change: Change,
  says: string | string[],
  allowedIn: Fault["allowedIn"] = [],
): Fault {
  return { rule, what, change, says: [says].flat(), allowedIn };
}

const application = (path: string) => `In the Application "bookstore", ${path} must `;
const connector = (path: string) => `In the SendGridConnector "bookstore-email", ${path} must `;
const experience = (path: string) => `In the SignInExperience "sign-in-experience", ${path} must `;
const logto = (path: string) => `In the Container "logto", ${path} must `;
const postgres = (path: string) => `In the Container "postgres", ${path} must `;
const server = "pulumi-nodejs:dynamic/logto-server";
const html = (body: string) => `<!doctype html><html><body>{{code}}${body}</body></html>`;
const inTemplate = (body: string) =>
  put("SendGridConnector", "config.templates.0.content", html(body));
const content = connector("config.templates[0].content");

const marked = "secrets-are-marked";
const notPlaintext = "credentials-are-not-plaintext";
const declared = "secret-outputs-are-declared";
const leaves = "only-leaves-are-secret";
const placeholders = "credentials-are-no-placeholders";
const sandbox = "sandbox-stays-local";

const ofSecrets: Fault[] = [
  fault(
    marked,
    "a SendGrid key in clear",
    put("SendGridConnector", "config.apiKey", "in-clear-4711"),
    connector("config.apiKey"),
  ),
  fault(
    marked,
    "what a connector names as its secret in clear",
    add({
      type: "pulumi-nodejs:dynamic/logto:Connector",
      name: "smtp",
      inputs: {
        factoryId: "simple-mail-transfer-protocol",
        config: { auth: { user: "bookstore", relay: "in-clear-4711" } },
        secretFields: ["auth.relay"],
      },
      additionalSecretOutputs: ["original", "displaced"],
    }),
    `In the Connector "smtp", config.auth.relay must `,
  ),
  ...(
    [
      ["EmbeddedPostgres", "superuserPassword", "postgres"],
      ["LogtoDatabase", "password", "logto"],
      ["ManagementAccess", "databaseUrl", "management-access"],
      ["ClosedConsole", "databaseUrl", "closed-console"],
      ["Administrator", "databaseUrl", "administrator"],
      ["Sandbox", "databaseUrl", "sandbox"],
      ["DatabaseRole", "databaseUrl", "logto"],
      ["DatabaseRole", "password", "logto"],
      ["postgresql", "password", "postgres"],
    ] as const
  ).map(([kind, path, name]) =>
    fault(
      marked,
      `${path} of ${kind} in clear`,
      put(kind, path, "in-clear-4711"),
      `In the ${kind} "${name}", ${path} must `,
    ),
  ),
  fault(
    marked,
    "a Docker host's key in clear",
    add({ type: "pulumi:providers:docker", name: "remote", inputs: { keyMaterial: "in-clear" } }),
    `In the docker "remote", keyMaterial must `,
  ),
  fault(
    marked,
    "a credential in a container's environment",
    put("Container/logto", "envs.0", "DB_URL=postgres:///logto"),
    logto("envs[0]"),
  ),
  fault(
    marked,
    "a private file of a container in clear",
    put("Container/logto-secrets", "uploads.0.content", "in-clear-4711"),
    `In the Container "logto-secrets", uploads[0].content must `,
  ),
  fault(
    marked,
    "a password next to a certificate in a private file in clear",
    put(
      "Container/logto-secrets",
      "uploads.0.content",
      `-----BEGIN CERTIFICATE-----\n${chance("certificate", 64)}\n-----END CERTIFICATE-----\nin-clear-4711`,
    ),
    `In the Container "logto-secrets", uploads[0].content must `,
  ),
  fault(
    notPlaintext,
    "a SendGrid key in a description",
    put("Application", "description", `Sends with ${credentials.sendGrid}`),
    application("description"),
  ),
  fault(
    notPlaintext,
    "a private key in custom data",
    put("Application", "customData", { signing: { pem: credentials.privateKey } }),
    application("customData.signing.pem"),
  ),
  fault(
    notPlaintext,
    "a token in a label",
    put("Container/logto", "labels.0.value", credentials.token),
    logto("labels[0].value"),
  ),
  fault(
    notPlaintext,
    "a cloud's key in a template",
    put("SendGridConnector", "config.templates.1.content", `{{code}} ${credentials.awsKeyId}`),
    connector("config.templates[1].content"),
  ),
  fault(
    notPlaintext,
    "an address with a password in a command",
    put("Container/logto-backup", "command.0", credentials.postgresUrl),
    `In the Container "logto-backup", command[0] must `,
  ),
  fault(
    notPlaintext,
    "a random text in a style sheet",
    put("SignInExperience", "customCss", `/* ${credentials.alphanumeric} */`),
    experience("customCss"),
  ),
  fault(
    notPlaintext,
    "a client secret in the place of the client id",
    put("ManagementAccess", "clientId", chance("client secret", 32)),
    `In the ManagementAccess "management-access", clientId must `,
  ),
  fault(
    notPlaintext,
    "what would be an id in its place, in another",
    put("Application", "customData", { note: chance("application id", 21) }),
    application("customData.note"),
  ),
  fault(
    notPlaintext,
    "what would be a container's id in its place, in another",
    put("ReadyContainer/logto", "advice", chance("n", 64, "0123456789abcdef")),
    `In the ReadyContainer "logto", advice must `,
  ),
  fault(
    notPlaintext,
    "a random text in the place of a container's id",
    put("FinishedContainer/logto-seed", "container", credentials.alphanumeric),
    `In the FinishedContainer "logto-seed", container must `,
  ),
  fault(
    notPlaintext,
    "a token of GitHub in a volume's label",
    put("Volume/backups", "labels", [{ label: "from", value: credentials.gitHub }]),
    `In the Volume "backups", labels[0].value must `,
  ),
  fault(
    declared,
    "a client secret that is an output in clear",
    options("Application", { additionalSecretOutputs: ["secretValues"] }),
    application("the option additionalSecretOutputs"),
  ),
  fault(
    declared,
    "the key of a displaced connector in clear",
    options("SendGridConnector", { additionalSecretOutputs: ["original"] }),
    connector("the option additionalSecretOutputs"),
  ),
  fault(
    declared,
    "a database's address that is an output in clear",
    options("LogtoDatabase", { additionalSecretOutputs: ["password"] }),
    `In the LogtoDatabase "logto", the option additionalSecretOutputs must `,
  ),
  fault(
    leaves,
    "templates that are secret as a whole",
    hide("SendGridConnector", "config.templates"),
    connector("config.templates"),
  ),
  fault(
    leaves,
    "an object of the application that is secret",
    put("Application", "customData", secret({ shop: { opened: "2026" } })),
    application("customData"),
  ),
  fault(
    placeholders,
    "a placeholder for the SendGrid key",
    put("SendGridConnector", "config.apiKey", secret("change-me-please")),
    connector("config.apiKey"),
    ofDevelopers,
  ),
  fault(
    placeholders,
    "the database password of an example",
    put("DatabaseRole", "password", secret("postgres")),
    `In the DatabaseRole "logto", password must `,
    ofDevelopers,
  ),
  fault(
    placeholders,
    "an example's password inside an address",
    put("ManagementAccess", "databaseUrl", secret("postgres://logto:p0stgr3s@postgres/logto")),
    `In the ManagementAccess "management-access", databaseUrl must `,
    ofDevelopers,
  ),
  fault(
    placeholders,
    "a placeholder in a container's private file",
    put("Container/postgres-secrets", "uploads.0.content", secret("<your password>")),
    `In the Container "postgres-secrets", uploads[0].content must `,
    ofDevelopers,
  ),
  fault(
    sandbox,
    "the sandbox in production",
    add({
      type: `${server}:Sandbox`,
      name: "sandbox",
      inputs: { endpoint: "https://auth.bookstore.example" },
      additionalSecretOutputs: ["databaseUrl"],
    }),
    `In the Sandbox "sandbox", the resource must `,
    ofDevelopers,
  ),
  fault(
    sandbox,
    "the sandbox's database in production",
    add({
      type: `${server}:EmbeddedPostgres`,
      name: "postgres",
      inputs: { directory: ".logto-stack/production/postgres" },
      additionalSecretOutputs: ["superuserPassword"],
    }),
    `In the EmbeddedPostgres "postgres", the resource must `,
    ofDevelopers,
  ),
];

const https = "addresses-are-https";
const wildcard = "addresses-have-no-wildcard";
const hosts = "application-names-its-hosts";
const complete = "email-templates-are-complete";
const inert = "email-templates-are-inert";
const verified = "sign-up-is-verified";
const consistent = "sign-up-matches-sign-in";
const sender = "identifiers-have-their-connector";
const loaded = "pages-load-over-https";
const passwords = "passwords-are-strong";
const lockout = "lockout-is-bounded";
const codes = "verification-codes-are-bounded";
const lifetimes = "token-lifetimes-are-bounded";

const ofIdentity: Fault[] = [
  ...[
    ["in a comment", "<p>Hello</p><!-- {{code}} -->"],
    ["in an element without height", '<p style="max-height:0;overflow:hidden">{{code}}</p>'],
    ["in the colour of its background", '<p style="color:#fff;background:white">{{code}}</p>'],
    ["hidden by a style sheet", "<style>.c{display:none}</style><p class=c>{{code}}</p>"],
    ["in an attribute", '<img alt="{{code}}">'],
  ].map(([where, body]) =>
    fault(
      "email-templates-are-readable",
      `a code ${where}`,
      put("SendGridConnector", "config.templates.0.content", body),
      `${content}show its code`,
    ),
  ),
  ...["{{ user.email }}", "%%CODE%%", "{code}", "${code}"].map((variable) =>
    fault(
      "email-templates-are-readable",
      `${variable} that stays in the mail`,
      inTemplate(variable),
      `${content}do without variables`,
    ),
  ),
  fault(
    "email-templates-are-readable",
    "a variable that stays in the subject",
    put("SendGridConnector", "config.templates.0.subject", "%%CODE%% is your code"),
    `${connector("config.templates[0].subject")}do without variables`,
  ),
  fault(
    "applications-can-sign-in",
    "an application without redirect URIs",
    put("Application", "oidcClientMetadata.redirectUris", []),
    application("oidcClientMetadata.redirectUris"),
  ),
  ...(
    [
      ["a sign-out URI with a fragment", "postLogoutRedirectUris.0", "https://b.example/#/bye"],
      ["a redirect URI with an empty fragment", "redirectUris.1", "https://b.example/callback#"],
    ] as const
  ).map(([what, path, value]) =>
    fault(
      "applications-can-sign-in",
      what,
      put("Application", `oidcClientMetadata.${path}`, value),
      application(`oidcClientMetadata.${path.replace(/\.(\d)$/, "[$1]")}`),
    ),
  ),
  ...["backchannelLogoutUri", "logoUri"].map((path) =>
    fault(
      "applications-can-sign-in",
      `an app's scheme as ${path}`,
      put("Application", `oidcClientMetadata.${path}`, "data:image/png;base64,iVBORw0KGgo="),
      application(`oidcClientMetadata.${path}`),
    ),
  ),
  ...(
    [
      ["an app's scheme of a web application", "Traditional", "com.example.app://cb"],
      ["an app's scheme of a browser's application", "SPA", "capacitor://localhost/cb"],
      ["http of another host for a native application", "Native", "http://app.example/cb"],
      ["https of a loopback for a native application", "Native", "https://localhost/cb"],
    ] as const
  ).flatMap(([what, type, uri]) =>
    (["redirectUris", "postLogoutRedirectUris"] as const).map((list) => ({
      ...fault(
        "redirect-uris-fit-the-application",
        `${what} in ${list}`,
        all(
          put("Application", "type", type),
          put("Application", "oidcClientMetadata.redirectUris", ["https://b.example/cb"]),
          put("Application", "oidcClientMetadata.postLogoutRedirectUris", []),
          put("Application", `oidcClientMetadata.${list}`, [uri]),
        ),
        application(`oidcClientMetadata.${list}[0]`),
      ),
      level: "advisory" as const,
    })),
  ),
  ...(
    [
      ["a redirect URI over http", "redirectUris.0", "http://bookstore.example/callback"],
      ["a redirect URI of one's own machine", "redirectUris.0", "https://localhost:3000/callback"],
      ["a sign-out URI over http", "postLogoutRedirectUris.0", "http://bookstore.example/"],
      ["a back-channel address of a loopback", "backchannelLogoutUri", "https://127.0.0.1/logout"],
      ["a redirect URI that runs", "redirectUris.0", "javascript:alert(1)//bookstore.example"],
      ["a redirect URI to a file server", "redirectUris.0", "ftp://bookstore.example/callback"],
      ["a redirect URI over http after a space", "redirectUris.0", " http://bookstore.example/"],
      ["a redirect URI over http with a break", "redirectUris.0", "ht\ntp://bookstore.example/"],
      ["an app's scheme that no app has", "redirectUris.0", "io.bookstore.app://callback"],
      ["a sign-out URI that is no address", "postLogoutRedirectUris.0", "bookstore.example"],
      ["a loopback in IPv6's form", "redirectUris.0", "https://[::ffff:127.0.0.1]/callback"],
      ["a loopback as one number", "redirectUris.0", "https://2130706433/callback"],
      ["a host of Docker's", "redirectUris.0", "https://host.docker.internal./callback"],
    ] as const
  ).map(([what, path, value]) => ({
    ...fault(
      https,
      what,
      put("Application", `oidcClientMetadata.${path}`, value),
      application(`oidcClientMetadata.${path.replace(/\.(\d)$/, "[$1]")}`),
      ofDevelopers,
    ),
    isMisfit: /^(?:javascript|ftp|io\.bookstore\.app):/.test(value),
  })),
  ...(
    [
      [
        "an app's scheme without a domain",
        "oidcClientMetadata.redirectUris",
        "javascript:alert(1)",
      ],
      ["an app's scheme for an origin", "customClientMetadata.corsAllowedOrigins", "io.app://here"],
    ] as const
  ).map(([what, path, value]) =>
    fault(
      https,
      what,
      all(put("Application", "type", "Native"), put("Application", `${path}.0`, value)),
      application(`${path}[0]`),
      ofDevelopers,
    ),
  ),
  fault(
    loaded,
    "a logo of a social connector over http",
    add({
      type: "pulumi-nodejs:dynamic/logto:Connector",
      name: "social",
      inputs: {
        factoryId: "oidc",
        config: {},
        metadata: { target: "x", logo: "http://x.example/a.png" },
      },
      additionalSecretOutputs: ["original", "displaced"],
    }),
    `In the Connector "social", metadata.logo must `,
  ),
  fault(
    https,
    "terms of use over http",
    put("SignInExperience", "termsOfUseUrl", "http://bookstore.example/terms"),
    experience("termsOfUseUrl"),
    ofDevelopers,
  ),
  fault(
    https,
    "a webhook over http",
    add({
      type: "pulumi-nodejs:dynamic/logto:Webhook",
      name: "orders",
      inputs: { config: { url: "http://orders.bookstore.example/hook" } },
      additionalSecretOutputs: ["signingKey", "original"],
    }),
    `In the Webhook "orders", config.url must `,
    ofDevelopers,
  ),
  fault(
    wildcard,
    "a wildcard in a path",
    put("Application", "oidcClientMetadata.redirectUris.0", "https://bookstore.example/*"),
    application("oidcClientMetadata.redirectUris[0]"),
    ofDevelopers,
  ),
  fault(
    hosts,
    "a wildcard for a host, even on a developer's own stack",
    put("Application", "oidcClientMetadata.redirectUris.0", "http://*.bookstore.example/callback"),
    application("oidcClientMetadata.redirectUris[0]"),
  ),
  fault(
    wildcard,
    "a wildcard that is encoded",
    put("Application", "oidcClientMetadata.redirectUris.0", "https://bookstore.example/%2a"),
    application("oidcClientMetadata.redirectUris[0]"),
    ofDevelopers,
  ),
  fault(
    hosts,
    "an encoded wildcard for a host",
    put("Application", "oidcClientMetadata.redirectUris.0", "http://%2A.bookstore.example/"),
    application("oidcClientMetadata.redirectUris[0]"),
  ),
  fault(
    hosts,
    "a wildcard for a host behind a backslash",
    put("Application", "oidcClientMetadata.redirectUris.0", "http:\\\\*.bookstore.example/"),
    application("oidcClientMetadata.redirectUris[0]"),
  ),
  fault(
    hosts,
    "a wildcard for the host after sign-out",
    put("Application", "oidcClientMetadata.postLogoutRedirectUris.0", "http://*/"),
    application("oidcClientMetadata.postLogoutRedirectUris[0]"),
  ),
  fault(
    complete,
    "a template that is missing",
    put("SendGridConnector", "config.templates.3"),
    connector("config.templates"),
  ),
  fault(
    complete,
    "a template without its code",
    put("SendGridConnector", "config.templates.2.content", "<p>Your code is on its way</p>"),
    connector("config.templates[2].content"),
  ),
  fault(
    complete,
    "a template without a subject",
    put("SendGridConnector", "config.templates.0.subject", " "),
    connector("config.templates[0].subject"),
  ),
  ...[
    ["a script", "<script>fetch('https://thief.example')</script>"],
    ["a handler", '<p onmouseover="alert(1)">Hello</p>'],
    ["a link that runs", '<a href="java\nscript:alert(1)">Shop</a>'],
    ["a frame", '<iframe src="https://thief.example"></iframe>'],
    ["a form", '<form action="https://thief.example"><input></form>'],
    ["a refresh", '<meta http-equiv="Refresh" content="0;url=https://thief.example">'],
    ["an http picture", '<img src="http://bookstore.example/logo.png" alt="">'],
    [
      "an http picture among several",
      '<img srcset="https://b.example/1 1x, http://b.example/2 2x">',
    ],
    ["an http background", "<p style=\"background: url('http://bookstore.example/b.png')\">Hi</p>"],
    ["an http style sheet", "<style>@import 'http://bookstore.example/mail.css';</style>"],
  ].map(([what = "", body = ""]) =>
    fault(inert, `${what} in a message`, inTemplate(body), content),
  ),
  fault(
    verified,
    "an address that no code proves",
    put("SignInExperience", "signUp.verify", false),
    experience("signUp.verify"),
  ),
  fault(
    verified,
    "a second address that no code proves",
    put("SignInExperience", "signUp.secondaryIdentifiers", [
      { identifier: "email", verify: false },
    ]),
    experience("signUp.secondaryIdentifiers[0].verify"),
  ),
  fault(
    consistent,
    "users who cannot sign in with what they signed up with",
    put("SignInExperience", "signIn.methods.0.identifier", "username"),
    experience("signUp.identifiers[0]"),
  ),
  fault(
    consistent,
    "a way to sign in that takes nothing",
    put("SignInExperience", "signIn.methods.0.verificationCode", false),
    [experience("signIn.methods[0]"), experience("signIn.methods[0].verificationCode")],
  ),
  fault(
    consistent,
    "a password first where there is none",
    put("SignInExperience", "signIn.methods.0.isPasswordPrimary", true),
    experience("signIn.methods[0].isPasswordPrimary"),
  ),
  fault(
    consistent,
    "sign-up without sign-in",
    put("SignInExperience", "signIn"),
    experience("signIn"),
  ),
  fault(
    consistent,
    "a user name without a password",
    all(
      put("SignInExperience", "signUp.identifiers.0", "username"),
      put("SignInExperience", "signIn.methods.1", {
        identifier: "username",
        password: true,
        verificationCode: false,
        isPasswordPrimary: true,
      }),
    ),
    experience("signUp.password"),
  ),
  fault(sender, "codes by e-mail that nothing sends", drop("SendGridConnector"), [
    experience("signUp.identifiers[0]"),
    experience("signIn.methods[0]"),
  ]),
  fault(
    sender,
    "codes by phone that nothing sends",
    put("SignInExperience", "forgotPasswordMethods", ["PhoneVerificationCode"]),
    experience("forgotPasswordMethods[0]"),
  ),
  ...(
    [
      ["length.min", 7],
      ["length.max", 20],
      ["characterTypes.min", 0],
      ["rejects.pwned", false],
      ["rejects.repetitionAndSequence", false],
      ["rejects.userInfo", false],
    ] as const
  ).map(([path, value]) =>
    fault(
      passwords,
      `a weaker password policy: ${path}`,
      put("SignInExperience", `passwordPolicy.${path}`, value),
      experience(`passwordPolicy.${path}`),
    ),
  ),
  ...(
    [
      [lockout, "sentinelPolicy.maxAttempts", 0],
      [lockout, "sentinelPolicy.maxAttempts", 101],
      [lockout, "sentinelPolicy.lockoutDuration", 0],
      [lockout, "sentinelPolicy.lockoutDuration", 1441],
      [codes, "verificationCodePolicy.expirationDuration", 901],
      [codes, "verificationCodePolicy.maxRetryAttempts", 0],
      [codes, "verificationCodePolicy.maxRetryAttempts", 11],
    ] as const
  ).map(([rule, path, value]) =>
    fault(rule, `${path} of ${value}`, put("SignInExperience", path, value), experience(path)),
  ),
  ...(
    [
      ["idTokenTtl", 86_401],
      ["idTokenTtl", 1],
      ["refreshTokenTtl", 91 * 86_400],
      ["refreshTokenTtlInDays", 91],
    ] as const
  ).map(([path, value]) =>
    fault(
      lifetimes,
      `${path} of ${value}`,
      put("Application", `customClientMetadata.${path}`, value),
      application(`customClientMetadata.${path}`),
    ),
  ),
  fault(
    lifetimes,
    "a browser's refresh token that stays",
    all(
      put("Application", "type", "SPA"),
      put("Application", "customClientMetadata.rotateRefreshToken", false),
    ),
    application("customClientMetadata.rotateRefreshToken"),
  ),
  fault(
    "third-party-applications-are-named",
    "a third party that was not agreed on",
    put("Application", "isThirdParty", true),
    application("isThirdParty"),
  ),
];

const pinned = "images-are-pinned";
const ports = "private-ports-stay-private";
const privileges = "containers-drop-privileges";
const apart = "containers-are-apart-from-the-host";
const limits = "containers-have-limits";
const back = "containers-come-back";
const files = "container-secrets-come-in-files";
const switches = "development-switches-are-off";
const data = "data-is-protected";

const ofHost = [
  ...["/", "//", "/etc/.", "/srv/../etc", "/etc/passwd", "/root/.ssh", "/proc/1", "/usr", "/var"],
  ...["/var/lib", "/var/lib/containerd/", "/var/log", "/home", "/home/logto", "/Users/logto"],
  ...["/home/logto/.ssh/id", "/srv/podman/podman.sock"],
];

const ofPlatform: Fault[] = [
  fault(
    pinned,
    "a container by tag",
    put("Container/logto", "image", "svhd/logto:1.43.0"),
    logto("image"),
    ofDevelopers,
  ),
  fault(
    pinned,
    "an image by tag",
    put("RemoteImage/postgres", "name", "postgres:17-alpine"),
    `In the RemoteImage "postgres", name must `,
    ofDevelopers,
  ),
  fault(
    pinned,
    "an image of no version, even on dev",
    put("RemoteImage/logto", "name", "svhd/logto"),
    `In the RemoteImage "logto", name must `,
  ),
  fault(
    pinned,
    "the latest image, even on dev",
    put("RemoteImage/logto", "name", "svhd/logto:latest"),
    `In the RemoteImage "logto", name must `,
  ),
  fault(ports, "Postgres published", put("Container/postgres", "ports.0.ip"), postgres("ports[0]")),
  fault(
    ports,
    "the admin endpoint published",
    put("Container/logto", "ports.1.ip", "0.0.0.0"),
    logto("ports[1]"),
  ),
  fault(
    ports,
    "the admin endpoint published on a port of its own",
    all(
      put("Container/logto", "envs.0", "ADMIN_PORT=4002"),
      put("Container/logto", "ports.2", { internal: 4002, external: 4002 }),
    ),
    logto("ports[2]"),
  ),
  ...(
    [
      ["by its variable", put("Container/postgres", "envs.1", "PGPORT=6432")],
      ["by an option", put("Container/postgres", "command", ["-p", "6432"])],
      ["by a setting", put("Container/postgres", "command", ["postgres", "-c", "port = 6432"])],
    ] as const
  ).map(([what, change]) =>
    fault(
      ports,
      `Postgres published on a port of its own, ${what}`,
      all(change, put("Container/postgres", "ports.1", { internal: 6432, external: 6432 })),
      postgres("ports[1]"),
    ),
  ),
  fault(
    ports,
    "every port published",
    put("Container/logto", "publishAllPorts", true),
    logto("publishAllPorts"),
  ),
  ...(
    [
      [privileges, "privileged", true, "privileged"],
      [privileges, "capabilities.drops", ["NET_RAW"], "capabilities.drops"],
      [privileges, "capabilities.adds", ["SYS_ADMIN"], "capabilities.adds[0]"],
      [privileges, "securityOpts", [], "securityOpts"],
      [privileges, "securityOpts.1", "seccomp=unconfined", "securityOpts[1]"],
      [apart, "networkMode", "host", "networkMode"],
      [apart, "pidMode", "host", "pidMode"],
      [apart, "volumes", [{ hostPath: "/var/run/docker.sock" }], "volumes[0].hostPath"],
      [apart, "devices", [{ hostPath: "/dev/kmsg" }], "devices[0]"],
      [limits, "memory", 0, "memory"],
      [limits, "logOpts", { "max-size": "10m" }, "logOpts"],
      [limits, "logOpts", { "max-size": "-1", "max-file": "3" }, "logOpts"],
      [back, "restart", "no", "restart"],
      [back, "init", false, "init"],
      ["container-roots-are-read-only", "readOnly", false, "readOnly"],
      [files, "envs.0", secret("TRUST_PROXY_HEADER=1"), "envs[0]"],
      [files, "labels.0.value", secret("identity"), "labels[0].value"],
      [switches, "envs.0", "INTEGRATION_TEST=1", "envs[0]"],
      [switches, "envs.0", "DEV_FEATURES_ENABLED=true", "envs[0]"],
      [switches, "envs.0", "DEVELOPMENT_USER_ID=somebody", "envs[0]"],
      [switches, "envs.0", "NODE_TLS_REJECT_UNAUTHORIZED=0", "envs[0]"],
      [switches, "envs.0", "POSTGRES_HOST_AUTH_METHOD=trust", "envs[0]"],
      [switches, "envs.0", "POSTGRES_INITDB_ARGS=--auth=trust", "envs[0]"],
      [switches, "envs.0", "POSTGRES_INITDB_ARGS=-A trust", "envs[0]"],
      [switches, "command", ["initdb", "-A", "trust"], "command"],
      [switches, "command", ["initdb", "--auth-local", "trust"], "command"],
      ...[
        "fsync=off",
        "fsync = 0",
        "fsync=FALSE",
        "synchronous_commit=off",
        "full_page_writes=no",
      ].map((setting) => [switches, "command", ["postgres", "-c", setting], "command"] as const),
      [switches, "command", ["postgres", "--full-page-writes=off"], "command"],
    ] as const
  ).map(([rule, path, value, where]) =>
    fault(
      rule,
      `a container with ${path} ${typeof value === "string" ? value : JSON.stringify(value)}`,
      put("Container/logto", path, value),
      logto(where),
    ),
  ),
  ...(
    [
      [
        "a server without a limit on its processes",
        put("ReadyContainer/logto", "processLimit"),
        "logto",
      ],
      ["a server that nothing limits", drop("ReadyContainer/logto"), "logto"],
      [
        "a container with a limit that is none",
        put("FinishedContainer/logto-seed", "processLimit", 0),
        "logto-seed",
      ],
    ] as const
  ).map(([what, change, name]) =>
    fault(limits, what, change, `In the Container "${name}", the number of its processes must `),
  ),
  fault(
    files,
    "a secret in a file that others may read",
    put("Container/logto-secrets", "uploads.0.permissions", "0644"),
    `In the Container "logto-secrets", uploads[0].permissions must `,
  ),
  fault(
    apart,
    "folders and sockets of the host's",
    put(
      "Container/logto",
      "mounts",
      ofHost.map((source) => ({ type: "bind", source, target: "/host" })),
    ),
    ofHost.map((_, index) => logto(`mounts[${index}].source`)),
  ),
  fault(
    apart,
    "a volume that is a folder of the host's",
    put("Volume/backups", "driverOpts", { type: "none", o: "bind", device: "/etc" }),
    `In the Volume "backups", driverOpts.device must `,
  ),
  fault(
    data,
    "a volume that a destroy deletes",
    options("Volume/postgres-data", { protect: false }),
    `In the Volume "postgres-data", the option protect must `,
    ofDevelopers,
  ),
  fault(
    data,
    "a database that a destroy deletes",
    options("Database", { protect: false }),
    `In the Database "logto", the option protect must `,
    ofDevelopers,
  ),
  fault(
    "backups-are-made",
    "no backup",
    drop("Container/logto-backup"),
    postgres("the database"),
    ofDevelopers,
  ),
];

/** One for each thing that a rule stops. The stack's file is none of its resources: it has tests of its own. */
export const faults: readonly Fault[] = [
  ...ofSecrets,
  ...ofIdentity,
  ...ofPlatform,
  ...disguised.map((one) => fault(...one)),
];

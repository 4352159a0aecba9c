import { secret } from "../support/policies";
import { add, all, type Change, options, put, putVariable } from "./changes";
import { chance } from "./credentials";
import type { StackName } from "./stacks";

const hexadecimal = "0123456789abcdef";
const digits = "0123456789";
const html = (body: string) =>
  `<!doctype html><html><head></head><body>{{code}}${body}</body></html>`;
const message = (body: string) =>
  put("SendGridConnector", "config.templates.0.content", html(body));
const data = (held: object) => put("Application", "customData", held);
const label = (name: string, value: string) =>
  put("Container/logto", "labels.1", { label: name, value });
const css = (text: string) => put("SignInExperience", "customCss", text);
const page = (text: string) => put("SignInExperience", "customContent", { "/sign-in": text });
const connector = (factoryId: string, config: object, secretFields: string[] = []): Change =>
  add({
    type: "pulumi-nodejs:dynamic/logto:Connector",
    name: "other",
    inputs: { factoryId, config, secretFields },
    additionalSecretOutputs: ["original", "displaced"],
  });
const provider = (kind: string, inputs: object): Change =>
  add({ type: `pulumi:providers:${kind}`, name: "other", inputs });

/** What has the form of a fault and does no harm, so that no rule may stand in its way. */
export const harmlessInDisguise: [what: string, change: Change, allowedIn?: StackName[]][] = [
  // Random, and public by its place.
  [
    "the revision of a build",
    label("org.opencontainers.image.revision", chance("git", 40, hexadecimal)),
  ],
  ["a revision by another name", label("com.example.git-sha", chance("git2", 40, hexadecimal))],
  ["a revision in custom data", data({ build: { commit: chance("git3", 40, hexadecimal) } })],
  [
    "a revision in a sentence",
    put("Application", "description", `Built from commit ${chance("git4", 40, hexadecimal)}`),
  ],
  [
    "an address of a revision",
    data({ source: `https://github.com/bookstore/shop/tree/${chance("git5", 40, hexadecimal)}` }),
  ],
  ["the key of a site at reCAPTCHA", data({ recaptcha: { siteKey: `6Ld${chance("site", 37)}` } })],
  ["the key of a site at Turnstile", data({ turnstileSiteKey: `0x4AAAAAAA${chance("turn", 14)}` })],
  [
    "a publishable key of Stripe's",
    data({ stripePublishableKey: `pk_live_${chance("stripe", 40)}` }),
  ],
  ["a public key for pushes", data({ vapidPublicKey: chance("vapid", 87) })],
  [
    "an address of a film",
    put(
      "SignInExperience",
      "supportWebsiteUrl",
      `https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL${chance("list", 32)}`,
    ),
  ],
  [
    "a film of a list",
    data({ help: `https://youtu.be/${chance("film", 11)}?si=${chance("si", 16)}` }),
  ],
  [
    "a font",
    css(
      `@font-face{font-family:a;src:url(https://fonts.gstatic.com/s/inter/v13/${chance("font", 60)}.woff2)}`,
    ),
  ],
  [
    "a style sheet of fonts",
    css('@import url("https://fonts.googleapis.com/css2?family=Inter:wght@400;700&display=swap");'),
  ],
  [
    "a style sheet of one's own",
    css('@import "/custom/theme.css"; body { background: url("/a.png") }'),
  ],
  [
    "a font in the style sheet",
    css(`@font-face{font-family:a;src:url(data:font/woff2;base64,${chance("woff", 400)})}`),
  ],
  [
    "words of http in a style sheet",
    css('/* see http://b.example */ p::after { content: "http://b.example" }'),
  ],
  [
    "selectors of passwords",
    css('input[type="password"] { color: red } .token-list { margin: 0 }'),
  ],
  [
    "a hashed picture",
    message(`<img src="https://cdn.b.example/a.${chance("hash", 32)}.png" alt="">`),
  ],
  [
    "an analytics id",
    data({
      analytics: {
        measurementId: `G-${chance("ga", 10)}`,
        trackingId: `UA-${chance("ua", 9, digits)}-1`,
      },
    }),
  ],
  ["an id of a tenant", data({ tenantId: chance("tenant", 24), projectId: chance("project", 24) })],
  ["the integrity of a script", data({ integrity: `sha384-${chance("sri", 64)}` })],
  ["a digest by its name", data({ sha256: chance("digest", 64, hexadecimal) })],
  ...(
    [
      ["a client of Okta's", "oidc", `0oa${chance("okta", 17)}`],
      ["a client of Auth0's", "oidc", chance("auth0", 32)],
      ["a client of Entra's", "azuread-universal", "3f2b8c1d-9a4e-4f6b-8d2c-1e5a7b9c0d3f"],
      ["a client of Apple's", "apple-universal", "example.bookstore.signin"],
      ["a client of Discord's", "discord-universal", chance("discord", 18, digits)],
      ["a client of X's", "x-universal", chance("x", 34)],
      ["a client of Spotify's", "oauth2", chance("spotify", 32, hexadecimal)],
    ] as const
  ).map(([what, factoryId, clientId]): [string, Change] => [
    what,
    connector(factoryId, { clientId, clientSecret: secret(chance(what, 40)) }, ["clientSecret"]),
  ]),
  // Names of credentials, and no credentials.
  ["a link to reset a password", data({ links: { resetPassword: "https://b.example/reset" } })],
  ["a link to forget a password", data({ forgotPassword: "https://b.example/forgot?lang=en" })],
  ["a page to change a password", data({ changePassword: "/account/password" })],
  ["the text of a button", data({ labels: { resetPassword: "Reset your password" } })],
  ["a question", data({ forgotPassword: "Forgot your password?" })],
  ["the page of an API's keys", data({ apiKeys: "https://b.example/docs/api-keys" })],
  [
    "the address of tokens",
    data({ tokenUrl: "https://b.example/token", tokenEndpoint: "https://b.example/t" }),
  ],
  ["how long tokens live", data({ tokenTtl: "3600", passwordMinLength: "12", secretName: "db" })],
  [
    "keys and addresses that pages show to everybody",
    data({
      sentryDsn: `https://${"0f".repeat(16)}@o1.ingest.b.example/2`,
      search: { searchOnlyApiKey: "d41d8cd98f00b204e9800998ecf8427e" },
      mapPublicToken: "pk.eyJ1IjoiYSJ9.b3Vy",
    }),
  ],
  [
    "an app that listens on its user's machine",
    all(
      put("Application", "type", "Native"),
      put("Application", "oidcClientMetadata.redirectUris.0", "http://127.0.0.1/callback"),
    ),
  ],
  ["where a password is", put("Container/logto", "envs.0", "PGPASSFILE=/run/secrets/pgpass")],
  [
    "a password's file",
    put("Container/logto", "command", ["serve", "--password-file", "/run/secrets/p"]),
  ],
  [
    "a password from a file",
    put("Container/logto", "command", ["sh", "-c", 'PGPASSWORD="$(cat /run/secrets/p)" psql']),
  ],
  [
    "a password of the environment",
    put("Container/logto", "command", ["sh", "-c", "redis-cli -a $REDIS_PASSWORD ping"]),
  ],
  [
    "a password by another's variable",
    put("Container/logto", "command", ["sh", "-c", "export PGPASSWORD=${DB_PASSWORD}"]),
  ],
  ["no password", put("Container/logto", "command", ["psql", "--no-password", "-c", "select 1"])],
  ["a port like a password", put("Container/logto", "command", ["docker-proxy", "-p", "8080"])],
  [
    "a query",
    put("Container/logto", "command", [
      "psql",
      "-c",
      "select count(*) from users where password is null",
    ]),
  ],
  [
    "a health check of a page",
    put("Container/logto", "healthcheck.tests", [
      "CMD",
      "curl",
      "-f",
      "-u",
      "health:",
      "http://127.0.0.1:3001/api/status",
    ]),
  ],
  ["a cookie's name", put("Container/logto", "envs.0", "COOKIE_NAME=logto")],
  [
    "words about passwords",
    put("Application", "description", "Users sign in with a password: no token is needed."),
  ],
  [
    "a message about passwords",
    message("<p>Your password: forgotten? Your token: not needed.</p>"),
  ],
  [
    "an application's words for people",
    put("Container/logto", "uploads.0", {
      file: "/etc/messages.json",
      content: '{"password": "Password", "token_expired": "The token has expired"}',
    }),
  ],
  [
    "names that have another meaning",
    data({
      designTokens: ["color-primary", "space-4"],
      localStorageKey: "bookstore.cart",
      queueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
      requireToken: "true",
      auth: '{"auth":"oidc"}',
    }),
  ],
  [
    "keys and ids that services give out for pages",
    data({
      placeId: `ChIJ${chance("place", 23)}`,
      shops: [`ChIJ${chance("place 2", 23)}`],
      mapbox: { accessToken: `pk.eyJ1IjoiYm9va3N0b3JlIn0.${chance("mapbox", 22)}` },
      algolia: { searchApiKey: chance("algolia", 32, hexadecimal) },
      posthogKey: `phc_${chance("posthog", 43)}`,
      priceId: `price_${chance("price", 24)}`,
      templateId: `d-${chance("template", 32, hexadecimal)}`,
    }),
  ],
  [
    "public keys of JSON",
    data({
      jwks: JSON.stringify({
        keys: [{ kty: "EC", crv: "P-256", x: chance("x", 43), y: chance("y", 43), kid: "a" }],
      }),
    }),
  ],
  [
    "certificates without the lines of PEM",
    connector("saml", {
      x509Certificate: `MII${chance("x509", 300)}`,
      idpMetadataXml: `<EntityDescriptor><ds:X509Certificate>MII${chance("idp", 300)}</ds:X509Certificate></EntityDescriptor>`,
    }),
  ],
  ...[
    "GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/gcp.json",
    "ALLOW_EMPTY_PASSWORD=no",
    "REQUIRE_TOKEN=true",
    `SENTRY_DSN=https://${chance("sentry", 32, hexadecimal)}@o1.ingest.b.example/2`,
  ].map((variable): [string, Change] => [
    `the variable ${variable.split("=")[0]}`,
    put("Container/logto", "envs.0", variable),
  ]),
  ...[
    ["sshpass", "-f", "/run/secrets/p", "ssh", "-p", "22", "b.example"],
    ["sh", "-c", "mongosh --eval 1; mkdir -p /tmp/a"],
    ["sh", "-c", "[ -n \"$TOKEN\" ] || { echo 'TOKEN: missing'; exit 1; }"],
    ["sh", "-c", "psql -c \"alter role logto password '$PASSWORD'\""],
    ["psql", "-c", "alter role logto password :'password'"],
    ["mysql", "-P", "3306", "-u", "a", "-p", "--protocol=tcp"],
  ].map((words): [string, Change] => [words.join(" "), put("Container/logto", "command", words)]),
  ["a switch by the name of a cookie", label("proxy.sticky.cookie", "true")],
  [
    "the file of a password in a volume's options",
    put("Volume/backups", "driverOpts", { type: "cifs", o: "credentials=/etc/cifs,uid=999" }),
  ],
  // Addresses.
  [
    "an at-sign in a path",
    put("Application", "oidcClientMetadata.redirectUris.1", "https://b.example/@shop/cb"),
  ],
  [
    "an at-sign in a query",
    put("Application", "oidcClientMetadata.redirectUris.1", "https://b.example/cb?to=a@b.example"),
  ],
  ["a host in Japanese", put("SignInExperience", "termsOfUseUrl", "https://本とカフェ.example/")],
  ["a host in Russian", put("SignInExperience", "termsOfUseUrl", "https://книги.рф/")],
  ["a host in Greek", put("SignInExperience", "termsOfUseUrl", "https://βιβλία.example/")],
  // Messages.
  [
    "a conditional comment",
    message(
      '<!--[if mso]><table width="600"><tr><td><![endif]--><p>a</p><!--[if mso]></td></tr></table><![endif]-->',
    ),
  ],
  [
    "settings for Outlook",
    message(
      "<!--[if mso]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->",
    ),
  ],
  [
    "a button for Outlook",
    message(
      '<!--[if mso]><v:roundrect href="https://b.example" arcsize="10%"></v:roundrect><![endif]-->',
    ),
  ],
  ["a picture that is attached", message('<img src="cid:logo" alt="">')],
  [
    "links to write and call",
    message('<a href="mailto:help@b.example?subject=Hi">a</a><a href="tel:+491234">b</a>'),
  ],
  ["the code in a title", message('<p title="{{code}}">a</p>')],
  ["an anchor", message('<a href="#top">a</a>')],
  ["a comment", message("<!-- <script>no</script> //b.example http://b.example -->")],
  ["noscript with text", message("<noscript><p>a</p></noscript>")],
  [
    "a set of https pictures",
    message("<style>p{background:image-set('https://b.example/a' 1x)}</style>"),
  ],
  [
    "a name space of XML",
    message('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'),
  ],
  ["a queried style", message("<style>@media (max-width:600px){p{width:100%!important}}</style>")],
  [
    "a film in custom content",
    page('<iframe width="560" src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="a"></iframe>'),
  ],
  ["custom content", page('<p class="hint">Ask <a href="https://b.example/help">us</a></p>')],
  // The platform.
  [
    "mail with TLS",
    connector("simple-mail-transfer-protocol", { host: "mail.b.example", port: 465, secure: true }),
  ],
  [
    "mail with TLS that is required",
    connector("simple-mail-transfer-protocol", {
      host: "mail.b.example",
      port: 587,
      secure: false,
      requireTLS: true,
    }),
  ],
  [
    "mail to one's own machine",
    connector("simple-mail-transfer-protocol", { host: "localhost", port: 1025 }),
  ],
  [
    "a provider of https",
    connector("oidc", { tokenEndpoint: "https://id.b.example/token", scope: "openid profile" }),
  ],
  [
    "names of SAML's",
    connector("saml", {
      entityID: "http://id.b.example/metadata",
      signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    }),
  ],
  ["an engine by SSH", provider("docker", { host: "ssh://deploy@b.example" })],
  ["an engine of this machine", provider("docker", { host: "unix:///var/run/docker.sock" })],
  [
    "an engine with certificates",
    provider("docker", { host: "tcp://b.example:2376", certPath: "/etc/docker/certs" }),
  ],
  ["an engine behind a tunnel", provider("docker", { host: "tcp://127.0.0.1:2375" })],
  [
    "a database elsewhere with TLS",
    provider("postgresql", { host: "db.b.example", sslmode: "verify-full" }),
  ],
  [
    "a database through a tunnel",
    provider("postgresql", { host: "localhost", sslmode: "disable" }),
  ],
  [
    "a proxy on a private network",
    all(
      put("Container/logto", "ports.0.ip", "10.0.0.5"),
      putVariable("Container/logto", "TRUST_PROXY_HEADER=1"),
    ),
  ],
  [
    "a public port without a proxy",
    all(
      put("Container/logto", "ports.0", { internal: 3001, external: 443 }),
      putVariable("Container/logto", "TRUST_PROXY_HEADER=0"),
    ),
  ],
  [
    "an own name at the same machine",
    all(
      putVariable("Container/logto", "ENDPOINT=https://auth.bookstore.example"),
      put("Container/logto", "hosts", [{ host: "auth.bookstore.example", ip: "host-gateway" }]),
    ),
  ],
  [
    "a name inside",
    put("Container/logto", "hosts", [
      { host: "ldap.internal", ip: "10.0.0.8" },
      { host: "db", ip: "10.0.0.9" },
    ]),
  ],
  ["a user of the image", put("Container/logto", "user", "node:node")],
  ["a user by number", put("Container/postgres", "user", "70:70")],
  [
    "a description that may change",
    options("Application", { ignoreChanges: ["description", "customData.note"] }),
  ],
  ["a password of many letters", put("RandomPassword/logto-database-password", "length", 24)],
  [
    "a role that may create roles",
    add({
      type: "postgresql:index/role:Role",
      name: "reports",
      inputs: { name: "reports", createRole: true, superuser: false, roles: ["pg_monitor"] },
      additionalSecretOutputs: ["password"],
    }),
  ],
  [
    "a switch that is off, in a command",
    put("Container/logto", "command", ["sh", "-c", "INTEGRATION_TEST=false npm start"]),
  ],
  [
    "accounts that are linked when users ask",
    put("SignInExperience", "socialSignIn", { automaticAccountLinking: false }),
  ],
];

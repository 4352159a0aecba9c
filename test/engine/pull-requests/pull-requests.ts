import { secretSettings } from "../../../stacks/secret-settings";

/** An edit of a file: what stands there once, and what in its place. */
type Edit = [file: string, from: string, to: string];

/** A change as somebody proposes it, and what its reviewer must be able to say of it. */
export interface PullRequest {
  /** The name of the file next to this one that is its report. */
  name: string;
  edits?: Edit[];
  /** Files that are new, by their path. */
  files?: Record<string, string>;
  /** Secrets of the stack that get other values. */
  secrets?: Record<string, string>;
  /** What `npm run review` ends with. */
  code: 0 | 1 | 2;
  /** What its reviewer can say: resources, properties and values as the report has them, in backticks. */
  canSay: string[];
}

/** What somebody did at the server, without this project. */
export interface Drift extends Pick<PullRequest, "name" | "code" | "canSay"> {
  request: (appId: string) => [method: "PATCH" | "DELETE", path: string, body?: object];
}

/** Without the stack's state, secrets and Docker Engine. */
export interface OfflinePullRequest extends PullRequest {
  stack: "dev" | "staging" | "production";
}

const local = "Pulumi.local.yaml";
const identity = "stacks/identity.ts";
const template = (usage: string) => `infra/templates/${usage}.html`;
const callback = "      - http://localhost:3000/callback\n";

/** Every secret of a stack, encrypted under a passphrase that is nowhere. */
function sealed(value: string): string {
  return secretSettings
    .map(({ key }) => `  ${key}:\n    secure: v1:AAAAAAAAAAAAAAAA:${value}\n`)
    .join("");
}

/** What the pull requests change has beyond what is shipped: all secrets, and what can be taken away. */
export const base: Edit[] = [
  ["Pulumi.dev.yaml", "config:\n", `config:\n${sealed("one")}`],
  [local, callback, `${callback}      - http://localhost:3000/callback-of-old\n`],
  [
    local,
    "    signUpIdentifier: email\n",
    `    signUpIdentifier: email
    password: true
    passwordMinimumLength: 12
    termsOfUseUrl: https://bookstore.example/terms
    privacyPolicyUrl: https://bookstore.example/privacy
`,
  ],
];

/** A megabyte. */
const hugeStyleSheet = Array.from(
  { length: 20_000 },
  (_, index) => `.shelf-${index} { background-position: -${index * 8}px 0; }\n`,
).join("");

export const ofLocal: PullRequest[] = [
  {
    name: "template-text",
    edits: [[template("SignIn"), "Enter this code to sign in.", "Type this code to sign in."]],
    code: 1,
    canSay: [
      "In `config.templates[SignIn].content` of `bookstore-email` the text `<p>Enter this code to sign in.</p>` becomes `<p>Type this code to sign in.</p>`.",
    ],
  },
  {
    name: "subjects-of-all-templates",
    edits: [
      ["Register", "sign-up"],
      ["SignIn", "sign-in"],
      ["ForgotPassword", "password reset"],
      ["Generic", "verification"],
    ].map(([usage = "", code = ""]): Edit => [
      template(usage),
      `subject: Your Bookstore ${code} code`,
      `subject: "{{code}} is your ${code} code"`,
    ]),
    code: 1,
    canSay: [
      '`bookstore-email`: `config.templates[Register].subject` becomes `"{{code}} is your sign-up code"`.',
      '`bookstore-email`: `config.templates[SignIn].subject` becomes `"{{code}} is your sign-in code"`.',
      '`bookstore-email`: `config.templates[ForgotPassword].subject` becomes `"{{code}} is your password reset code"`.',
      '`bookstore-email`: `config.templates[Generic].subject` becomes `"{{code}} is your verification code"`.',
    ],
  },
  {
    name: "another-sender",
    edits: [
      [local, "fromEmail: no-reply@bookstore.example", "fromEmail: codes@bookstore.example"],
      [local, "    fromName: Bookstore\n", ""],
    ],
    code: 1,
    canSay: [
      'Mails of `bookstore-email` come from (`config.fromEmail`) `"codes@bookstore.example"` instead of `"no-reply@bookstore.example"`.',
      '`config.fromName` of `bookstore-email`, which was `"Bookstore"`, is removed.',
    ],
  },
  {
    name: "rotated-mail-key",
    secrets: { "logto-stack:sendgridApiKey": "SG.canaryApiKey0815canaryApiKey" },
    code: 1,
    canSay: [
      "The secret `config.apiKey` of `bookstore-email` changes.",
      "The outbox has it too: `apiKey` of `outbox`, which makes a new `mailServer.certificate` of `sandbox`.",
    ],
  },
  {
    name: "rotated-credential-of-the-management-api",
    secrets: { "logto:clientSecret": "canaryClientSecret0815" },
    code: 1,
    canSay: ["The secret `logto:clientSecret` changes, which `management-access` sets."],
  },
  {
    name: "removed-redirect-uri",
    edits: [[local, "      - http://localhost:3000/callback-of-old\n", ""]],
    code: 1,
    canSay: [
      '`oidcClientMetadata.redirectUris` of `bookstore` loses `"http://localhost:3000/callback-of-old"`.',
    ],
  },
  {
    name: "added-redirect-uri",
    edits: [[local, callback, `${callback}      - https://shop.bookstore.example/callback\n`]],
    code: 1,
    canSay: [
      '`oidcClientMetadata.redirectUris` of `bookstore` gets `"https://shop.bookstore.example/callback"`.',
    ],
  },
  {
    name: "redirect-uris-in-another-order",
    edits: [
      [
        local,
        `${callback}      - http://localhost:3000/callback-of-old\n`,
        `      - http://localhost:3000/callback-of-old\n${callback}`,
      ],
    ],
    code: 1,
    canSay: [
      '`oidcClientMetadata.redirectUris` of `bookstore` are the same in the order `["http://localhost:3000/callback-of-old","http://localhost:3000/callback"]`.',
      'So the stack\'s output `redirectUri` is now `"http://localhost:3000/callback-of-old"`.',
    ],
  },
  {
    name: "forbidden-redirect-uri",
    edits: [[local, callback, `${callback}      - http://*.bookstore.example/callback\n`]],
    code: 2,
    canSay: [
      '`oidcClientMetadata.redirectUris` of `bookstore` gets `"http://*.bookstore.example/callback"`.',
      "That cannot be applied: `application-names-its-hosts`.",
    ],
  },
  {
    name: "replaced-application",
    edits: [
      [
        local,
        "    name: Bookstore\n    description",
        "    name: Bookstore\n    type: SPA\n    description",
      ],
    ],
    code: 1,
    canSay: [
      '`type` of `bookstore` becomes `"SPA"`, so that it is replaced by one with another client id.',
    ],
  },
  {
    name: "second-application",
    edits: [
      [
        identity,
        "  const connector = new SendGridConnector(",
        `  new Application("warehouse", { name: "Warehouse", type: "MachineToMachine" }, options);
  const connector = new SendGridConnector(`,
      ],
    ],
    code: 1,
    canSay: [
      'A second application `warehouse` is created, with `name` `"Warehouse"` and `type` `"MachineToMachine"`.',
    ],
  },
  {
    name: "removed-connector",
    edits: [
      [
        identity,
        `  const connector = new SendGridConnector("bookstore-email", email, options);\n`,
        "",
      ],
      [identity, "[...ready, connector]", "ready"],
      [
        identity,
        "application: bookstore, connector, signInExperience",
        "application: bookstore, signInExperience",
      ],
      [identity, "  connector: SendGridConnector;\n", ""],
      [identity, 'import { SendGridConnector } from "../infra/logto/sendgrid-connector";\n', ""],
    ],
    code: 2,
    canSay: [
      "`bookstore-email` is deleted: no codes are sent any more.",
      "That cannot be applied: `identifiers-have-their-connector`.",
    ],
  },
  {
    name: "protection-from-deletion",
    edits: [[identity, "{ dependsOn: ready }", "{ dependsOn: ready, protect: true }"]],
    code: 1,
    canSay: [
      "`bookstore`, `bookstore-email` and `sign-in-experience` cannot be deleted any more: `the option protect` is `true` now.",
    ],
  },
  {
    name: "weaker-passwords",
    edits: [[local, "passwordMinimumLength: 12", "passwordMinimumLength: 8"]],
    code: 1,
    canSay: ["`passwordPolicy.length.min` of `sign-in-experience` goes from `12` to `8`."],
  },
  {
    name: "unverified-sign-up",
    edits: [[identity, "password, verify: isProven }", "password, verify: false }"]],
    code: 2,
    canSay: [
      "`sign-in-experience` cannot be: `signUp.verify: expected true`.",
      "Nor may it be applied: `sign-up-is-verified`.",
    ],
  },
  {
    name: "sign-up-with-user-names",
    edits: [[local, "signUpIdentifier: email", "signUpIdentifier: username"]],
    code: 1,
    canSay: [
      'Users of `sign-in-experience` sign up (`signUp.identifiers`) with `"username"` instead of `"email"`, unverified (`signUp.verify`).',
      ...["identifier", "password", "verificationCode", "isPasswordPrimary"].map(
        (property) =>
          `So they sign in: \`signIn.methods[username].${property}\` instead of \`signIn.methods[email].${property}\`.`,
      ),
      "No one gets a code to reset a password: `forgotPasswordMethods`.",
    ],
  },
  {
    name: "removed-terms-and-privacy-policy",
    edits: [
      [local, "    termsOfUseUrl: https://bookstore.example/terms\n", ""],
      [local, "    privacyPolicyUrl: https://bookstore.example/privacy\n", ""],
    ],
    code: 1,
    canSay: [
      '`sign-in-experience` has no `termsOfUseUrl` any more, which was `"https://bookstore.example/terms"`.',
      'Nor a `privacyPolicyUrl`, which was `"https://bookstore.example/privacy"`.',
    ],
  },
  {
    name: "custom-style-sheet",
    edits: [
      [
        local,
        "    signUpIdentifier: email\n",
        "    signUpIdentifier: email\n    customCss: |\n      form { border-radius: 0; }\n      button { text-transform: uppercase; }\n",
      ],
    ],
    code: 1,
    canSay: [
      "`sign-in-experience` gets a `customCss` with `+form { border-radius: 0; }` and `+button { text-transform: uppercase; }`.",
    ],
  },
  {
    name: "huge-style-sheet",
    edits: [
      [
        identity,
        "    branding: {",
        '    customCss: require("node:fs").readFileSync("infra/shelves.css", "utf8"),\n    branding: {',
      ],
    ],
    files: { "infra/shelves.css": hugeStyleSheet },
    code: 1,
    canSay: [
      "`sign-in-experience` gets a `customCss` of `20000 lines`, too long to be shown here.",
    ],
  },
  {
    name: "text-from-right-to-left",
    edits: [
      [local, "    name: Bookstore\n", '    name: "חנות ספרים \\u202Egpj.exe 📚"\n'],
      [template("Register"), "Enter this code to", "‏הזינו את הקוד הזה to"],
    ],
    code: 1,
    canSay: [
      'The `name` of `bookstore` becomes `"חנות ספרים \\u{202e}gpj.exe 📚"`, whose sixth character would turn the text.',
      "In `config.templates[Register].content` of `bookstore-email` the text gets `\\u{200f}הזינו את הקוד הזה`.",
    ],
  },
];

/** With `--refresh`. Each is left as it is for the next. */
export const ofServer: Drift[] = [
  {
    name: "drift-of-one-property",
    request: () => ["PATCH", "/api/sign-in-exp", { signInMode: "Register" }],
    code: 1,
    canSay: [
      '`signInMode` of `sign-in-experience` was changed on the server to `"Register"`; the up puts it back to `"SignInAndRegister"`.',
    ],
  },
  {
    name: "drift-of-a-deleted-application",
    request: (appId) => ["DELETE", `/api/applications/${appId}`],
    code: 1,
    canSay: [
      "`bookstore` is gone from the server; the up creates another one.",
      "`signInMode` of `sign-in-experience` is still another one.",
    ],
  },
];

/** With `--offline`. */
export const ofDocker: OfflinePullRequest[] = [
  {
    name: "another-image",
    stack: "dev",
    edits: [["Pulumi.dev.yaml", "svhd/logto:1.43.0", "svhd/logto:1.44.0"]],
    code: 1,
    canSay: [
      '`name` of the image `logto` goes from `"svhd/logto:1.43.0"` to `"svhd/logto:1.44.0"`, by `logto-stack:docker.logtoImage`.',
      "`upgrade-check` tries that `image` first, and the `alteration` that it tells.",
      "The containers `logto`, `logto-alterations`, `logto-seed` and `logto-trial` may be replaced, as their `image` may be another one.",
      "What waits for them may run again (`container`, `advice`, `trigger`), `logto-backup` too.",
    ],
  },
  {
    name: "every-secret-of-a-stack-on-docker",
    stack: "dev",
    edits: [
      ["Pulumi.dev.yaml", sealed("one"), sealed("two")],
      [
        "infra/server/database/generated-password.ts",
        "{ length: 32, special: false }",
        "{ length: 40, special: false }",
      ],
    ],
    code: 1,
    canSay: [
      ...secretSettings.map(({ key }) => `The secret \`${key}\` changes.`),
      "The mails' is the `apiKey` of `sendgrid-preflight` and the `config.apiKey` of `bookstore-email`.",
      "`postgres-superuser-password` and `logto-database-password` get another `length`, so they are replaced, and the `databaseUrl` of `management-access`, `administrator`, `closed-console` and `upgrade-check` with them.",
      "The containers `postgres`, `postgres-secrets`, `logto`, `logto-secrets`, `logto-seed`, `logto-trial`, `logto-trial-secrets`, `logto-backup` and `logto-backup-secrets` may be replaced (`labels`, `uploads`).",
      "So what waits for them may run again (`container`, `advice`, `trigger`), and masks others in their logs: `secrets.superuserPassword`, `secrets.logtoPassword`, `secrets.redisUrl` and `secrets.redisPassword`.",
      "The `administrator` gets another `password`.",
    ],
  },
  {
    name: "another-environment-and-less-memory",
    stack: "staging",
    edits: [
      [
        "Pulumi.staging.yaml",
        "    trustProxyHeader: true\n",
        "    trustProxyHeader: true\n    databasePoolSize: 5\n    logtoMemory: 512\n",
      ],
    ],
    code: 1,
    canSay: [
      "`logto` gets in `envs`, as `logto-trial` does, the variable `DATABASE_POOL_SIZE=5`, by `logto-stack:docker.databasePoolSize`.",
      "`logto`, `logto-alterations`, `logto-seed` and `logto-trial` may use `512` megabytes (`memory`, `memorySwap`) instead of `1024`.",
      "So the first and the last are replaced, and what waits for their `container` may run again.",
    ],
  },
  {
    name: "unprotected-data",
    stack: "production",
    edits: [
      [
        "Pulumi.production.yaml",
        "    trustProxyHeader: true\n",
        "    trustProxyHeader: true\n    protect: false\n",
      ],
    ],
    code: 2,
    canSay: [
      "`the option protect` of `postgres-data`, `backups` and the database `logto` goes from `true` to `false`, also of `postgres-secrets`, `logto-secrets`, `logto-trial-secrets` and `logto-backup-secrets`.",
      "That cannot be applied: `data-is-protected`.",
    ],
  },
];

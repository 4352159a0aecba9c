import { isIP, isIPv4 } from "node:net";
import { isLanguageTag } from "@logto/language-kit";
import * as pulumi from "@pulumi/pulumi";
import { type ZodIssue, z } from "zod";
import { isEmailAddress } from "../../infra/email-address";
import {
  type Connection,
  defaultResource,
  parallelExpectation,
  readConnection,
} from "../../infra/logto/connection";
import { corsOrigin, redirectUri } from "../../infra/logto/oidc-client";
import { blockedInCss, isShownOnPages, pictureExpectation } from "../../infra/logto/page-content";
import type { EmailTemplate } from "../../infra/logto/sendgrid-connector";
import type { AgreeToTermsPolicy } from "../../infra/logto/sign-in-experience";
import {
  defaultSendGridEndpoint,
  isSendGridEndpoint,
  sendGridEndpointExpectation,
} from "../../infra/sendgrid/endpoint";
import {
  administratorNameExpectation,
  administratorPasswordExpectation,
  clientIdExpectation,
  clientSecretExpectation,
  fingerprintKeyExpectation,
  isAdministratorName,
  isAdministratorPassword,
  isClientId,
  isClientSecret,
  isFingerprintKey,
} from "../../infra/server/credential";
import { isDockerHost } from "../../infra/server/docker-connection";
import { isPlaceholder } from "../../infra/placeholder";
import { isLoopbackUrl, isServedHere, loopbackExpectation } from "../../infra/server/loopback-url";
import { type FileRead, isFor, readCertificates, readPrivateKey } from "../certificate-files";
import {
  declaresAdministrator,
  neededSecrets,
  type RuntimeName,
  runtimes,
  secretSettings,
} from "../secret-settings";
import { readTemplates, type TemplatesRead } from "../templates";
import { isUrl } from "../../infra/url";

/** All that a stack is configured with, checked. Nothing else in the program reads configuration. */
export interface Settings extends Omit<PlainSettings, "email"> {
  /** The key of the fingerprints that show that a secret changed. Secret. */
  fingerprintKey: pulumi.Output<string>;
  /** Where Logto's cache is, for the runtime `docker`. Default: nowhere, it asks the database. Secret. */
  redisUrl?: pulumi.Output<string>;
  email: PlainSettings["email"] & {
    /** The SendGrid API key. Secret. */
    apiKey: pulumi.Output<string>;
  };
}

/** {@link Settings} without the secrets, which stay with the engine. */
export interface PlainSettings {
  /** The stack's name, such as `local`. */
  stack: string;
  /** `logto-stack:runtime`: how the server comes to be. */
  runtime: RuntimeName;
  logto: {
    /** `logto:endpoint`: where Logto is, without a slash at the end. */
    endpoint: string;
    /** `logto:adminEndpoint`: where its console and its tenant `admin` are. Default: not known. */
    adminEndpoint?: string;
    /** `logto:clientId`: of the machine-to-machine application. Default: infrastructure. */
    clientId: string;
    /** `logto:resource`: the indicator of the Management API. Default: that of every self-hosted Logto. */
    resource: string;
    /**
     * `logto:parallel`: how many requests to the Management API may be under way at once, 1 to 100.
     * Default: 10.
     */
    parallel?: number;
  };
  /** `logto-stack:embedded`, for the runtime of that name. */
  embedded: {
    /** Where the embedded Postgres listens on 127.0.0.1. Default: a free port, which is then kept. */
    postgresPort?: number;
    /** Where the outbox shows on this machine what the sandbox sent. Default: 3003. */
    outboxPort: number;
  };
  /** `logto-stack:docker`; present where the runtime is `docker`. */
  docker?: {
    /** With its version, and outside development with its digest; so is the next. */
    logtoImage: string;
    /** Of Postgres 14 to 17: later ones keep their data in another folder. */
    postgresImage: string;
    /**
     * The Docker Engine, such as ssh://user@host; TLS for tcp:// is that of DOCKER_CERT_PATH. Default: that
     * of DOCKER_HOST, else of this machine. Of an engine elsewhere postgresPort must be forwarded to this
     * machine, as with `ssh -L 5433:127.0.0.1:5433 user@host`.
     */
    host?: string;
    /** Begins the names of containers, volumes and the network. Default: logto- and the stack's name. */
    name: string;
    /**
     * Where a reverse proxy finds Logto on the engine's machine. Default: 3001; where the endpoint is of this
     * machine its own port, and no other, as Logto tells its tenants apart by the address that it is asked by.
     */
    port: number;
    /** The same for the admin endpoint. Default: 3002. */
    adminPort: number;
    /** Of the engine's machine, at which `port` is open; 0.0.0.0 is all of them. Default: 127.0.0.1. */
    address: string;
    /**
     * The same for `adminPort`. Whoever reaches the console may guess at its administrator's password, so the
     * policy private-ports-stay-private lets it be loopback only, unless it is told another. Default: 127.0.0.1.
     */
    adminAddress: string;
    /** Where Postgres is open on 127.0.0.1, for what this project writes into it. Default: 5433. */
    postgresPort: number;
    /**
     * Whether a reverse proxy's X-Forwarded headers are believed: true behind one that speaks TLS, and only
     * where nobody gets past it. Default: false.
     */
    trustProxyHeader: boolean;
    /** How many backups of the database are kept, 1 to 100; one is made before each change of logtoImage. Default: 7. */
    backupsKept: number;
    /**
     * The server's own TLS, of the files `tls.certificateFile`, its certificate and then the chain, and
     * `tls.keyFile`, both in PEM form. Then the endpoints are https, without a reverse proxy. Default: none.
     */
    tls?: { certificate: string; /** Secret. */ key: string };
    /**
     * What `caCertificatesFile` holds: authorities that Logto trusts beyond the usual ones, in PEM form.
     * This machine does not by that: where Logto's own certificate is of one of them, NODE_EXTRA_CA_CERTS
     * of whoever runs `up` must name the file, too. Default: none.
     */
    caCertificates?: string;
    /** Names that Logto's containers find at the address beside them, or at the engine's machine: host-gateway. */
    extraHosts: Record<string, string>;
    /**
     * Through which Logto asks the world, except for the hosts of `exceptions`, such as .bookstore.example.
     * It is Node's own support of proxies: of Node 22.21 and later, for http and https, and neither for
     * Postgres nor for Redis nor where a library has an agent of its own. Default: none.
     */
    proxy?: { url: string; exceptions: string[] };
    /** Connections to the database, of each of Logto's three pools, 1 to 1000. Default: Logto's own, 20. */
    databasePoolSize?: number;
    /**
     * Milliseconds that a statement may take, at least 1, or DISABLE_TIMEOUT, for a pooler that does not take
     * the parameter. Default: Logto's own, 60000.
     */
    databaseStatementTimeout?: number | "DISABLE_TIMEOUT";
    /** Megabytes that Logto may use, at least 256. Default: 1024. */
    logtoMemory: number;
    /** Megabytes that Postgres may use, at least 128. Default: 1024. */
    postgresMemory: number;
    /** Whether `destroy` refuses to delete the data. Default: true. */
    protect: boolean;
    /**
     * Who signs in at the console, with the secret `logto-stack:administratorPassword`; only where there is one,
     * by logto:adminEndpoint. The console is closed to everybody else. Default: nobody whom this stack knows.
     */
    administrator?: {
      /** 1 to 128 letters, digits and _, and no digit at the beginning. */
      username: string;
    };
  };
  /** `logto-stack:application`: the application whose users sign in. */
  application: {
    name: string;
    description?: string;
    /** Default: Traditional, a web application with a server of its own. */
    type: "Traditional" | "SPA" | "Native";
    /** Where users may be sent back to after sign-in; at least one. */
    redirectUris: string[];
    /** Where users may be sent back to after sign-out. Default: nowhere. */
    postLogoutRedirectUris: string[];
    /** Origins whose pages may call Logto from the browser. Default: none. */
    corsAllowedOrigins?: string[];
    /** Take over the application with this id instead of creating one. */
    adoptId?: string;
  };
  /** `logto-stack:email`: the messages that Logto sends through SendGrid. */
  email: {
    /** A sender that SendGrid has verified. */
    fromEmail: string;
    /** What mail programs show. Default: the address. */
    fromName?: string;
    /** What was read from the folder `templates`, by default infra/templates. */
    templates: EmailTemplate[];
    /** Who gets a test mail at each change of the connector, which fails where it is refused. Default: nobody. */
    testRecipient?: string;
    /**
     * Whether SendGrid is asked, before anything is declared, if the key may send from `fromEmail`.
     * Default: true; false where the runtime is `embedded`, whose mails stay on this machine.
     */
    preflight: boolean;
    /** Where the preflight finds SendGrid's API, for a proxy or its European region. Default: https://api.sendgrid.com. */
    sendgridEndpoint: string;
  };
  /** `logto-stack:signInExperience`: what a user sees and must give. */
  signInExperience: {
    /** What a new user signs up with; an address is proved with a code. */
    signUpIdentifier: "email" | "username";
    /** Whether users have passwords. Default: true for user names, which need one, else false. */
    password: boolean;
    /** Characters that a password has at least, 1 to 256; only where users have passwords. */
    passwordMinimumLength?: number;
    /** Default: SignInAndRegister. */
    mode: "SignInAndRegister" | "SignIn" | "Register";
    /** Of buttons and links, such as #6139F6. Default: as it is in Logto; so are those below. */
    primaryColor?: string;
    darkPrimaryColor?: string;
    isDarkModeEnabled?: boolean;
    /** Over https or as data:image/…, as Logto's pages show no other picture, or of logto:endpoint; so are those below. */
    logoUrl?: string;
    darkLogoUrl?: string;
    favicon?: string;
    termsOfUseUrl?: string;
    privacyPolicyUrl?: string;
    /** Whether users agree to these by going on, or tick a box when they sign up, or whenever they come. */
    agreeToTermsPolicy?: AgreeToTermsPolicy;
    supportEmail?: string;
    supportWebsiteUrl?: string;
    /** Where the browser's language is not one of Logto's, such as en or pt-BR. */
    fallbackLanguage?: string;
    /** CSS for the sign-in pages, after Logto's own. It loads over https or as data: only. */
    customCss?: string;
    /**
     * Whether passwords are refused that are known to have leaked; only if users have passwords. Logto asks
     * api.pwnedpasswords.com for it, and without a way there nobody can register: then false is the way out, and `up`
     * says so. If true, `up` fails. Default: as it is in Logto, which is true.
     */
    passwordRejectsLeaked?: boolean;
  };
}

/** The SDK exports it without a type. */
const { isConfigSecret } = pulumi.runtime as unknown as {
  isConfigSecret: (key: string) => boolean;
};

/** What the settings are read from. */
export interface SettingsSource {
  stack: string;
  /** By key with its namespace; an object is its JSON, a secret is in clear. */
  config: Readonly<Record<string, string>>;
  /** The keys whose value is stored encrypted. */
  secretKeys: ReadonlySet<string>;
  readTemplates: (folder: string) => TemplatesRead;
}

/**
 * Reads the stack's configuration.
 *
 * @throws a pulumi.RunError that lists all that is wrong, a line each: the stack's file, the key, what is
 *   expected there. No value is shown, as it may be a secret.
 */
export function readSettings(): Settings {
  const config = pulumi.runtime.allConfig();
  const { email, ...plain } = parseSettings({
    stack: pulumi.getStack(),
    config,
    secretKeys: new Set(Object.keys(config).filter(isConfigSecret)),
    readTemplates,
  });
  const apiKey = new pulumi.Config("logto-stack").requireSecret("sendgridApiKey");
  const fingerprintKey = new pulumi.Config("logto").requireSecret("fingerprintKey");
  const redisUrl = new pulumi.Config("logto-stack").getSecret("redisUrl");
  return { ...plain, fingerprintKey, ...(redisUrl && { redisUrl }), email: { ...email, apiKey } };
}

/** The connection that the providers read for themselves, for the program's own look at the server. */
export function readStackConnection(): Connection {
  const config = pulumi.runtime.allConfig();
  return readConnection({
    get: (key) => config[key],
    require: (key) => config[key] ?? "",
  });
}

/** {@link readSettings} as a function of its source, and of the files with certificates that this names. */
export function parseSettings(source: SettingsSource): PlainSettings {
  const values = Object.fromEntries(
    Object.entries(shape.shape).map(([key, field]) => [key, valueOf(source.config[key], field)]),
  );
  const problems = [...secretProblems(source, values), ...unknownKeyProblems(source)];
  const parsed = shape.safeParse(values);
  const issues = parsed.success ? [] : parsed.error.issues.flatMap(flatten);
  problems.push(...issues.map(({ path, message }) => ({ key: keyPath(path), message })));

  const templatesFolder =
    emailTemplatesFolder(values["logto-stack:email"]) ?? defaultTemplatesFolder;
  const templatesRead = source.readTemplates(templatesFolder);
  if ("problems" in templatesRead) {
    const key = "logto-stack:email.templates";
    problems.push(...templatesRead.problems.map((message) => ({ key, message })));
  }
  problems.push(...contradictions(values));
  problems.push(...uselessSecrets(source.config, values));
  const certificates = readCertificateFiles(values);
  problems.push(...certificates.problems);

  if (!parsed.success || problems.length > 0 || "problems" in templatesRead) {
    const lines = problems
      .map(({ key, message }) => `Pulumi.${source.stack}.yaml: ${key}: ${message}`)
      .toSorted();
    throw new pulumi.RunError([...new Set(lines)].join("\n"));
  }
  return settingsOf(source.stack, parsed.data, templatesRead.templates, certificates);
}

interface Problem {
  key: string;
  message: string;
}

const defaultTemplatesFolder = "infra/templates";

/** A text; `expectation` is the whole of what a wrong one is answered with. */
function text(expectation: string, isRight: (value: string) => boolean = isFilled) {
  return z
    .string({ errorMap: answer(expectation, "text") })
    .refine(isRight, `expected ${expectation}`)
    .refine((value) => !isDateOfYaml(value), `expected ${expectation}; ${asYaml("a date")}`);
}

const asYaml = (kind: string) => `YAML reads what is there as ${kind}: quote it`;

/** What YAML makes of a text that is none for it. A colour without quotes is a comment, and leaves nothing. */
const kindsOfYaml: Partial<Record<string, string>> = {
  number: "a number",
  nan: "a number",
  boolean: "true or false",
  null: "nothing, as # begins a comment",
};

/** The engine hands on a date without quotes, such as 2027-01-31, as the midnight of its day. */
function isDateOfYaml(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T00:00:00Z$/.test(value);
}

function choice<const Values extends [string, ...string[]]>(values: Values) {
  return z.enum(values, { errorMap: answer(`one of ${values.join(", ")}`) });
}

function yesOrNo() {
  return z.boolean({ errorMap: answer("true or false") });
}

function wholeNumber(expectation: string, least: number, most = Infinity) {
  return z
    .number({ errorMap: answer(expectation) })
    .refine(
      (value) => Number.isInteger(value) && value >= least && value <= most,
      `expected ${expectation}`,
    );
}

function object<Shape extends z.ZodRawShape>(fields: Shape) {
  return z
    .object(fields, { errorMap: answer(`an object with ${Object.keys(fields).join(", ")}`) })
    .strict();
}

function list<Element extends z.ZodTypeAny>(element: Element, expectation: string) {
  return z.array(element, { errorMap: answer(expectation) });
}

function answer(expectation: string, expected?: "text"): z.ZodErrorMap {
  return (issue) => {
    const received = issue.code === "invalid_type" ? issue.received : "";
    const kind = expected === "text" ? kindsOfYaml[received] : undefined;
    return {
      message: `${received === "undefined" ? "is missing: " : ""}expected ${expectation}${kind === undefined ? "" : `; ${asYaml(kind)}`}`,
    };
  };
}

const isFilled = (value: string) => value.trim() !== "";
const isEmail = (value: string) => z.string().email().safeParse(value).success;
const isColor = (value: string) => /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value);

function isWebUrl(value: string): boolean {
  return isUrl(value) && /^https?:\/\/[^/]/.test(value);
}

function isOrigin(value: string): boolean {
  return isWebUrl(value) && new URL(value).origin === value.replace(/\/$/, "");
}

const webUrl = (example: string) => text(`a URL, such as ${example}`, isWebUrl);
const picture = text(
  pictureExpectation,
  (value) => isWebUrl(value) || /^data:image\//i.test(value),
);
const originExpectation = (port: number) =>
  `a URL without a path, such as http://localhost:${port}`;
const hostsExpectation = "an object of host names with an IP address each, or host-gateway";
const statementTimeoutExpectation = "milliseconds, at least 1, or DISABLE_TIMEOUT";
const port = wholeNumber("a port, 1024 to 65535", 1024, 65535);
const publishedAddress = text("an IPv4 address, such as 127.0.0.1", (value) => isIPv4(value));

const proxyExpectation =
  "an http or https URL without user and password, which the engine would show, such as http://proxy.bookstore.example:3128";

function isHostName(value: string): boolean {
  return /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(value);
}

const shape = z.object({
  "logto:endpoint": text(originExpectation(3001), isOrigin),
  "logto:adminEndpoint": text(originExpectation(3002), isOrigin).optional(),
  "logto:clientId": text("the id of the machine-to-machine application").optional(),
  "logto:resource": webUrl(defaultResource).default(defaultResource),
  "logto:parallel": wholeNumber(parallelExpectation, 1, 100).optional(),
  "logto-stack:runtime": choice([...runtimes]),
  "logto-stack:embedded": object({
    postgresPort: port.optional(),
    outboxPort: port.default(3003),
  }).default({}),
  "logto-stack:docker": object({
    logtoImage: text("an image, such as svhd/logto:1.43.0"),
    postgresImage: text("an image, such as postgres:17-alpine"),
    host: text("a Docker Engine, such as ssh://user@host", isDockerHost).optional(),
    name: text("a name of letters, digits, _ and -, such as logto-dev", (value) =>
      /^[A-Za-z0-9][\w-]*$/.test(value),
    ).optional(),
    port: port.optional(),
    adminPort: port.optional(),
    address: publishedAddress.default("127.0.0.1"),
    adminAddress: publishedAddress.default("127.0.0.1"),
    postgresPort: port.default(5433),
    trustProxyHeader: yesOrNo().default(false),
    backupsKept: wholeNumber("a whole number, 1 to 100", 1, 100).default(7),
    tls: object({
      certificateFile: text("a file in PEM form, such as tls/certificate.pem"),
      keyFile: text("a file in PEM form, such as tls/key.pem"),
    }).optional(),
    caCertificatesFile: text("a file in PEM form, such as tls/authorities.pem").optional(),
    extraHosts: z
      .record(
        z.string().refine(isHostName, "expected a host name, such as api.sendgrid.com"),
        text(
          "an IP address, or host-gateway",
          (value) => value === "host-gateway" || isIP(value) > 0,
        ),
        { errorMap: answer(hostsExpectation) },
      )
      .default({}),
    proxy: object({
      url: text(proxyExpectation, isOrigin),
      exceptions: list(
        text("a host, such as .bookstore.example", (value) => /^[^\s,]+$/.test(value)),
        "a list of hosts, such as .bookstore.example",
      ).default([]),
    }).optional(),
    databasePoolSize: wholeNumber("a whole number, 1 to 1000", 1, 1000).optional(),
    databaseStatementTimeout: z
      .union([wholeNumber(statementTimeoutExpectation, 1), z.literal("DISABLE_TIMEOUT")], {
        errorMap: answer(statementTimeoutExpectation),
      })
      .optional(),
    logtoMemory: wholeNumber("megabytes, at least 256", 256).default(1024),
    postgresMemory: wholeNumber("megabytes, at least 128", 128).default(1024),
    protect: yesOrNo().default(true),
    administrator: object({
      username: text(administratorNameExpectation, isAdministratorName),
    }).optional(),
  }).optional(),
  "logto-stack:application": object({
    name: text("a name of 1 to 256 characters", (value) => isFilled(value) && value.length <= 256),
    description: text("a text").optional(),
    type: choice(["Traditional", "SPA", "Native"]).default("Traditional"),
    redirectUris: list(redirectUri, "a list of URLs, such as http://localhost:3000/callback").min(
      1,
      "expected at least one URL, such as http://localhost:3000/callback",
    ),
    postLogoutRedirectUris: list(
      redirectUri,
      "a list of URLs, such as http://localhost:3000/",
    ).default([]),
    corsAllowedOrigins: list(
      corsOrigin,
      "a list of origins, such as https://bookstore.example",
    ).optional(),
    adoptId: text("the id of an application of this Logto").optional(),
  }),
  "logto-stack:email": object({
    fromEmail: text("an e-mail address, such as no-reply@bookstore.example", isEmailAddress),
    fromName: text("a name, such as Bookstore").optional(),
    templates: text("a folder, such as infra/templates").default(defaultTemplatesFolder),
    testRecipient: text(
      "an e-mail address, such as you@bookstore.example",
      isEmailAddress,
    ).optional(),
    preflight: yesOrNo().optional(),
    sendgridEndpoint: text(sendGridEndpointExpectation, isSendGridEndpoint).default(
      defaultSendGridEndpoint,
    ),
  }),
  "logto-stack:signInExperience": object({
    signUpIdentifier: choice(["email", "username"]),
    password: yesOrNo().optional(),
    passwordMinimumLength: wholeNumber("a whole number, 1 to 256", 1, 256).optional(),
    passwordRejectsLeaked: yesOrNo().optional(),
    mode: choice(["SignInAndRegister", "SignIn", "Register"]).default("SignInAndRegister"),
    primaryColor: text("a colour, such as #6139F6", isColor).optional(),
    darkPrimaryColor: text("a colour, such as #8768F8", isColor).optional(),
    isDarkModeEnabled: yesOrNo().optional(),
    logoUrl: picture.optional(),
    darkLogoUrl: picture.optional(),
    favicon: picture.optional(),
    termsOfUseUrl: webUrl("https://bookstore.example/terms").optional(),
    privacyPolicyUrl: webUrl("https://bookstore.example/privacy").optional(),
    agreeToTermsPolicy: choice(["Automatic", "ManualRegistrationOnly", "Manual"]).optional(),
    supportEmail: text("an e-mail address, such as help@bookstore.example", isEmail).optional(),
    supportWebsiteUrl: webUrl("https://bookstore.example/help").optional(),
    fallbackLanguage: text(
      "a language tag that Logto knows, such as en or pt-BR",
      isLanguageTag,
    ).optional(),
    customCss: text("CSS, such as the text after |").optional(),
  }),
});

const secretShapes = new Map([
  ["logto:clientSecret", { isRight: isClientSecret, expectation: clientSecretExpectation }],
  ["logto:fingerprintKey", { isRight: isFingerprintKey, expectation: fingerprintKeyExpectation }],
  [
    "logto-stack:sendgridApiKey",
    {
      isRight: (value: string) => /^\S{8,}$/.test(value) && !isPlaceholder(value),
      expectation:
        "expected a SendGrid API key, without spaces and no placeholder, such as SG. and 66 more characters",
    },
  ],
  [
    "logto-stack:redisUrl",
    {
      isRight: (value: string) => /^rediss?:\/\/[^\s']+$/.test(value) && isUrl(value),
      expectation:
        "expected a redis:// or rediss:// URL, with special characters of its password as %-codes",
    },
  ],
  [
    "logto-stack:administratorPassword",
    { isRight: isAdministratorPassword, expectation: administratorPasswordExpectation },
  ],
]);

/** Secrets that are missing, stored in clear or misshapen; and what is no secret and stored as one. */
function secretProblems(
  { stack, config, secretKeys }: SettingsSource,
  values: Record<string, unknown>,
): Problem[] {
  const needed = neededSecrets(values);
  const secrets = secretSettings.flatMap((setting): Problem[] => {
    const { key, purpose } = setting;
    const command = `npm run pulumi -- config set --secret ${key} --stack ${stack}`;
    const value = config[key];
    if (value === undefined && !needed.includes(setting)) return [];
    if (value === undefined) {
      return [{ key, message: `is missing: expected ${purpose}; set it with ${command}` }];
    }
    if (!secretKeys.has(key)) {
      return [
        {
          key,
          message: `is stored in clear: expected it encrypted; replace it where it is valid, as it must count as known, and set the new one with ${command}`,
        },
      ];
    }
    // The external server's credential is whatever that server made.
    const isOwn = key !== "logto:clientSecret" || config["logto-stack:runtime"] !== "external";
    const rule = isOwn ? secretShapes.get(key) : undefined;
    return rule === undefined || rule.isRight(value) ? [] : [{ key, message: rule.expectation }];
  });
  const plain = Object.keys(shape.shape)
    .filter((key) => secretKeys.has(key))
    .map((key) => ({
      key,
      message:
        "is stored encrypted, but is no secret and would be shown: expected it without --secret",
    }));
  return [...secrets, ...plain];
}

/** Secrets that a stack may have, and of which this one makes nothing. */
function uselessSecrets(
  config: SettingsSource["config"],
  values: Record<string, unknown>,
): Problem[] {
  const rules = [
    {
      key: "logto-stack:redisUrl",
      isUsed: values["logto-stack:runtime"] === "docker",
      message: "expected none, as only the runtime docker sets up Logto's cache",
    },
    {
      key: "logto-stack:administratorPassword",
      isUsed: declaresAdministrator(values),
      message: "expected none, or logto-stack:docker.administrator beside it, whose password it is",
    },
  ];
  return rules.filter(({ key, isUsed }) => config[key] !== undefined && !isUsed);
}

function unknownKeyProblems({ config }: SettingsSource): Problem[] {
  const known = [...Object.keys(shape.shape), ...secretSettings.map(({ key }) => key)];
  return Object.keys(config)
    .filter((key) => /^logto(-stack)?:/.test(key) && !known.includes(key))
    .map((key) => {
      const namespace = `${key.split(":")[0] ?? ""}:`;
      const siblings = known.filter((other) => other.startsWith(namespace));
      return { key, message: `unknown key: expected one of ${siblings.join(", ")}` };
    });
}

/** Rules over several keys. Each is asked only where what it reads is well-formed. */
function contradictions(values: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  const runtime = values["logto-stack:runtime"];
  if (runtime === "docker" && values["logto-stack:docker"] === undefined) {
    problems.push({
      key: "logto-stack:docker",
      message: "is missing: expected an object with logtoImage, postgresImage",
    });
  }
  for (const key of ["logto:endpoint", "logto:adminEndpoint"]) {
    const value = values[key];
    if (
      runtime === "embedded" &&
      typeof value === "string" &&
      isOrigin(value) &&
      !isLoopbackUrl(value)
    ) {
      problems.push({ key, message: `${loopbackExpectation}, as the runtime is embedded` });
    }
  }
  if (runtime === "external") {
    problems.push(...otherTenant(values));
  }
  if (runtime === "docker") {
    problems.push(...misroutedAddresses(values));
  }
  if (declaresAdministrator(values) && values["logto:adminEndpoint"] === undefined) {
    problems.push({
      key: "logto-stack:docker.administrator",
      message: "expected none, or logto:adminEndpoint, without which there is no console",
    });
  }
  const clientId = values["logto:clientId"];
  if (typeof clientId === "string" && runtime !== "external" && !isClientId(clientId)) {
    problems.push({ key: "logto:clientId", message: clientIdExpectation });
  }
  const experience = values["logto-stack:signInExperience"] as Record<string, unknown> | undefined;
  if (experience?.["signUpIdentifier"] === "username" && experience["password"] === false) {
    problems.push({
      key: "logto-stack:signInExperience.password",
      message: "expected true, or none: who signs up with a user name needs a password",
    });
  }
  for (const name of ["passwordMinimumLength", "passwordRejectsLeaked"]) {
    if (
      experience?.["signUpIdentifier"] === "email" &&
      experience[name] !== undefined &&
      (experience["password"] ?? false) === false
    ) {
      problems.push({
        key: `logto-stack:signInExperience.${name}`,
        message: "expected none, or password: true beside it, as these users have no passwords",
      });
    }
  }
  problems.push(...notShown(values));
  return [
    ...problems,
    ...(runtime === "embedded" ? sharedPorts(values) : []),
    ...(runtime === "docker" ? sharedDockerPorts(values) : []),
  ];
}

/** Pictures, and what the style sheet loads, that browsers leave out of Logto's pages. */
function notShown(values: Record<string, unknown>): Problem[] {
  const experience = (values["logto-stack:signInExperience"] ?? {}) as Record<string, unknown>;
  const endpoint = String(values["logto:endpoint"]);
  const key = (name: string) => `logto-stack:signInExperience.${name}`;
  const pictures = ["logoUrl", "darkLogoUrl", "favicon"].flatMap((name): Problem[] => {
    const address = experience[name];
    return typeof address === "string" && isWebUrl(address) && !isShownOnPages(address, endpoint)
      ? [{ key: key(name), message: `expected ${pictureExpectation}` }]
      : [];
  });
  const css = experience["customCss"];
  const blocked = typeof css === "string" ? blockedInCss(css, endpoint) : [];
  return blocked.length === 0
    ? pictures
    : [
        ...pictures,
        {
          key: key("customCss"),
          message: `expected https, as Logto's pages do not load ${blocked.join(", ")}`,
        },
      ];
}

/** Logto Cloud has a tenant at each of its addresses, and its Management API under an indicator of its own. */
function otherTenant(values: Record<string, unknown>): Problem[] {
  const { "logto:endpoint": endpoint, "logto:resource": resource } = values;
  if (typeof endpoint !== "string" || !isOrigin(endpoint)) return [];
  const { origin, hostname } = new URL(endpoint);
  const indicator = `${origin}/api`;
  return hostname.endsWith(".logto.app") && resource !== indicator
    ? [
        {
          key: "logto:resource",
          message: `expected ${indicator}, as logto:endpoint is a tenant of Logto Cloud`,
        },
      ]
    : [];
}

/**
 * Addresses with which Logto would answer as the wrong tenant, or as several. It takes a request for its
 * tenant `admin` where scheme, host and port are those of the admin endpoint, or of localhost:3002, which
 * is its own port for it.
 *
 * @see https://docs.logto.io/concepts/core-service/configuration#variables
 */
function misroutedAddresses(values: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  const docker = values["logto-stack:docker"] as Record<string, unknown> | undefined;
  const speaksTls = docker?.["tls"] !== undefined;
  const addresses = [
    { key: "logto:endpoint", portName: "port" },
    { key: "logto:adminEndpoint", portName: "adminPort" },
  ].flatMap(({ key, portName }) => {
    const value = values[key];
    return typeof value === "string" && isOrigin(value)
      ? [{ key, portName, url: new URL(value) }]
      : [];
  });
  for (const { key, portName, url } of addresses) {
    if (url.hostname.includes("*")) {
      problems.push({ key, message: "expected a host without *, which makes Logto many tenants" });
    }
    if (url.protocol === "https:" && docker?.["trustProxyHeader"] !== true && !speaksTls) {
      problems.push({
        key: "logto-stack:docker.trustProxyHeader",
        message: `expected true, as the ${key} is https: the container speaks http with a reverse proxy that speaks TLS; or the server's own tls`,
      });
    }
    if (url.protocol === "http:" && speaksTls) {
      problems.push({ key, message: "expected https, as logto-stack:docker.tls is set" });
    }
    if (isServedHere(url.origin, speaksTls) && docker?.[portName] !== undefined) {
      problems.push({
        key: `logto-stack:docker.${portName}`,
        message: `expected none, as the port is that of ${key}, which is of this machine`,
      });
    }
  }
  const [endpoint, adminEndpoint] = addresses;
  if (endpoint?.key === "logto:endpoint" && adminEndpoint !== undefined) {
    if (endpoint.url.origin === adminEndpoint.url.origin) {
      problems.push({
        key: "logto:adminEndpoint",
        message:
          "expected another address than logto:endpoint, or all requests are for the console",
      });
    } else if (endpoint.url.origin === "http://localhost:3002") {
      problems.push({
        key: "logto:endpoint",
        message: "expected another port, as Logto takes localhost:3002 for its console's",
      });
    }
  }
  return problems;
}

/** The port of an endpoint of this machine; elsewhere a proxy has that port, and finds Logto at `other`. */
function publishedPort(endpoint: string | undefined, speaksTls: boolean, other: number): number {
  if (endpoint === undefined || !isServedHere(endpoint, speaksTls)) return other;
  const { port, protocol } = new URL(endpoint);
  return Number(port || (protocol === "https:" ? 443 : 80));
}

interface CertificateFiles {
  tls?: { certificate: string; key: string };
  caCertificates?: string;
  problems: Problem[];
}

/** What the files hold that `logto-stack:docker` names; all that is wrong with them. */
function readCertificateFiles(values: Record<string, unknown>): CertificateFiles {
  const parsed = shape.shape["logto-stack:docker"].safeParse(values["logto-stack:docker"]);
  const { caCertificatesFile, tls, trustProxyHeader } = parsed.data ?? {};
  const problems: Problem[] = [];
  const contentOf = <Content>(name: string, read: FileRead<Content>): Content | undefined => {
    if ("content" in read) return read.content;
    const key = `logto-stack:docker.${name}`;
    problems.push(...read.problems.map((message) => ({ key, message })));
    return undefined;
  };
  const authorities =
    caCertificatesFile === undefined
      ? undefined
      : contentOf("caCertificatesFile", readCertificates(caCertificatesFile));
  const own = tls && contentOf("tls.certificateFile", readCertificates(tls.certificateFile));
  const key = tls && contentOf("tls.keyFile", readPrivateKey(tls.keyFile));
  if (
    own !== undefined &&
    key !== undefined &&
    own.certificates[0]?.checkPrivateKey(key.key) !== true
  ) {
    const message = "expected the private key of the first certificate of tls.certificateFile";
    problems.push({ key: "logto-stack:docker.tls.keyFile", message });
  }
  // A proxy in front of it may know it by another name.
  if (own !== undefined && trustProxyHeader !== true) {
    for (const name of ["logto:endpoint", "logto:adminEndpoint"]) {
      const endpoint = values[name];
      if (typeof endpoint !== "string" || !isOrigin(endpoint)) continue;
      const { hostname } = new URL(endpoint);
      if (isFor(own, hostname)) continue;
      const message = `expected a certificate for ${hostname}, the host of ${name}`;
      problems.push({ key: "logto-stack:docker.tls.certificateFile", message });
    }
  }
  return {
    ...(own !== undefined && key !== undefined && { tls: { certificate: own.pem, key: key.pem } }),
    ...(authorities !== undefined && { caCertificates: authorities.pem }),
    problems,
  };
}

function sharedDockerPorts(values: Record<string, unknown>): Problem[] {
  const key = "logto-stack:docker";
  const parsed = shape.shape[key].safeParse(values[key]);
  if (!parsed.success || parsed.data === undefined) return [];
  const speaksTls = parsed.data.tls !== undefined;
  const portOf = (endpoint: string, other: number) => {
    const value = values[endpoint];
    return publishedPort(
      typeof value === "string" && isOrigin(value) ? value : undefined,
      speaksTls,
      other,
    );
  };
  const { postgresPort } = parsed.data;
  const port = portOf("logto:endpoint", parsed.data.port ?? 3001);
  const adminPort =
    values["logto:adminEndpoint"] === undefined
      ? undefined
      : portOf("logto:adminEndpoint", parsed.data.adminPort ?? 3002);
  const clash = (name: string, own: number | undefined, other: number, owner: string) =>
    own === other
      ? [
          {
            key: `${key}.${name}`,
            message: `expected a port other than ${other}, which is ${owner}`,
          },
        ]
      : [];
  return [
    ...clash("postgresPort", postgresPort, port, "Logto's"),
    ...(adminPort === undefined
      ? []
      : [
          ...clash("postgresPort", postgresPort, adminPort, "that of Logto's console"),
          ...(isSameMachine(values, speaksTls)
            ? []
            : clash("adminPort", adminPort, port, "Logto's")),
        ]),
  ];
}

/** Then the two endpoints are compared as such. */
function isSameMachine(values: Record<string, unknown>, speaksTls: boolean): boolean {
  return ["logto:endpoint", "logto:adminEndpoint"].every((key) =>
    isServedHere(String(values[key]), speaksTls),
  );
}

/** The ports of one machine that are asked for twice; the one that is free to choose is named. */
function sharedPorts(values: Record<string, unknown>): Problem[] {
  const parsed = shape.shape["logto-stack:embedded"].safeParse(values["logto-stack:embedded"]);
  if (!parsed.success) return [];
  const { outboxPort, postgresPort } = parsed.data;
  const key = "logto-stack:embedded";
  const taken = ["logto:endpoint", "logto:adminEndpoint"].flatMap((other): [number, string][] => {
    const value = values[other];
    return typeof value === "string" && isOrigin(value)
      ? [[Number(new URL(value).port || 80), other]]
      : [];
  });
  const problemOf = (name: string, port: number | undefined) =>
    taken
      .filter(([other]) => other === port)
      .map(([, owner]) => ({
        key: `${key}.${name}`,
        message: `expected a port other than ${port}, which is that of ${owner}`,
      }));
  const problems = [
    ...problemOf("outboxPort", outboxPort),
    ...problemOf("postgresPort", postgresPort),
  ];
  return outboxPort === postgresPort
    ? [
        ...problems,
        {
          key: `${key}.postgresPort`,
          message: `expected a port other than ${outboxPort}, which is that of outboxPort`,
        },
      ]
    : problems;
}

function settingsOf(
  stack: string,
  data: z.infer<typeof shape>,
  templates: EmailTemplate[],
  certificates: CertificateFiles,
): PlainSettings {
  const { templates: _folder, preflight, sendgridEndpoint, ...email } = data["logto-stack:email"];
  const { password, ...experience } = data["logto-stack:signInExperience"];
  const adminEndpoint = data["logto:adminEndpoint"];
  const docker = data["logto-stack:docker"];
  return {
    stack,
    runtime: data["logto-stack:runtime"],
    logto: {
      endpoint: withoutSlash(data["logto:endpoint"]),
      ...(adminEndpoint !== undefined && { adminEndpoint: withoutSlash(adminEndpoint) }),
      clientId: data["logto:clientId"] ?? "infrastructure",
      resource: data["logto:resource"],
      ...(data["logto:parallel"] !== undefined && { parallel: data["logto:parallel"] }),
    },
    embedded: data["logto-stack:embedded"],
    ...(docker && { docker: dockerSettingsOf(stack, data, docker, certificates) }),
    application: data["logto-stack:application"],
    email: {
      ...email,
      templates,
      preflight: preflight ?? data["logto-stack:runtime"] !== "embedded",
      sendgridEndpoint: withoutSlash(sendgridEndpoint),
    },
    signInExperience: {
      ...experience,
      password: password ?? experience.signUpIdentifier === "username",
    },
  };
}

function dockerSettingsOf(
  stack: string,
  data: z.infer<typeof shape>,
  docker: NonNullable<z.infer<typeof shape>["logto-stack:docker"]>,
  { tls, caCertificates }: CertificateFiles,
): NonNullable<PlainSettings["docker"]> {
  const { tls: files, caCertificatesFile: _file, ...plain } = docker;
  const portOf = (endpoint: string | undefined, other: number) =>
    publishedPort(endpoint, files !== undefined, other);
  return {
    ...plain,
    ...(tls !== undefined && { tls }),
    ...(caCertificates !== undefined && { caCertificates }),
    name: docker.name ?? `logto-${stack}`,
    port: portOf(data["logto:endpoint"], docker.port ?? 3001),
    adminPort: portOf(data["logto:adminEndpoint"], docker.adminPort ?? 3002),
  };
}

const withoutSlash = (url: string) => url.replace(/\/$/, "");

/** The engine hands everything over as text, an object as its JSON. */
function valueOf(value: string | undefined, field: z.ZodTypeAny): unknown {
  if (value === undefined || field.safeParse("").error?.issues[0]?.code !== "invalid_type") {
    return value;
  }
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function emailTemplatesFolder(email: unknown): string | undefined {
  const folder = (email as { templates?: unknown } | undefined | null)?.templates;
  return typeof folder === "string" && isFilled(folder) ? folder : undefined;
}

/** A problem for each wrong key, where zod puts several into one issue. */
function flatten(issue: ZodIssue): { path: (string | number)[]; message: string }[] {
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: `unknown key: ${issue.message}`,
      }))
    : [{ path: issue.path, message: issue.message }];
}

function keyPath(path: (string | number)[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${key}`))
    .join("");
}

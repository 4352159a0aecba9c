import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { choice } from "../../infra/fields";
import { type Connection, readConnection } from "../../infra/logto/connection";
import type { Values } from "../../infra/properties";
import { clientId } from "../../infra/server/database/credential";
import { type RuntimeName, runtimes, secretSettings } from "../secret-settings";
import { readTemplates, type TemplatesRead } from "../templates";
import { type ApplicationSettings, applicationSettings } from "./application";
import { answerOf, type Problem, problemsOf, valueOf } from "./configuration";
import {
  certificateFilesOf,
  dockerProblems,
  type DockerSettings,
  dockerSettings,
  dockerSettingsOf,
} from "./docker";
import { type EmailSettings, emailSettings, emailSettingsOf, templatesFolder } from "./email";
import { embeddedProblems, type EmbeddedSettings, embeddedSettings } from "./embedded";
import { externalProblems } from "./external";
import { type LogtoSettings, logtoSettings } from "./logto";
import { needlesslyEncrypted, secretProblems } from "./secrets";
import {
  signInExperienceProblems,
  type SignInExperienceSettings,
  signInExperienceSettings,
  signInExperienceSettingsOf,
} from "./sign-in-experience";

/** All that a stack is configured with, checked. Nothing else in the program reads configuration. */
export interface Settings extends Omit<PlainSettings, "email"> {
  /** The key of the fingerprints that show that a secret changed. Secret. */
  fingerprintKey: pulumi.Output<string>;
  /** Address of Logto's cache, for the runtime `docker`. Default: none, Logto asks the database. Secret. */
  redisUrl?: pulumi.Output<string>;
  email: EmailSettings & {
    /** The SendGrid API key. Secret. */
    apiKey: pulumi.Output<string>;
  };
}

/** {@link Settings} without the secrets, which stay with the engine. */
export interface PlainSettings {
  /** The stack's name, such as `local`. */
  stack: string;
  runtime: RuntimeName;
  logto: LogtoSettings;
  embedded: EmbeddedSettings;
  /** Present if the runtime is `docker`. */
  docker?: DockerSettings;
  application: ApplicationSettings;
  email: EmailSettings;
  signInExperience: SignInExperienceSettings;
}

/** What a stack's file may hold, besides {@link secretSettings}. Each value is documented in its subject's file. */
const shape = z.object({
  "logto:endpoint": logtoSettings.shape.endpoint,
  "logto:adminEndpoint": logtoSettings.shape.adminEndpoint,
  "logto:clientId": logtoSettings.shape.clientId,
  "logto:resource": logtoSettings.shape.resource,
  "logto:parallel": logtoSettings.shape.parallel,
  /** How the server comes to be. */
  "logto-stack:runtime": choice(runtimes),
  "logto-stack:embedded": embeddedSettings.default({}),
  "logto-stack:docker": dockerSettings.optional(),
  "logto-stack:application": applicationSettings,
  "logto-stack:email": emailSettings,
  "logto-stack:signInExperience": signInExperienceSettings,
});
const plainKeys = Object.keys(shape.shape);

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
  const values: Values = Object.fromEntries(
    Object.entries(shape.shape).map(([key, field]) => [key, valueOf(source.config[key], field)]),
  );
  const parsed = shape.safeParse(values);
  const templatesRead = source.readTemplates(templatesFolder(values));
  const certificates = certificateFilesOf(values);
  const problems = [
    ...secretProblems(source, values),
    ...needlesslyEncrypted(plainKeys, source.secretKeys),
    ...unknownKeyProblems(source),
    ...(parsed.success ? [] : problemsOf(parsed.error.issues)),
    ...("problems" in templatesRead ? templateProblems(templatesRead.problems) : []),
    ...contradictions(values),
    ...certificates.problems,
  ];
  if (!parsed.success || problems.length > 0 || "problems" in templatesRead) {
    const lines = problems
      .map(({ key, message }) => `Pulumi.${source.stack}.yaml: ${key}: ${message}`)
      .toSorted();
    throw new pulumi.RunError([...new Set(lines)].join("\n"));
  }
  const { data } = parsed;
  const runtime = data["logto-stack:runtime"];
  const docker = data["logto-stack:docker"];
  const logto = {
    endpoint: data["logto:endpoint"],
    adminEndpoint: data["logto:adminEndpoint"],
    clientId: data["logto:clientId"],
    resource: data["logto:resource"],
    parallel: data["logto:parallel"],
  };
  return {
    stack: source.stack,
    runtime,
    logto,
    embedded: data["logto-stack:embedded"],
    ...(docker && { docker: dockerSettingsOf(source.stack, logto, docker, certificates) }),
    application: data["logto-stack:application"],
    email: emailSettingsOf(data["logto-stack:email"], runtime, templatesRead.templates),
    signInExperience: signInExperienceSettingsOf(data["logto-stack:signInExperience"]),
  };
}

function unknownKeyProblems({ config }: SettingsSource): Problem[] {
  const known = [...plainKeys, ...secretSettings.map(({ key }) => key)];
  return Object.keys(config)
    .filter((key) => /^logto(-stack)?:/.test(key) && !known.includes(key))
    .map((key) => {
      const namespace = `${key.split(":")[0] ?? ""}:`;
      const siblings = known.filter((other) => other.startsWith(namespace));
      return { key, message: `unknown key: expected one of ${siblings.join(", ")}` };
    });
}

function templateProblems(messages: string[]): Problem[] {
  return messages.map((message) => ({ key: "logto-stack:email.templates", message }));
}

const problemsOfRuntime: Record<RuntimeName, (values: Values) => Problem[]> = {
  embedded: embeddedProblems,
  docker: dockerProblems,
  external: externalProblems,
};

/** Rules over several keys. Each is asked only if what it reads is well-formed. */
function contradictions(values: Values): Problem[] {
  const runtime = runtimes.find((name) => name === values["logto-stack:runtime"]);
  return [
    ...(runtime === undefined ? [] : problemsOfRuntime[runtime](values)),
    ...(runtime === "external" ? [] : ownClientProblems(values["logto:clientId"])),
    ...signInExperienceProblems(values),
  ];
}

/** A stack that owns the database makes the machine-to-machine application itself. */
function ownClientProblems(value: unknown): Problem[] {
  const message = typeof value === "string" ? answerOf(clientId, value) : undefined;
  return message === undefined ? [] : [{ key: "logto:clientId", message }];
}

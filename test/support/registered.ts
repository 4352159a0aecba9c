import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { declareIdentity } from "../../stacks/identity";
import { platform } from "../../stacks/platform";
import { neededSecrets, secretSettings } from "../../stacks/secret-settings";
import { parseSettings, type PlainSettings } from "../../stacks/settings";
import { readTemplates } from "../../stacks/templates";
import { type Registered, secret } from "./policies";
import { evaluateProvider } from "./provider";

const password = "kD5xQ2mV8tR1wZ6yB3cF9hL4nP7sJ0gA";

/** What plugins and providers would answer, as far as other resources need it. */
const outputs: Record<string, () => object> = {
  "random:index/randomPassword:RandomPassword": () => ({ result: pulumi.secret(password) }),
  "docker:index/remoteImage:RemoteImage": () => ({
    imageId: `sha256:${"0123456789abcdef".repeat(4)}`,
  }),
  "pulumi-nodejs:dynamic/logto-server:FinishedContainer": () => ({ lastLine: "It is done." }),
  "pulumi-nodejs:dynamic/logto-server:EmbeddedPostgres": () => ({ port: 5433 }),
  "pulumi-nodejs:dynamic/logto-server:Outbox": () => ({
    sendGridPort: 5434,
    certificate: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  }),
  "pulumi-nodejs:dynamic/logto-server:LogtoDatabase": () => ({
    databaseUrl: pulumi.secret(`postgres://logto:${password}@127.0.0.1:5433/logto`),
  }),
};

/** Docker's own ids are digests, whatever the name is; its volumes' are their names. */
function idOf(type: string, name: string): string {
  return /^docker:index\/(?:container|network):/.test(type)
    ? createHash("sha256").update(`${type} ${name}`).digest("hex")
    : name;
}

interface Request {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getAdditionalsecretoutputsList(): string[];
  getProtect(): boolean;
  getIgnorechangesList(): string[];
}

/** Until everything that the program registers is registered; exported without a type. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> };

/**
 * What a program registers, with the inputs that the engine would hand to policies: the requests of the
 * real SDK, and for this project's own resources what their check makes of them.
 *
 * @param configuration what providers read besides the secrets that every stack has. Default: nothing
 */
export async function registeredBy(
  stack: string,
  program: () => void,
  configuration: Record<string, string> = {},
): Promise<Registered[]> {
  const requests: Request[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: idOf(type, name),
        state: { ...(inputs as object), ...outputs[type]?.() },
      }),
      call: ({ token }) => {
        throw new Error(`unexpected call of ${token}`);
      },
    },
    "logto-stack",
    stack,
    false,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource: (request: Request, answer: unknown) => unknown;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    requests.push(request);
    return register(request, answer);
  };
  await pulumi.runtime.runInPulumiStack(() => {
    program();
    return Promise.resolve();
  });
  await waitForRPCs();
  return Promise.all(requests.map((request) => registered(request, configuration)));
}

/** The program of a shipped stack. */
export function shippedProgram(plain: PlainSettings): () => void {
  return () => {
    const apiKey = pulumi.secret(`SG.canaryKey4711.${password}`);
    const fingerprintKey = pulumi.secret(password);
    const settings = { ...plain, fingerprintKey, email: { ...plain.email, apiKey } };
    declareIdentity(settings, platform(settings));
  };
}

/** A shipped stack's configuration: that of its file, and of Pulumi.yaml what the file lacks. */
export function shippedConfig(stack: string): Record<string, unknown> {
  const configOf = <Value>(name: string) => {
    const file = path.join(__dirname, `../../${name}`);
    return (parse(readFileSync(file, "utf8")) as { config: Record<string, Value> }).config;
  };
  const shared = Object.entries(configOf<{ value: unknown }>("Pulumi.yaml"));
  return {
    ...Object.fromEntries(shared.map(([key, { value }]) => [key, value])),
    ...configOf(`Pulumi.${stack}.yaml`),
  };
}

/** A value for every secret that a shipped stack can have, optional ones too. */
export function madeUpSecrets(stack: string): Record<string, string> {
  const values = secretSettings.map(({ key, generate }) => [key, generate()] as const);
  const takes = (optional: Record<string, string>) => {
    try {
      parseShipped(stack, { ...madeUpNeededSecrets(stack), ...optional });
      return true;
    } catch (error) {
      if (pulumi.RunError.isInstance(error)) return false;
      throw error;
    }
  };
  return Object.fromEntries(values.filter(([key, value]) => takes({ [key]: value })));
}

/** The settings of a shipped stack. */
export function shippedSettings(stack: string): PlainSettings {
  const settings = parseShipped(stack, madeUpNeededSecrets(stack));
  // Read again, because a list that came from Node itself is none to the SDK inside Jest.
  return JSON.parse(JSON.stringify(settings)) as PlainSettings;
}

function madeUpNeededSecrets(stack: string): Record<string, string> {
  const needed = neededSecrets(shippedConfig(stack));
  return Object.fromEntries(needed.map(({ key, generate }) => [key, generate()]));
}

function parseShipped(stack: string, secrets: Record<string, string>): PlainSettings {
  const plain = Object.entries(shippedConfig(stack)).map(
    ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return parseSettings({
    stack,
    config: { ...Object.fromEntries(plain), ...secrets },
    secretKeys: new Set(Object.keys(secrets)),
    readTemplates,
  });
}

async function registered(
  request: Request,
  configuration: Record<string, string>,
): Promise<Registered> {
  const inputs = request.getObject().toJavaScript();
  const { __provider: text, ...own } = inputs;
  const type = request.getType();
  return {
    type,
    name: request.getName(),
    inputs:
      text === undefined
        ? inputs
        : { ...(await checked(type, own, configuration)), __provider: text },
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    protect: request.getProtect(),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

/** As the engine does it: the provider gets secrets in clear, and what it answers in their places is secret again. */
async function checked(
  type: string,
  inputs: Record<string, unknown>,
  configuration: Record<string, string>,
): Promise<object> {
  const provider = evaluateProvider<object, object>(type.replace("pulumi-nodejs:dynamic/", ""), {
    "logto:clientSecret": "kD5xQ2mV8tR1wZ6yB3cF9hL4",
    "logto:fingerprintKey": "mJ5gF0sA2eU8iO4pK7lV1nX6",
    "logto-stack:administratorPassword": "vB3nM8xC1zQ6wE9rT4yU7iO2",
    ...configuration,
  });
  const { inputs: answer, failures = [] } = await provider.check({}, clear(inputs));
  expect(failures).toEqual([]);
  return marked(answer, inputs) as object;
}

function isMarked(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && pulumi.runtime.specialSigKey in value;
}

function clear(value: unknown): unknown {
  if (isMarked(value)) return clear(value.value);
  if (Array.isArray(value)) return value.map(clear);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, clear(held)]));
}

function marked(answer: unknown, original: unknown): unknown {
  if (isMarked(original)) return secret(answer);
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return answer;
  const before = (original ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(answer).map(([key, held]) => [key, marked(held, before[key])]),
  );
}

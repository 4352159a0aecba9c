import { isObject, omit, type Values } from "../../../infra/properties";
import { runtimes } from "../../../stacks/secret-settings";

/** The readable part of a stack's configuration, and its encrypted values. */
export interface ReadableConfiguration {
  /** The configuration without encrypted values. */
  plain: Values;
  /** The encrypted values, still encrypted, by path as in `pulumi config set --path`. */
  encrypted: Map<string, string>;
}

/** Separates the encrypted values from a configuration: without the passphrase they cannot be used. */
export function readable(configuration: Values): ReadableConfiguration {
  const encrypted = new Map<string, string>();
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((held, index) => walk(held, `${path}[${index}]`));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).flatMap(([key, held]) => {
      const place = path === "" ? key : `${path}.${key}`;
      const secure = isObject(held) ? held["secure"] : undefined;
      if (typeof secure === "string") {
        encrypted.set(place, secure);
        return [];
      }
      return [[key, walk(held, place)] as const];
    });
    return Object.fromEntries(entries);
  };
  return { plain: walk(configuration, "") as Values, encrypted };
}

/** Settings of the server's place and of how it is created, which the sandbox replaces. */
const ofServer = [
  "logto:endpoint",
  "logto:adminEndpoint",
  "logto:clientId",
  "logto:resource",
  "logto-stack:runtime",
  "logto-stack:redisUrl",
  "logto-stack:administratorPassword",
  ...runtimes.map((runtime) => `logto-stack:${runtime}`),
];
/** Nested settings that access or name something in the real environment. */
const ofEnvironment: Record<string, string[]> = {
  "logto-stack:email": ["preflight", "sendgridEndpoint"],
  "logto-stack:application": ["adoptId"],
};

/** The part of a configuration that {@link onSandbox} replaces. */
export function replacedBySandbox(plain: Values): Values {
  return Object.fromEntries(
    Object.entries(plain).flatMap(([key, value]) => {
      if (ofServer.includes(key)) return [[key, value] as const];
      const names = ofEnvironment[key] ?? [];
      const held = isObject(value) ? value : {};
      const replaced = Object.entries(held).filter(([name]) => names.includes(name));
      return replaced.length === 0 ? [] : [[key, Object.fromEntries(replaced)] as const];
    }),
  );
}

/** The secrets of a stack that the sandbox needs too. */
export function secretsOnSandbox(secrets: Record<string, string>): Record<string, string> {
  return omit(secrets, ofServer);
}

export interface SandboxPlace {
  port: number;
  adminPort: number;
  outboxPort: number;
}

/** The configuration with this machine's sandbox as the stack's server. */
export function onSandbox(plain: Values, { port, adminPort, outboxPort }: SandboxPlace): Values {
  const kept = Object.entries(plain)
    .filter(([key]) => !ofServer.includes(key))
    .map(([key, value]) => {
      const names = ofEnvironment[key];
      if (names === undefined || !isObject(value)) return [key, value] as const;
      const left = Object.entries(value).filter(([name]) => !names.includes(name));
      return [key, Object.fromEntries(left)] as const;
    });
  return {
    ...Object.fromEntries(kept),
    "logto:endpoint": `http://localhost:${port}`,
    ...(plain["logto:adminEndpoint"] !== undefined && {
      "logto:adminEndpoint": `http://localhost:${adminPort}`,
    }),
    "logto-stack:runtime": "embedded",
    "logto-stack:embedded": { outboxPort },
  };
}

import { isDeepStrictEqual } from "node:util";
import { runtime } from "@pulumi/pulumi";
import type { DynamicProvider } from "../../infra/provider/dynamic-provider";
import { isObject, type Values } from "../../infra/properties";
import { providerOf } from "../../infra/registry";
import { userError } from "../../infra/user-error";
import { shortType } from "./consequences";
import { isSecret } from "./difference";
import type { Step } from "./events";
import { exitCodes, withExitCode } from "./exit-codes";
import { isConnectionFailure } from "./preview";
import { fingerprintKey, type StackContent } from "./secrets";

/** Comparison of the server with the state of the last `up`. */
export interface Comparison {
  /** Each resource that was read, in the form of an engine's refresh. */
  refreshes: Step[];
  /** Resources that cannot be read from a server because of their kind: a phrase each. */
  notLookedAt: string[];
  /** Resources that could not be read because the database is out of reach: a phrase and the reason. */
  unreachable: string[];
  /** Client secrets of declared applications that are not declared themselves: a phrase each, without a value. */
  undeclaredSecrets: string[];
}

/** A resource in the exported state. */
interface Stored {
  urn: string;
  type: string;
  id: string;
  inputs: Values;
  outputs: Values;
}

/** How many resources are read at once: the server has other requests to answer too. */
const concurrency = 8;

/**
 * Reads a stack's Logto resources from the server without the engine, with the same code that a refresh runs: those
 * of the Management API, its credential, and the console's. Nothing is written, neither on the server nor in the
 * state.
 *
 * A surprise: the last two lie in the database. If that cannot be reached from here, as with a remote Docker Engine
 * without its tunnel, the others are compared all the same, and these are listed.
 *
 * @throws a user error with a line for each resource that could not be read; exit code 3 if the server does not
 *   answer, 2 if it refuses
 */
export async function compareWithServer(
  { state, configuration }: StackContent,
  stack: string,
): Promise<Comparison> {
  const resources = resourcesOf(state);
  const own = resources.filter(isOfLogto);
  const refreshes: Step[] = [];
  const notLookedAt = resources.filter((one) => !isOfLogto(one)).map(named);
  const unreachable: string[] = [];
  const undeclaredSecrets: string[] = [];
  const failures: string[] = [];
  const providers = providersOf(own, configuration);
  const queue = [...own];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          const { step, undeclared } = await refresh(next, providers);
          refreshes.push(step);
          undeclaredSecrets.push(
            ...undeclared.map((name) => `${named(next)}: the client secret "${name}"`),
          );
        } catch (error) {
          const { message } = error as Error;
          if (databaseTypes.includes(next.type) && isConnectionFailure(message)) {
            unreachable.push(`${named(next)}: ${message}`);
          } else {
            failures.push(message);
          }
        }
      }
    }),
  );
  if (failures.length > 0) {
    const messages = [...new Set(failures)].sort();
    throw withExitCode(
      userError(`The stack ${stack} cannot be compared with the server:\n${messages.join("\n")}`),
      messages.some(isConnectionFailure) ? exitCodes.unreachable : exitCodes.refused,
    );
  }
  return {
    refreshes,
    notLookedAt: notLookedAt.sort(),
    unreachable: unreachable.sort(),
    undeclaredSecrets: undeclaredSecrets.sort(),
  };
}

/** Whether the key of all fingerprints changed since the last `up`: then every fingerprint differs. */
export function isFingerprintKeyChanged({ state, configuration }: StackContent): boolean {
  const provider = storedIn(state).find(({ type }) => type === "pulumi:providers:pulumi-nodejs");
  const before = provider && clear(provider.inputs[fingerprintKey]);
  const now = configuration[fingerprintKey]?.value;
  return before !== undefined && now !== undefined && before !== now;
}

/**
 * Whether the address or the credential of an external Logto has changed since the last `up`. A stack's own server
 * still has what that `up` gave it.
 */
export function isConnectionChanged({ state, configuration }: StackContent): boolean {
  if (configuration["logto-stack:runtime"]?.value !== "external") return false;
  const provider = storedIn(state).find(({ type }) => type === "pulumi:providers:pulumi-nodejs");
  if (provider === undefined) return false;
  const isOwn = (key: string) => key.startsWith("logto:");
  const keys = new Set([...Object.keys(provider.inputs), ...Object.keys(configuration)]);
  return [...keys]
    .filter(isOwn)
    .some((key) => clear(provider.inputs[key]) !== configuration[key]?.value);
}

const dynamic = "pulumi-nodejs:dynamic/";
/** Types that lie in Logto's database, which may be out of reach. */
const databaseTypes = ["ManagementAccess", "ClosedConsole", "Administrator", "DatabaseRole"].map(
  (name) => `${dynamic}logto-server:${name}`,
);

function isOfLogto({ type }: Stored): boolean {
  return type.startsWith(`${dynamic}logto:`) || databaseTypes.includes(type);
}

function named({ urn, type }: Stored): string {
  return `${urn.split("::").at(-1) ?? urn} (${shortType(type)})`;
}

/** The stack's declared resources, without providers and those that wait to be deleted. */
function resourcesOf(state: unknown): Stored[] {
  return storedIn(state).filter(({ type }) => !type.startsWith("pulumi:"));
}

function storedIn(state: unknown): Stored[] {
  const deployment = isObject(state) ? state["deployment"] : undefined;
  const resources = isObject(deployment) ? deployment["resources"] : undefined;
  return (Array.isArray(resources) ? (resources as unknown[]) : []).flatMap((resource) =>
    isObject(resource) && resource["delete"] !== true
      ? [
          {
            urn: String(resource["urn"]),
            type: String(resource["type"]),
            id: typeof resource["id"] === "string" ? resource["id"] : "",
            inputs: isObject(resource["inputs"]) ? resource["inputs"] : {},
            outputs: isObject(resource["outputs"]) ? resource["outputs"] : {},
          },
        ]
      : [],
  );
}

/** Providers by type. Each is configured once, as in the engine, so that they share what they read. */
type Providers = Map<string, DynamicProvider<Values, Values>>;

function providersOf(
  resources: readonly Stored[],
  configuration: StackContent["configuration"],
): Providers {
  const types = new Set(resources.map(({ type }) => type));
  return new Map(
    [...types].map((type) => {
      const provider = providerOf(shortType(type)) as DynamicProvider<Values, Values>;
      provider.configure?.({
        config: {
          get: (key) => configuration[key]?.value,
          require: (key) => {
            const value = configuration[key]?.value;
            if (value === undefined) throw userError(`${key} is not set`);
            return value;
          },
        },
      });
      return [type, provider];
    }),
  );
}

async function refresh(
  { urn, type, id, inputs, outputs }: Stored,
  providers: Providers,
): Promise<{ step: Step; undeclared: string[] }> {
  const provider = providers.get(type) as DynamicProvider<Values, Values>;
  const live = await provider.read(id, clear(outputs) as Values);
  const after = live.id === "" ? undefined : (marked(live.inputs ?? {}, inputs) as Values);
  const same = { replacedBy: [], wasProtected: false, isProtected: false };
  return {
    step: { operation: "refresh", urn, type, before: inputs, after, ...same },
    undeclared: undeclaredOf(live.props ?? {}, inputs, outputs),
  };
}

/**
 * The names of client secrets that were added to an application by hand. They are no drift, as no `up` removes them,
 * but each lets its owner sign in as the application. For an adopted application that declares none, the secrets
 * that it had at the last `up` are left out.
 */
function undeclaredOf(live: Values, inputs: Values, outputs: Values): string[] {
  const { secrets } = inputs;
  const declared = Array.isArray(secrets)
    ? (secrets as { name: string }[]).map(({ name }) => name)
    : Object.keys(clear(outputs["secretValues"]) ?? {});
  const held = Object.keys(live["secretValues"] ?? {});
  return held.filter((name) => !declared.includes(name));
}

/** The value without secret marks, as the engine passes it to a provider. */
function clear(value: unknown): unknown {
  if (isSecret(value)) {
    const { plaintext } = value as Values;
    return typeof plaintext === "string" ? clear(JSON.parse(plaintext)) : plaintext;
  }
  if (Array.isArray(value)) return value.map(clear);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, clear(held)]));
}

/** Marks values that were secret before as secret again, as the engine does with a provider's answer. */
function marked(answer: unknown, before: unknown): unknown {
  if (isSecret(before)) {
    return isDeepStrictEqual(answer, clear(before))
      ? before
      : { [runtime.specialSigKey]: runtime.specialSecretSig };
  }
  if (Array.isArray(answer)) {
    const held = Array.isArray(before) ? (before as unknown[]) : [];
    return answer.map((value, index) => marked(value, held[index]));
  }
  if (!isObject(answer)) return answer;
  const held = isObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => [key, marked(value, held[key])]),
  );
}

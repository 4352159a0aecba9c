/**
 * The secret parts of a resource's inputs, as paths such as `config.apiKey`; `config.headers.*` is each header. Only these
 * are encrypted in the state, so that a review can show what else changes, and a keyed fingerprint of each says that it did.
 */

import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "../../checks";
import { fingerprint } from "../../fingerprint";
import { isObject, type Values } from "../../properties";

/** Paths; or, if a resource's inputs say themselves where the secrets are, how they say it. */
export type SecretPlaces<Inputs = Values> =
  | readonly string[]
  | {
      /** The input that holds them. Fingerprints are named by the rest of the path. */
      below: keyof Inputs & string;
      /** Their paths below it. */
      paths: (inputs: Inputs) => readonly string[];
    };

/** What a kind's {@link SecretPlaces} mean for one resource's inputs. */
export function secretPlaces(places: SecretPlaces = []) {
  const below = "below" in places ? `${places.below}.` : "";
  const pathsOf = (inputs: Values) =>
    "below" in places ? places.paths(inputs).map((path) => below + path) : places;
  return {
    /** Whether there can be any. */
    exist: "below" in places || places.length > 0,
    /** The inputs that hold them. */
    inputs: "below" in places ? [places.below] : places.map((path) => path.split(".")[0] ?? path),
    pathsOf,
    /**
     * The fingerprints of `values`, by their names.
     *
     * @param declared the inputs that say where the secrets are. Default: `values`
     */
    fingerprintsOf: (values: Values, key: string | undefined, declared = values) =>
      Object.fromEntries(
        Object.entries(fingerprintsOf(values, pathsOf(declared), key)).map(([path, value]) => [
          path.slice(below.length),
          value,
        ]),
      ),
    /** The path of the secret whose fingerprint has that name. */
    pathOf: (name: string) => below + name,
  };
}

/** The arguments with their secret parts marked. An output on the way to one is secret as a whole. */
export function withSecretsMarked(args: Values, paths: readonly string[]): Values {
  return paths.reduce<Values>(
    (marked, path) =>
      replacedAt(marked, path.split("."), (value) => pulumi.secret(value)) as Values,
    args,
  );
}

/** The secrets that the inputs hold, each under its own path, in which no `*` is left. */
export function secretsIn(inputs: Values, paths: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of paths) {
    replacedAt(inputs, path.split("."), (value, at) => {
      if (typeof value === "string") found.set(at.join("."), value);
      return value;
    });
  }
  return found;
}

/** A fingerprint by the path of each secret. None without a key. */
export function fingerprintsOf(
  inputs: Values,
  paths: readonly string[],
  key: string | undefined,
): Record<string, string> {
  if (key === undefined || key === "") return {};
  const entries = [...secretsIn(inputs, paths)].map(
    ([path, secret]) =>
      [path, secret === unknownValue ? unknownValue : fingerprint(key, secret)] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * `inputs` with the secrets of `other` at the places that both have, so that somebody else's secret stays out of
 * the state.
 */
export function withSecretsOf(inputs: Values, other: Values, paths: readonly string[]): Values {
  const own = secretsIn(other, paths);
  return paths.reduce<Values>(
    (result, path) =>
      replacedAt(result, path.split("."), (value, at) => own.get(at.join(".")) ?? value) as Values,
    inputs,
  );
}

type Replace = (value: unknown, at: string[]) => unknown;

function replacedAt(value: unknown, keys: string[], replace: Replace, at: string[] = []): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return replace(value, at);
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return pulumi.secret(value);
  if (!isObject(value)) return value;
  const names = Object.keys(value).filter((name) => key === "*" || name === key);
  const replaced = names.map(
    (name) => [name, replacedAt(value[name], rest, replace, [...at, name])] as const,
  );
  return { ...value, ...Object.fromEntries(replaced) };
}

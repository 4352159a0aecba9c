import { isInternalKey, isPluginNote } from "../infra/internal-keys";
import { type Key, pathOf } from "./property-path";
import { isSecret } from "./secretness";
import { UnknownValueError } from "./unknown";

/** One property of a resource, at any depth. */
export interface Property {
  /** Its path as messages show it, such as `config.templates[0].content`. */
  path: string;
  /**
   * Its value. Reading an unknown part of an object throws too.
   *
   * @throws an UnknownValueError if the value is known only after the apply
   */
  readonly value: unknown;
  /**
   * Whether it is marked secret, by itself or as part of something that is.
   *
   * @throws an UnknownValueError as for the value: the mark of what is unknown does not reach a policy
   */
  readonly isSecret: boolean;
}

/**
 * The properties at a path such as `oidcClientMetadata.redirectUris.*`, where `*` stands for every
 * element or key. Missing properties are left out; unknown ones are included.
 */
export function propertiesAt(urn: string, props: object, path: string): Property[] {
  return expand(props, path.split("."), []).map((keys) => property(urn, props, keys));
}

/** Every text, number and boolean of a resource. */
export function leavesOf(urn: string, props: object): Property[] {
  return leafKeys(props, []).map((keys) => property(urn, props, keys));
}

/** Every object and list of a resource. */
export function branchesOf(urn: string, props: object): Property[] {
  return branchKeys(props, []).map((keys) => property(urn, props, keys));
}

function property(urn: string, props: object, keys: Key[]): Property {
  const read = () =>
    keys.reduce<unknown>((holder, key) => (holder as Record<Key, unknown>)[key], props);
  return {
    path: pathOf(keys),
    get value() {
      return read();
    },
    get isSecret() {
      read();
      return isSecret(urn, keys);
    },
  };
}

function expand(holder: unknown, pattern: string[], keys: Key[]): Key[][] {
  const [next, ...rest] = pattern;
  if (next === undefined) return [keys];
  if (typeof holder !== "object" || holder === null) return [];
  const candidates = next === "*" ? Object.keys(holder) : next in holder ? [next] : [];
  return candidates.flatMap((key) => {
    const child = valueUnless(holder, key);
    if (child === unknown) return [[...keys, key]];
    return child === undefined || child === null ? [] : expand(child, rest, [...keys, key]);
  });
}

function leafKeys(holder: object, keys: Key[]): Key[][] {
  return children(holder, keys).flatMap(({ child, at }) =>
    typeof child === "object" && child !== null ? leafKeys(child, at) : [at],
  );
}

function branchKeys(holder: object, keys: Key[]): Key[][] {
  return children(holder, keys).flatMap(({ child, at }) =>
    typeof child === "object" && child !== null ? [at, ...branchKeys(child, at)] : [],
  );
}

function children(holder: object, keys: Key[]): { child: unknown; at: Key[] }[] {
  return Object.keys(holder)
    .filter((key) => keys.length > 0 || !isInternalKey(key))
    .map((key) => ({ key, child: valueUnless(holder, key), at: [...keys, key] }))
    .filter(({ key, child }) => child !== undefined && child !== null && !isPluginNote(key, child));
}

const unknown = Symbol("unknown");

function valueUnless(holder: object, key: Key): unknown {
  try {
    return (holder as Record<Key, unknown>)[key];
  } catch (error) {
    if (error instanceof UnknownValueError) return unknown;
    throw error;
  }
}

import { runtime } from "@pulumi/pulumi";
import { dequal } from "dequal";
import { structuredPatch } from "diff";
import { unknownValue } from "../../infra/checks";
import { isInternalKey, isPluginNote } from "../../infra/internal-keys";
import { isObject, type Values } from "../../infra/properties";

/** How one property differs. None of these holds a secret's value. */
export type Difference = { path: string } & (
  | { kind: "added"; after: unknown }
  | { kind: "removed"; before: unknown }
  | { kind: "changed"; before: unknown; after: unknown }
  /** A long text, as the hunks of a unified diff. */
  | { kind: "text"; lines: string[] }
  /** A list of plain values. `order` is the whole list, set if the values that stay change their order. */
  | { kind: "set"; added: unknown[]; removed: unknown[]; order?: unknown[] }
  | { kind: "secret"; state: SecretState }
  /** The new value is known only after the apply. */
  | { kind: "unknown" }
);

export type SecretState =
  | "changed"
  | "unchanged"
  | "set"
  | "removed"
  /** Was plaintext, is secret now. */
  | "became secret"
  /** Was secret, is plaintext now. */
  | "is no longer secret"
  | "known after the apply"
  /** A secret without a fingerprint. */
  | "not compared";

/** Further knowledge for {@link differences}. */
interface Comparison {
  /** Whether each secret with a fingerprint changed, by the secret's path. */
  fingerprints: Map<string, SecretState>;
  /** The names of the lists whose order does not matter. */
  unordered: readonly string[];
}

/** The object with the fingerprints of a connector's secrets. Its keys are paths below `config`. */
const fingerprintsName = "secretFingerprints";
/** Suffix of a property with a secret's fingerprint, as in `apiKeyFingerprint` (infra/fingerprint.ts). */
const fingerprintSuffix = "Fingerprint";
/** The fingerprint of a secret that only the stack's configuration has, and no resource. */
const configurationFingerprint = "clientSecretFingerprint";
const configurationKey = "logto:clientSecret";

/**
 * The differences between a resource's properties, by path. Secrets are compared by their fingerprints, and unchanged
 * ones are listed too.
 *
 * @param unordered the names of the lists whose order does not matter. Default: every list's order counts
 */
export function differences(
  before: Values | undefined,
  after: Values | undefined,
  unordered: readonly string[] = [],
): Difference[] {
  const [old, wanted] = [before ?? {}, after ?? {}].map(withoutMachinery) as [Values, Values];
  const states = fingerprintStates(before ?? {}, after ?? {});
  const found = compareObjects(old, wanted, "", { fingerprints: states, unordered });
  const elsewhere = [...states].filter(([path]) => !found.some((one) => one.path === path));
  return [
    ...found,
    ...elsewhere.map(([path, state]): Difference => ({ path, kind: "secret", state })),
  ];
}

/** Whether it is a real change: an unchanged secret, or one that cannot be compared, is not. */
export function isChange(difference: Difference): boolean {
  return (
    difference.kind !== "secret" ||
    (difference.state !== "unchanged" && difference.state !== "not compared")
  );
}

/** The paths of values that are known only after the apply. */
export function unknownPaths(value: unknown, path = ""): string[] {
  if (value === unknownValue) return [path];
  if (Array.isArray(value)) {
    return value.flatMap((held, index) => unknownPaths(held, `${path}[${index}]`));
  }
  if (!isObject(value) || isSecret(value)) return [];
  return Object.entries(value)
    .filter(([key, held]) => !isPluginNote(key, held))
    .flatMap(([key, held]) => unknownPaths(held, below(path, key)));
}

export function isSecret(value: unknown): boolean {
  return isObject(value) && value[runtime.specialSigKey] === runtime.specialSecretSig;
}

function withoutMachinery(properties: Values): Values {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !isMachinery(key)));
}

/**
 * Whether a property is not worth showing: it is the engine's or a plugin's own, such as `__provider` and `__defaults`,
 * or one of this project's that only describes another property.
 */
export function isMachinery(key: string): boolean {
  return isInternalKey(key) || key === fingerprintsName || key.endsWith(fingerprintSuffix);
}

/** The property that a key is about: itself, or for a fingerprint the secret. */
export function propertyOf(key: string): string {
  return key.endsWith(fingerprintSuffix) ? key.slice(0, -fingerprintSuffix.length) : key;
}

function fingerprintStates(before: Values, after: Values): Map<string, SecretState> {
  const [old, wanted] = [before, after].map(fingerprintsOf) as [
    Map<string, unknown>,
    Map<string, unknown>,
  ];
  const paths = [...new Set([...old.keys(), ...wanted.keys()])].sort();
  return new Map(paths.map((path) => [path, stateOf(old.get(path), wanted.get(path))]));
}

function fingerprintsOf(properties: Values): Map<string, unknown> {
  const below = properties[fingerprintsName];
  return new Map([
    ...Object.entries(isObject(below) ? below : {}).map(
      ([field, print]) => [`config.${field}`, print] as const,
    ),
    ...Object.entries(properties)
      .filter(([key]) => key.endsWith(fingerprintSuffix))
      .map(([key, print]) => {
        const secret = key.slice(0, -fingerprintSuffix.length);
        return [key === configurationFingerprint ? configurationKey : secret, print] as const;
      }),
  ]);
}

function stateOf(before: unknown, after: unknown): SecretState {
  if (before === undefined) return "set";
  if (after === undefined) return "removed";
  if (after === unknownValue) return "known after the apply";
  return before === after ? "unchanged" : "changed";
}

function compareObjects(
  before: Values,
  after: Values,
  path: string,
  comparison: Comparison,
): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isPluginNote(key, before[key] ?? after[key]))
    .sort();
  return keys.flatMap((key) => compare(before[key], after[key], below(path, key), comparison));
}

function compare(
  before: unknown,
  after: unknown,
  path: string,
  comparison: Comparison,
): Difference[] {
  if (isSecret(before) || isSecret(after)) {
    const state = secretState(before, after, comparison.fingerprints.get(path));
    return [{ path, kind: "secret", state }];
  }
  if (dequal(before, after)) return [];
  if (after === unknownValue) return [{ path, kind: "unknown" }];
  if (isObject(before) && isObject(after)) return compareObjects(before, after, path, comparison);
  if (Array.isArray(before) && Array.isArray(after)) {
    return compareLists(before, after, path, comparison);
  }
  if (isObject(after) && before === undefined) {
    return whole(after, compareObjects({}, after, path, comparison), {
      path,
      kind: "added",
      after,
    });
  }
  if (isObject(before) && after === undefined) {
    const removed: Difference = { path, kind: "removed", before };
    return whole(before, compareObjects(before, {}, path, comparison), removed);
  }
  if (Array.isArray(after) && before === undefined) {
    return whole(after, compareLists([], after, path, comparison), { path, kind: "added", after });
  }
  if (Array.isArray(before) && after === undefined) {
    const removed: Difference = { path, kind: "removed", before };
    return whole(before, compareLists(before, [], path, comparison), removed);
  }
  // Values with secrets inside are not shown, even if they turn into something else.
  if (holdsSecret(before) || holdsSecret(after)) {
    return [{ path, kind: "secret", state: "changed" }];
  }
  if (isLongText(before) || isLongText(after)) {
    const [old, wanted] = [before ?? "", after ?? ""];
    if (typeof old === "string" && typeof wanted === "string") {
      return [{ path, kind: "text", lines: hunks(old, wanted) }];
    }
  }
  if (before === undefined) return [{ path, kind: "added", after }];
  if (after === undefined) return [{ path, kind: "removed", before }];
  return [{ path, kind: "changed", before, after }];
}

/** The differences of an object's or a list's parts, or of itself if it is empty. */
function whole(held: object, parts: Difference[], itself: Difference): Difference[] {
  return Object.keys(held).length === 0 ? [itself] : parts;
}

function secretState(
  before: unknown,
  after: unknown,
  fingerprint: SecretState | undefined,
): SecretState {
  if (before === undefined) return "set";
  if (after === undefined) return "removed";
  if (after === unknownValue) return "known after the apply";
  if (!isSecret(before)) return "became secret";
  if (!isSecret(after)) return "is no longer secret";
  // A fingerprint on one side only cannot be compared, as after an update of this project that added it.
  return fingerprint === undefined || fingerprint === "set" || fingerprint === "removed"
    ? "not compared"
    : fingerprint;
}

function compareLists(
  before: unknown[],
  given: unknown[],
  path: string,
  comparison: Comparison,
): Difference[] {
  const after = comparison.unordered.includes(lastNameOf(path)) ? inOrderOf(before, given) : given;
  if (dequal(before, after)) return [];
  if (before.every(isPlain) && after.every(isPlain)) return [compareSets(before, after, path)];
  const name = nameOf(before, after);
  if (name === undefined) {
    return Array.from(
      { length: Math.max(before.length, after.length) },
      (_, index) => index,
    ).flatMap((index) => compare(before[index], after[index], `${path}[${index}]`, comparison));
  }
  const [old, wanted] = [before, after].map(
    (list) => new Map((list as Values[]).map((held) => [String(held[name]), held])),
  ) as [Map<string, Values>, Map<string, Values>];
  const own = [...new Set([...wanted.keys(), ...old.keys()])];
  const found = own.flatMap((key) =>
    compare(old.get(key), wanted.get(key), `${path}[${key}]`, comparison),
  );
  const isSameOrder = dequal(
    [...old.keys()].filter((key) => wanted.has(key)),
    [...wanted.keys()].filter((key) => old.has(key)),
  );
  return isSameOrder
    ? found
    : [...found, { path, kind: "changed", before: [...old.keys()], after: [...wanted.keys()] }];
}

/** The name of the property at the end of a path, without indices. */
function lastNameOf(path: string): string {
  const own = path.endsWith("]") ? path.slice(0, path.lastIndexOf("[")) : path;
  return own.split(".").at(-1) ?? own;
}

/**
 * A list, reordered like another one: first the elements in both, then the rest. In a list of objects without
 * names, a gap stands for each object that has no counterpart.
 */
function inOrderOf(before: unknown[], after: unknown[]): unknown[] {
  const name = nameOf(before, after);
  const isSame = (one: unknown, other: unknown) =>
    name === undefined ? dequal(one, other) : (one as Values)[name] === (other as Values)[name];
  const left = [...after];
  const placed = before.map((held) => {
    const index = left.findIndex((one) => isSame(held, one));
    return index === -1 ? undefined : left.splice(index, 1)[0];
  });
  if (name !== undefined || after.every(isPlain)) {
    return [...placed.filter((held) => held !== undefined), ...left];
  }
  return [...placed.map((held) => held ?? left.shift()), ...left];
}

function compareSets(before: unknown[], after: unknown[], path: string): Difference {
  const [removed, added] = [without(before, after), without(after, before)];
  const isReordered = !dequal(without(before, removed), without(after, added));
  return { path, kind: "set", added, removed, ...(isReordered && { order: after }) };
}

/** The values that `list` has more often than `other`, each as often as the surplus. */
function without(list: unknown[], other: unknown[]): unknown[] {
  const left = [...other];
  return list.filter((value) => {
    const index = left.indexOf(value);
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

function isPlain(value: unknown): boolean {
  return (
    (typeof value !== "object" || value === null) && value !== unknownValue && !isLongText(value)
  );
}

/** The property that identifies the objects of a list: a template, for example, is known by its use. */
function nameOf(before: unknown[], after: unknown[]): string | undefined {
  return ["usageType", "identifier", "name", "id"].find((key) =>
    [before, after].every((list) => {
      const names = list.map((held) => (isObject(held) ? held[key] : undefined));
      return (
        names.every((name) => typeof name === "string" && name !== unknownValue) &&
        new Set(names).size === names.length
      );
    }),
  );
}

function isLongText(value: unknown): boolean {
  return typeof value === "string" && (value.includes("\n") || value.length > 100);
}

function hunks(before: string, after: string): string[] {
  // If neither text ends with a newline, one is added to both: otherwise the diff would mention it.
  const ending = before.endsWith("\n") || after.endsWith("\n") ? "" : "\n";
  const ended = (text: string) => (text === "" ? text : text + ending);
  return structuredPatch("", "", ended(before), ended(after), "", "", {
    context: 3,
  }).hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}

function holdsSecret(value: unknown): boolean {
  if (isSecret(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

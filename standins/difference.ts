import type { Properties } from "./plugin";
import {
  absent,
  elements,
  identity,
  keysOf,
  type Lists,
  type Scalar,
  stored,
} from "./set-identity";
import {
  type InputRule,
  type InputRules,
  isObject,
  isZero,
  type KnownRule,
  unknown,
} from "./rules";

/** A path at which the plan and the state differ. */
export interface DetailedDifference {
  path: Path;
  kind: "added" | "removed" | "changed";
  replaces: boolean;
}

export type Path = (string | number)[];

/** An input for which the wanted value and the state differ. */
export interface Difference {
  property: string;
  kind: DetailedDifference["kind"];
  replaces: boolean;
}

/** What a Diff knows besides the inputs and the state. */
export interface DiffContext {
  /** Outputs that are lists. One that is missing in the state counts as a difference: it has yet to be read. */
  listsOfServer?: readonly string[];
  /** Paths in the option `ignoreChanges`. */
  ignored?: readonly string[];
}

/** Compares the state of the last read with what is wanted. Returns one difference per input. */
export function compareInputs(
  rules: InputRules,
  outputs: Properties,
  news: Properties,
): Difference[] {
  const differences = new Map<string, Difference>();
  for (const { path, kind, replaces } of detailedDifferences(rules, outputs, news)) {
    const property = String(path[0]);
    const other = differences.get(property);
    differences.set(property, {
      property,
      kind: other !== undefined || path.length > 1 ? "changed" : kind,
      replaces: replaces || other?.replaces === true,
    });
  }
  return [...differences.values()];
}

/** Differences as the vendor's plugins report them, each with a path as close to the changed value as possible. */
export function detailedDifferences(
  rules: InputRules,
  outputs: Properties,
  news: Properties,
  { listsOfServer = [], ignored = [] }: DiffContext = {},
): DetailedDifference[] {
  const unread = listsOfServer
    .filter((name) => absent(outputs[name]))
    .map((name) => difference([name], "added"));
  const found = Object.entries(rules).flatMap(([name, rule]) =>
    compare(rule, [name], outputs[name], news[name]),
  );
  return [...found, ...unread].filter(({ path }) => !ignored.some((it) => covers(it, path)));
}

/** A path as Pulumi writes it, such as `ports[0].ip` or `logOpts["max-size"]`. */
export function pathText(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === "number"
        ? `[${step.toString()}]`
        : /^[A-Za-z_$][\w$]*$/.test(step)
          ? `${index === 0 ? "" : "."}${step}`
          : `["${step.replaceAll('"', '\\"')}"]`,
    )
    .join("");
}

/** Whether a path of `ignoreChanges` equals that of a difference, or leads to it; `*` stands for every element. */
function covers(ignored: string, path: Path): boolean {
  const steps = [...ignored.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted?.replaceAll('\\"', '"') ?? index ?? name ?? "",
  );
  return (
    steps.length <= path.length &&
    steps.every((step, index) => step === "*" || step === String(path[index]))
  );
}

function difference(
  path: Path,
  kind: DetailedDifference["kind"],
  replaces = false,
): DetailedDifference {
  return { path, kind, replaces };
}

function compare(rule: InputRule, path: Path, is: unknown, wanted: unknown): DetailedDifference[] {
  switch (rule.kind) {
    case "refused":
      return [];
    case "text":
    case "number":
    case "boolean":
      return compareScalars(rule, path, is, wanted);
    case "texts by name":
      return compareMaps(rule, path, is, wanted);
    case "texts":
    case "object":
    case "objects":
      return compareWholes(rule, path, is, wanted) ?? compareParts(rule, path, is, wanted);
  }
}

type Collection = Lists | Extract<KnownRule, { kind: "object" }>;

/** A missing value means the default or the server's value. Removing a zero value is no difference. */
function compareScalars(
  rule: Scalar,
  path: Path,
  is: unknown,
  wanted: unknown,
): DetailedDifference[] {
  if ("writeOnly" in rule || (absent(wanted) && rule.computed)) {
    return [];
  }
  const planned = stored(rule, wanted ?? rule.default);
  if (absent(planned)) {
    return isZero(is) || suppressed(rule, is, "")
      ? []
      : [difference(path, "removed", rule.replaces)];
  }
  if (planned === "" && rule.computed) {
    return [];
  }
  if (absent(is)) {
    return planned === "" ? [] : [difference(path, "added", rule.replaces)];
  }
  return isSameScalar(is, planned) || suppressed(rule, is, planned)
    ? []
    : [difference(path, "changed", rule.replaces)];
}

function suppressed(rule: Scalar, is: unknown, planned: unknown): boolean {
  return (
    rule.kind === "text" &&
    planned !== unknown &&
    rule.isSame?.(isZero(is) ? "" : String(is), String(planned)) === true
  );
}

/** Whether two scalars are equal. The state may hold a number as a text, and the other way round. */
function isSameScalar(is: unknown, planned: unknown): boolean {
  return planned !== unknown && String(is) === String(planned);
}

function compareMaps(
  rule: Extract<KnownRule, { kind: "texts by name" }>,
  path: Path,
  is: unknown,
  wanted: unknown,
): DetailedDifference[] {
  if (absent(wanted) && rule.computed) {
    return [];
  }
  if (wanted === unknown) {
    return [difference(path, absent(is) ? "added" : "changed", rule.replaces)];
  }
  if (!isObject(is)) {
    return isZero(wanted) ? [] : [difference(path, "added", rule.replaces)];
  }
  const planned = isObject(wanted) ? wanted : {};
  return keysOf(is, planned).flatMap((key) => {
    const [was, value] = [is[key], planned[key]];
    const inner = [...path, key];
    return absent(value)
      ? [difference(inner, "removed", rule.replaces)]
      : absent(was)
        ? [difference(inner, "added", rule.replaces)]
        : isSameScalar(was, value)
          ? []
          : [difference(inner, "changed", rule.replaces)];
  });
}

/** Differences of a collection that appears or disappears as a whole; undefined if its parts must be compared. */
function compareWholes(
  rule: Collection,
  path: Path,
  is: unknown,
  wanted: unknown,
): DetailedDifference[] | undefined {
  const isThere = rule.kind === "object" ? isObject(is) : !isZero(is);
  if (absent(wanted) && rule.computed) {
    // A list of texts that was never read will appear. Objects are blocks, which are always there.
    return rule.kind === "texts" && absent(is) ? [difference(path, "added", rule.replaces)] : [];
  }
  if (wanted === unknown) {
    return [difference(path, isThere ? "changed" : "added", rule.replaces)];
  }
  const isWanted = rule.kind === "object" ? isObject(wanted) : !isZero(wanted);
  if (isThere && isWanted) {
    return undefined;
  }
  return isThere || isWanted
    ? [difference(path, isThere ? "removed" : "added", isReplacing(rule, isThere ? is : wanted))]
    : [];
}

/** Whether adding or removing the value replaces the resource, because of its own rule or one inside it. */
function isReplacing(rule: InputRule, value: unknown): boolean {
  if (rule.kind === "refused" || absent(value)) {
    return false;
  }
  if (rule.replaces) {
    return true;
  }
  return "fields" in rule
    ? elements(value).some((element) => holdsReplacing(rule.fields, element))
    : false;
}

function holdsReplacing(fields: InputRules, element: unknown): boolean {
  return (
    isObject(element) &&
    Object.entries(fields).some(([name, rule]) => isReplacing(rule, element[name]))
  );
}

function compareParts(
  rule: Collection,
  path: Path,
  is: unknown,
  wanted: unknown,
): DetailedDifference[] {
  if (rule.kind === "object") {
    return compareFields(rule.fields, path, is, wanted);
  }
  const [was, will] = [elements(is), elements(wanted)];
  if (rule.kind === "objects" && rule.isSame?.(was, will)) {
    return [];
  }
  return rule.unordered
    ? compareSets(rule, path, was, will)
    : longer(was, will).flatMap((_, index) =>
        compareElements(rule, [...path, index], was[index], will[index]),
      );
}

function longer(some: unknown[], others: unknown[]): unknown[] {
  return some.length > others.length ? some : others;
}

function compareFields(
  fields: InputRules,
  path: Path,
  is: unknown,
  wanted: unknown,
): DetailedDifference[] {
  const [was, will] = [is as Properties, wanted as Properties];
  return Object.entries(fields).flatMap(([name, rule]) =>
    compare(rule, [...path, name], was[name], will[name]),
  );
}

/** Compares elements of lists by index. */
function compareElements(
  rule: Lists,
  path: Path,
  is: unknown,
  wanted: unknown,
): DetailedDifference[] {
  if (absent(is) || absent(wanted)) {
    return [difference(path, absent(is) ? "added" : "removed", isReplacing(rule, is ?? wanted))];
  }
  if (rule.kind === "objects" && isObject(is) && isObject(wanted)) {
    return compareFields(rule.fields, path, is, wanted);
  }
  return isSameScalar(is, wanted) ? [] : [difference(path, "changed", rule.replaces)];
}

/**
 * Compares sets by their elements. An element that was removed and one added at the same index count as one change. A
 * new element is reported at its index among the inputs. If the plugin plans more for it than was given, its index is
 * not known, and the whole set counts as changed.
 */
function compareSets(
  rule: Lists,
  path: Path,
  is: unknown[],
  wanted: unknown[],
): DetailedDifference[] {
  const identities = (list: unknown[]) => list.map((element) => identity(rule, element));
  const [was, will] = [identities(is), identities(wanted)];
  const removed = is.map((element, index) => (will.includes(was[index] ?? "") ? null : element));
  const added = wanted.map((element, index) => (was.includes(will[index] ?? "") ? null : element));
  const isLonger = new Set(was).size !== new Set(will).size;
  const found = longer(is, wanted).flatMap((_, index) =>
    compareSetElements(rule, [...path, index], removed[index], added[index], isLonger),
  );
  if (
    found.length === 0 ||
    added.every((element) => absent(element) || isTraceable(rule, element))
  ) {
    return found;
  }
  const isReplaced = found.some(({ replaces }) => replaces) || (isLonger && rule.replaces === true);
  return [difference(path, "changed", isReplaced)];
}

function compareSetElements(
  rule: Lists,
  path: Path,
  removed: unknown,
  added: unknown,
  isLonger: boolean,
): DetailedDifference[] {
  if (absent(removed) && absent(added)) {
    return [];
  }
  if (rule.kind === "objects" && isObject(removed) && isObject(added)) {
    return compareGiven(rule.fields, path, removed, added);
  }
  const kind = absent(removed) ? "added" : absent(added) ? "removed" : "changed";
  const isReplaced =
    rule.kind === "texts"
      ? rule.replaces
      : (isLonger && rule.replaces) ||
        holdsReplacing(rule.fields, removed) ||
        holdsReplacing(rule.fields, added);
  return [difference(path, kind, isReplaced)];
}

/** Compares elements of sets. Nothing is kept from before: a value that is not given is removed. */
function compareGiven(
  fields: InputRules,
  path: Path,
  is: Properties,
  wanted: Properties,
): DetailedDifference[] {
  return Object.entries(fields).flatMap(([name, rule]) => {
    if (rule.kind === "refused") {
      return [];
    }
    const inner = [...path, name];
    const [was, value] = [is[name], wanted[name]];
    if ("fields" in rule || rule.kind === "texts" || rule.kind === "texts by name") {
      return absent(value) && isObject(was)
        ? [difference(inner, "removed", isReplacing(rule, was))]
        : compare(rule, inner, was, value);
    }
    const planned = stored(rule, value ?? rule.default);
    return absent(was) && absent(planned)
      ? []
      : absent(was)
        ? [difference(inner, "added", rule.replaces)]
        : absent(planned)
          ? [difference(inner, "removed", rule.replaces)]
          : isSameScalar(was, planned)
            ? []
            : [difference(inner, "changed", rule.replaces)];
  });
}

/** Whether the plan for an element of a set is exactly what was given. */
function isTraceable(rule: Lists, element: unknown): boolean {
  if (rule.kind === "texts") {
    return element !== unknown;
  }
  return (
    isObject(element) &&
    Object.entries(rule.fields).every(([name, field]) => {
      const value = element[name];
      switch (field.kind) {
        case "refused":
          return true;
        case "texts by name":
          return false;
        case "object":
          return absent(value);
        case "objects":
        case "texts":
          return !absent(value);
        default:
          return (
            value !== unknown && (!absent(value) || (!field.computed && !("default" in field)))
          );
      }
    })
  );
}

import { automaticName } from "./automatic-name";
import type { Failure, Properties } from "./plugin";
import {
  defaultsKey,
  type InputRule,
  type InputRules,
  isObject,
  isZero,
  type KnownRule,
  unknown,
} from "./rules";

/** What a Check knows besides the inputs. */
export interface CheckContext {
  /** The properties that only the server sets. */
  outputs?: readonly string[];
  /** Seed for automatic names; without it they are random. */
  seed?: Uint8Array;
}

/**
 * The inputs as the vendor's plugins return them to the engine: each converted to its type, defaults added and listed
 * in `__defaults`, nothing else filled in. Everything that is wrong with them is returned too. Defaults in `olds`
 * stay, even if a newer plugin has others.
 *
 * Errors: a text that is no whole number, for an input that must be one.
 */
export function checkInputs(
  standIn: string,
  rules: InputRules,
  name: string,
  olds: Properties,
  news: Properties,
  { outputs = [], seed = new Uint8Array() }: CheckContext = {},
): { inputs: Properties; failures: Failure[] } {
  const check: Check = {
    standIn,
    outputs,
    failures: [],
    automaticName: () => automaticName(name, seed),
  };
  return { inputs: checkFields(check, rules, olds, news, { path: "" }), failures: check.failures };
}

interface Check {
  standIn: string;
  outputs: readonly string[];
  failures: Failure[];
  automaticName: () => string;
}

/** Path of a value. A failure within a set is reported for the whole set, whose elements have no fixed index. */
interface Place {
  path: string;
  set?: string;
}

function fail(check: Check, { path, set = path }: Place, reason: string): void {
  check.failures.push({ property: set, reason: set === path ? reason : `${reason} (${path})` });
}

function within({ path, set }: Place, step: string, isSet = false): Place {
  const inner = path === "" ? step : step.startsWith("[") ? `${path}${step}` : `${path}.${step}`;
  return { path: inner, set: set ?? (isSet ? inner : undefined) };
}

function checkFields(
  check: Check,
  rules: InputRules,
  olds: Properties,
  news: Properties,
  place: Place,
): Properties {
  const given = Object.entries(news).filter(
    ([name, value]) => name !== defaultsKey && value !== undefined && value !== null,
  );
  const inputs: Properties = {};
  for (const [name, value] of given) {
    inputs[name] = checkField(check, name, rules[name], olds[name], value, place);
  }
  const added = defaults(check, rules, olds, inputs);
  for (const [name, rule] of Object.entries(rules)) {
    if (inputs[name] === undefined && added[name] === undefined && "required" in rule) {
      fail(check, within(place, name), "is required");
    }
    const others = "conflicts" in rule ? (rule.conflicts ?? []) : [];
    for (const other of others.filter((it) => name in inputs && it in inputs)) {
      fail(check, within(place, name), `cannot be given together with ${other}`);
    }
  }
  return { ...inputs, ...added, [defaultsKey]: Object.keys(added).sort() };
}

/** Default values for missing inputs: earlier defaults stay, the rest comes from the schema. */
function defaults(
  check: Check,
  rules: InputRules,
  olds: Properties,
  inputs: Properties,
): Properties {
  const before = olds[defaultsKey];
  const wasDefault = (name: string) => !Array.isArray(before) || before.includes(name);
  const added = Object.entries(rules).flatMap(([name, rule]): [string, unknown][] => {
    const value =
      rule.kind === "text" && rule.named ? check.automaticName : "default" in rule && rule.default;
    if (name in inputs || isZero(value)) {
      return [];
    }
    const old = olds[name] ?? undefined;
    // An automatic name never replaces one that the resource already has.
    const isKept = old !== undefined && ("named" in rule || wasDefault(name));
    return [[name, isKept ? old : typeof value === "function" ? value() : value]];
  });
  return Object.fromEntries(added);
}

function checkField(
  check: Check,
  name: string,
  rule: InputRule | undefined,
  old: unknown,
  value: unknown,
  outer: Place,
): unknown {
  const place = within(outer, name, rule !== undefined && "unordered" in rule);
  if (rule === undefined) {
    const isOutput = outer.path === "" && check.outputs.includes(name);
    fail(
      check,
      within(outer, name),
      isOutput ? "is an output, and cannot be given" : "there is no such input",
    );
    return value;
  }
  if (rule.kind === "refused") {
    fail(check, place, doesNotKnow(check.standIn));
    return value;
  }
  return value === unknown ? value : convert(check, rule, old, value, place);
}

export function doesNotKnow(standIn: string): string {
  return `the stand-in for the plugin ${standIn} does not know this input: leave it out, or install the vendor's plugin`;
}

/** The value converted to its input's type. It stays as it is if it cannot be converted. */
function convert(
  check: Check,
  rule: KnownRule,
  old: unknown,
  value: unknown,
  place: Place,
): unknown {
  const refuse = (reason: string) => {
    fail(check, place, reason);
    return value;
  };
  switch (rule.kind) {
    case "text": {
      const text = toText(value);
      if (text === undefined) {
        return refuse("expected a string");
      }
      const reason = rule.complaint?.(text);
      if (reason !== undefined) {
        fail(check, place, reason);
      }
      return text;
    }
    case "number": {
      const number = toNumber(value, place);
      if (number === undefined) {
        return refuse("expected a whole number");
      }
      if (rule.minimum !== undefined && number < rule.minimum) {
        fail(check, place, `expected at least ${rule.minimum.toString()}`);
      }
      return number;
    }
    case "boolean":
      return typeof value === "number"
        ? value
        : (toBoolean(value) ?? refuse("expected true or false"));
    case "texts": {
      const texts = toList(value).map((element) => (element === null ? element : toText(element)));
      return texts.includes(undefined) ? refuse("expected a list of strings") : texts;
    }
    case "texts by name":
      return isObject(value) && Object.values(value).every((inner) => !isComposed(inner))
        ? value
        : refuse("expected an object of strings");
    case "object": {
      const [only, ...others] = Array.isArray(value) ? (value as unknown[]) : [value];
      if (others.length > 0) {
        return refuse("expected one object");
      }
      return only === unknown
        ? only
        : isObject(only)
          ? checkFields(check, rule.fields, isObject(old) ? old : {}, only, place)
          : refuse("expected an object");
    }
    case "objects": {
      const elements = toList(value);
      if (!elements.every((element) => element === unknown || isObject(element))) {
        return refuse("expected a list of objects");
      }
      const before = Array.isArray(old) ? (old as unknown[]) : [];
      return elements.map((element, index) => {
        const was = before[index];
        return isObject(element)
          ? checkFields(
              check,
              rule.fields,
              isObject(was) ? was : {},
              element,
              within(place, `[${index.toString()}]`),
            )
          : element;
      });
    }
  }
}

function toText(value: unknown): string | undefined {
  return isComposed(value) ? undefined : String(value);
}

/** Fractions are cut off and texts parsed; a text that is no number is an error, as with the vendor's plugin. */
function toNumber(value: unknown, { path }: Place): number | undefined {
  if (typeof value === "string") {
    if (!/^[+-]?\d+$/.test(value)) {
      throw new Error(`${path}: expected a whole number`);
    }
    return Number(value);
  }
  return typeof value === "number" ? Math.trunc(value) : undefined;
}

/** Accepts the spellings of Go's `strconv.ParseBool`. */
function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") {
    return value;
  }
  const text = typeof value === "string" ? value : "";
  return /^(1|t|T|TRUE|true|True)$/.test(text)
    ? true
    : /^(0|f|F|FALSE|false|False)$/.test(text)
      ? false
      : undefined;
}

/** A single value counts as a list of one. */
function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function isComposed(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

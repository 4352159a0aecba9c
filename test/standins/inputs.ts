import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Input } from "@pulumi/pulumi";
import type { Failure, Properties } from "./plugin";

/**
 * What a stand-in does with one input of the official type:
 * - `default`: the value where none is given.
 * - `named`: where none is given, the resource's name and a random suffix, as the vendor's plugins do.
 * - `computed`: where none is given, the server's own value stands and is no difference.
 * - `replaces`: a change makes a new resource.
 * - `only`: the one value the stand-in knows.
 * - `pattern`: what a text must look like; `expected` says so in words.
 * - `unordered`: the same values in another order are no difference.
 * - `fields`: the rules for the inputs within an object.
 * - `refused`: the stand-in does not know the input. It says so, for ignoring it would be a lie.
 */
export type InputRule =
  | {
      kind: "text";
      default?: string;
      named?: true;
      computed?: true;
      required?: true;
      replaces?: true;
      pattern?: RegExp;
      expected?: string;
    }
  | {
      kind: "number";
      default?: number;
      minimum?: number;
      computed?: true;
      required?: true;
      replaces?: true;
    }
  | { kind: "boolean"; default?: boolean; computed?: true; replaces?: true; only?: boolean }
  | { kind: "texts"; computed?: true; replaces?: true; unordered?: true }
  | { kind: "texts by name"; computed?: true; replaces?: true }
  | { kind: "object"; fields: InputRules; computed?: true; replaces?: true }
  | { kind: "objects"; fields: InputRules; computed?: true; replaces?: true; unordered?: true }
  | { kind: "refused" };

export type InputRules = Record<string, InputRule>;

/**
 * The rules for the inputs of an official SDK type: one for each, of its kind. So an input that a new
 * version of the SDK adds, removes or retypes stops the type check until the stand-in knows what to do.
 */
export type RulesFor<Arguments> = {
  [Name in keyof Arguments]-?: RuleFor<PlainValue<NonNullable<Arguments[Name]>>>;
};

/** `Unwrap` of the SDK is for objects: it leaves an input of a single value as it is. */
type PlainValue<Value> = [Value] extends [Input<infer Plain>] ? NonNullable<Plain> : never;

type RuleFor<Value> = RuleByKind["refused"] | KnownRule<Value>;

type RuleByKind = { [Rule in InputRule as Rule["kind"]]: Rule };

type KnownRule<Value> = [Value] extends [string]
  ? RuleByKind["text"]
  : [Value] extends [number]
    ? RuleByKind["number"]
    : [Value] extends [boolean]
      ? RuleByKind["boolean"]
      : [Value] extends [(infer Element)[]]
        ? RuleForList<PlainValue<Element>>
        : [Value] extends [Record<string, Input<string>>]
          ? RuleByKind["texts by name"]
          : [Value] extends [object]
            ? RuleByKind["object"] & { fields: RulesFor<Value> }
            : never;

type RuleForList<Element> = [Element] extends [string]
  ? RuleByKind["texts"]
  : RuleByKind["objects"] & { fields: RulesFor<Element> };

/** What the engine sends in a preview for a value that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The inputs with all defaults, and everything that is wrong with them. `name` is the resource's. */
export function checkInputs(
  standIn: string,
  rules: InputRules,
  name: string,
  olds: Properties,
  news: Properties,
): { inputs: Properties; failures: Failure[] } {
  const failures: Failure[] = [];
  const given = { ...news };
  for (const [property, rule] of Object.entries(rules)) {
    if (rule.kind === "text" && rule.named === true) {
      given[property] ??= olds[property] ?? `${name}-${randomBytes(4).toString("hex").slice(0, 7)}`;
    }
  }
  return { inputs: checkFields(standIn, rules, given, "", failures), failures };
}

/** The inputs of one object with all defaults. What is wrong with them is added to `failures`. */
function checkFields(
  standIn: string,
  rules: InputRules,
  given: Properties,
  path: string,
  failures: Failure[],
): Properties {
  const inputs: Properties = {};
  for (const [name, rule] of Object.entries(rules)) {
    const property = `${path}${name}`;
    const value = given[name] ?? ("default" in rule ? rule.default : undefined);
    const reason = complaint(standIn, rule, value);
    if (reason !== undefined) {
      failures.push({ property, reason });
    }
    if (value !== undefined) {
      inputs[name] =
        reason === undefined ? within(standIn, rule, value, property, failures) : value;
    }
  }
  for (const name of Object.keys(given).filter((key) => !(key in rules))) {
    failures.push({ property: `${path}${name}`, reason: "there is no such input" });
  }
  return inputs;
}

/** A value that is of the right kind, with what it holds checked as well. */
function within(
  standIn: string,
  rule: InputRule,
  value: unknown,
  property: string,
  failures: Failure[],
): unknown {
  const check = (fields: InputRules, inner: unknown, path: string) =>
    inner === unknown
      ? inner
      : checkFields(standIn, fields, inner as Properties, `${path}.`, failures);
  switch (rule.kind) {
    case "object":
      return check(rule.fields, value, property);
    case "objects":
      return value === unknown
        ? value
        : (value as unknown[]).map((element, index) =>
            check(rule.fields, element, `${property}[${index}]`),
          );
    default:
      return value;
  }
}

/** What is wrong with a value. It never holds the value, which may be a secret. */
function complaint(standIn: string, rule: InputRule, value: unknown): string | undefined {
  if (value === undefined) {
    return "required" in rule ? "is required" : undefined;
  }
  if (value === unknown) {
    return undefined;
  }
  switch (rule.kind) {
    case "refused":
      return `the stand-in for the plugin ${standIn} does not know this input: leave it out, or install the vendor's plugin`;
    case "text":
      if (typeof value !== "string") {
        return "expected a string";
      }
      return rule.pattern === undefined || rule.pattern.test(value)
        ? undefined
        : `expected ${rule.expected ?? rule.pattern.source}`;
    case "number":
      return complaintAboutNumber(value, rule.minimum);
    case "boolean":
      if (typeof value !== "boolean") {
        return "expected true or false";
      }
      return rule.only === undefined || rule.only === value
        ? undefined
        : `the stand-in for the plugin ${standIn} knows only ${String(rule.only)}`;
    case "texts by name":
      return isObject(value) && Object.values(value).every((text) => typeof text === "string")
        ? undefined
        : "expected an object of strings";
    case "texts":
      return isListOf(value, (element) => typeof element === "string")
        ? undefined
        : "expected a list of strings";
    case "object":
      return isObject(value) && !Array.isArray(value) ? undefined : "expected an object";
    case "objects":
      return isListOf(value, (element) => element === unknown || isObject(element))
        ? undefined
        : "expected a list of objects";
  }
}

function complaintAboutNumber(value: unknown, minimum: number | undefined): string | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return "expected a whole number";
  }
  return minimum === undefined || value >= minimum
    ? undefined
    : `expected at least ${minimum.toString()}`;
}

function isListOf(value: unknown, isElement: (element: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isElement);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A property in which what is wanted is not what is there. */
export interface Difference {
  property: string;
  kind: "added" | "removed" | "changed";
  replaces: boolean;
}

/** Compares what is there, as the last read saw it, with what is wanted. */
export function compareInputs(
  rules: InputRules,
  outputs: Properties,
  news: Properties,
): Difference[] {
  return Object.entries(rules).flatMap(([property, rule]) => {
    const is = withoutNulls(outputs[property]);
    const wanted = news[property];
    if (rule.kind === "refused" || isSame(rule, is, wanted)) {
      return [];
    }
    const kind = is === undefined ? "added" : wanted === undefined ? "removed" : "changed";
    return [{ property, kind, replaces: "replaces" in rule }];
  });
}

/** In the state null stands for what is not there. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object") return value;
  const present = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(present.map(([name, inner]) => [name, withoutNulls(inner)]));
}

/** Whether nothing has to change. As beneath the vendor's plugins, nothing given is as good as empty. */
function isSame(rule: InputRule, is: unknown, wanted: unknown): boolean {
  if (wanted === undefined && "computed" in rule) {
    return true;
  }
  switch (rule.kind) {
    case "refused":
      return true;
    case "text":
    case "number":
    case "boolean": {
      const empty = { text: "", number: 0, boolean: false }[rule.kind];
      const absent = rule.default ?? empty;
      return isDeepStrictEqual(is ?? absent, wanted ?? absent);
    }
    case "texts":
      return isDeepStrictEqual(listOf(rule, is), listOf(rule, wanted));
    case "texts by name":
      return isDeepStrictEqual(is ?? {}, wanted ?? {});
    case "object":
      return areSameFields(rule.fields, is, wanted);
    case "objects": {
      const [some, others] = [listOf(rule, is), listOf(rule, wanted)];
      return (
        some.length === others.length &&
        some.every((element, index) => areSameFields(rule.fields, element, others[index]))
      );
    }
  }
}

function areSameFields(fields: InputRules, is: unknown, wanted: unknown): boolean {
  if (is === unknown || wanted === unknown) {
    return is === wanted;
  }
  return Object.entries(fields).every(([name, rule]) =>
    isSame(
      rule,
      (is as Properties | undefined)?.[name],
      (wanted as Properties | undefined)?.[name],
    ),
  );
}

/** A list's elements; one without an order in the same order each time. */
function listOf(rule: { unordered?: true }, value: unknown): unknown[] {
  const elements = Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
  return rule.unordered
    ? elements.toSorted((one, other) => compare(key(one), key(other)))
    : elements;
}

function key(value: unknown): string {
  if (!isObject(value)) {
    return String(value);
  }
  const given = Object.entries(value).filter(([, inner]) => Boolean(inner));
  return JSON.stringify(given.toSorted(([one], [other]) => compare(one, other)));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

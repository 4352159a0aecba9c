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
 * - `refused`: the stand-in does not know the input. It says so, for ignoring it would be a lie.
 */
export type InputRule =
  | { kind: "text"; default?: string; named?: true; computed?: true; replaces?: true }
  | { kind: "number"; default?: number; minimum?: number; required?: true; replaces?: true }
  | { kind: "boolean"; default?: boolean; computed?: true; replaces?: true; only?: boolean }
  | { kind: "texts by name"; replaces?: true }
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

type RuleFor<Value> = RuleByKind[KindOf<Value> | "refused"];

type RuleByKind = { [Rule in InputRule as Rule["kind"]]: Rule };

type KindOf<Value> = [Value] extends [string]
  ? "text"
  : [Value] extends [number]
    ? "number"
    : [Value] extends [boolean]
      ? "boolean"
      : [Value] extends [Record<string, Input<string>>]
        ? "texts by name"
        : never;

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
  const inputs: Properties = {};
  const failures: Failure[] = [];
  for (const [property, rule] of Object.entries(rules)) {
    const value = news[property] ?? defaultOf(rule, property, name, olds);
    const reason = complaint(standIn, rule, value);
    if (reason !== undefined) {
      failures.push({ property, reason });
    }
    if (value !== undefined) {
      inputs[property] = value;
    }
  }
  for (const property of Object.keys(news).filter((key) => !(key in rules))) {
    failures.push({ property, reason: "there is no such input" });
  }
  return { inputs, failures };
}

function defaultOf(rule: InputRule, property: string, name: string, olds: Properties): unknown {
  if (rule.kind === "text" && rule.named === true) {
    return olds[property] ?? `${name}-${randomBytes(4).toString("hex").slice(0, 7)}`;
  }
  return "default" in rule ? rule.default : undefined;
}

/** What is wrong with a value. It never holds the value, which may be a secret. */
function complaint(standIn: string, rule: InputRule, value: unknown): string | undefined {
  if (value === undefined) {
    return rule.kind === "number" && rule.required === true ? "is required" : undefined;
  }
  if (value === unknown) {
    return undefined;
  }
  switch (rule.kind) {
    case "refused":
      return `the stand-in for the plugin ${standIn} does not know this input: leave it out, or install the vendor's plugin`;
    case "text":
      return typeof value === "string" ? undefined : "expected a string";
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
    const is = outputs[property];
    const wanted = news[property];
    const serversOwn = wanted === undefined && "computed" in rule;
    if (rule.kind === "refused" || serversOwn || isDeepStrictEqual(is, wanted)) {
      return [];
    }
    const kind = is === undefined ? "added" : wanted === undefined ? "removed" : "changed";
    return [{ property, kind, replaces: "replaces" in rule }];
  });
}

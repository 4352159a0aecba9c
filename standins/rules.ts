import type { Input } from "@pulumi/pulumi";

/**
 * What the vendor's plugin knows about one input. Its resources are Terraform's, so the words are those of
 * Terraform's schemas:
 * - `default`: the planned value if none is given. A default that is not zero, false or empty also
 *   becomes an input, listed in `__defaults`.
 * - `named`: if no name is given, it is the resource's name with a suffix made of the engine's random seed.
 * - `computed`: if no value is given, the server's own value stays and is no difference.
 * - `replaces`: a change makes a new resource.
 * - `secret`: the engine is told to keep the value encrypted.
 * - `writeOnly`: the value never reaches the state, so it never counts as a difference.
 * - `conflicts`: the inputs that cannot be given together with it.
 * - `complaint`: what is wrong with a given value, if anything. It never shows the value.
 * - `minimum`: the smallest number allowed.
 * - `isSame`: whether a difference does not count, as the vendor's plugin decides.
 * - `stored`: the text that the state holds for a given text.
 * - `unordered`: the values are a set, so another order is no difference.
 * - `fields`: the rules for the inputs within an object.
 * - `unmade`: Check and Diff accept the input; Create and Update of the stand-in do not, and say so.
 * - `refused`: the stand-in does not accept the input at all.
 */
export type InputRule =
  | ({
      kind: "text";
      default?: string;
      named?: true;
      required?: true;
      secret?: true;
      writeOnly?: true;
      complaint?: (text: string) => string | undefined;
      isSame?: (is: string, wanted: string) => boolean;
      stored?: (text: string) => string;
    } & Common)
  | ({ kind: "number"; default?: number; minimum?: number; required?: true } & Common)
  | ({ kind: "boolean"; default?: boolean } & Common)
  | ({ kind: "texts"; required?: true; unordered?: true } & Common)
  | ({ kind: "texts by name" } & Common)
  | ({ kind: "object"; fields: InputRules; unordered?: true } & Common)
  | ({
      kind: "objects";
      fields: InputRules;
      unordered?: true;
      isSame?: (is: unknown[], wanted: unknown[]) => boolean;
    } & Common)
  | { kind: "refused" };

interface Common {
  computed?: true;
  replaces?: true;
  unmade?: true;
  conflicts?: string[];
}

export type KnownRule = Exclude<InputRule, { kind: "refused" }>;

export type InputRules = Record<string, InputRule>;

/**
 * The rules for all inputs of an official SDK type, each of its kind. If a new version of the SDK adds, removes or
 * retypes an input, the type check fails until the stand-in knows what to do.
 */
export type RulesFor<Arguments> = {
  [Name in keyof Arguments]-?: RuleFor<PlainValue<NonNullable<Arguments[Name]>>>;
};

/** `Unwrap` of the SDK is for objects and leaves the input of a single value as it is. */
type PlainValue<Value> = [Value] extends [Input<infer Plain>] ? NonNullable<Plain> : never;

type RuleFor<Value> = RuleByKind["refused"] | RuleForKind<Value>;

type RuleByKind = { [Rule in InputRule as Rule["kind"]]: Rule };

type RuleForKind<Value> = [Value] extends [string]
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

/** The engine's text for a value that is not known yet, in a preview. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Key under which the vendor's plugins list an object's inputs that are defaults. */
export const defaultsKey = "__defaults";

/** A complaint about every text that does not match the pattern. */
export function matching(pattern: RegExp, expected: string): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? undefined : `expected ${expected}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether Terraform treats the value like a missing one. */
export function isZero(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === 0 ||
    value === false ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

/**
 * The inputs as Create and Update get them and the state keeps them: with all defaults, zero values too, and
 * without the notes of a Check.
 */
export function withDefaults(
  rules: InputRules,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  const given = Object.entries(inputs).filter(([name]) => name !== defaultsKey);
  const values = given.map(([name, value]) => [name, filled(rules[name], value)] as const);
  const defaults = Object.entries(rules).flatMap(([name, rule]) =>
    "default" in rule && rule.default !== undefined ? [[name, rule.default] as const] : [],
  );
  return Object.fromEntries([...defaults, ...values]);
}

function filled(rule: InputRule | undefined, value: unknown): unknown {
  if (rule === undefined || !("fields" in rule)) {
    return value;
  }
  return Array.isArray(value)
    ? value.map((element) => filled(rule, element))
    : isObject(value)
      ? withDefaults(rule.fields, value)
      : value;
}

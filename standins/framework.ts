import { isDeepStrictEqual } from "node:util";
import type { Failure, Properties } from "./plugin";
import type { CheckContext } from "./check";
import { type InputRule, type InputRules, isObject, type KnownRule, unknown } from "./rules";

/**
 * Check of plugins built with Terraform's newer framework: they return the inputs as given. No default is added,
 * and unknown inputs are let through.
 *
 * Errors: a value of another type than its input's.
 */
export function checkFrameworkInputs(
  rules: InputRules,
  news: Properties,
  { outputs = [] }: CheckContext,
): { inputs: Properties; failures: Failure[] } {
  const inputs = Object.fromEntries(
    Object.entries(news).filter(([, value]) => value !== undefined && value !== null),
  );
  const failures: Failure[] = [];
  for (const [property, rule] of Object.entries(rules)) {
    if (inputs[property] !== undefined) {
      encode(rule, property, inputs[property]);
    } else if ("required" in rule) {
      failures.push({ property, reason: "is required" });
    }
  }
  if (failures.length > 0) {
    return { inputs, failures };
  }
  for (const [property, value] of Object.entries(inputs)) {
    const rule = rules[property];
    if (outputs.includes(property)) {
      failures.push({ property, reason: "is an output, and cannot be given" });
    } else if (rule?.kind === "number" && typeof value === "number") {
      const reason = complaintAboutNumber(rule, value);
      failures.push(...(reason === undefined ? [] : [{ property, reason }]));
    }
  }
  return { inputs, failures };
}

function complaintAboutNumber(
  { minimum = -Infinity }: Extract<InputRule, { kind: "number" }>,
  value: number,
): string | undefined {
  return !Number.isInteger(value)
    ? "expected a whole number"
    : value < minimum
      ? `expected at least ${minimum.toString()}`
      : undefined;
}

function encode(rule: InputRule, property: string, value: unknown): void {
  if (value === unknown || rule.kind === "refused") {
    return;
  }
  const isText = (text: unknown) => typeof text !== "object" || text === null;
  const [isFitting, expected] = {
    text: [isText(value), "a string"],
    number: [typeof value === "number", "a number"],
    boolean: [typeof value === "boolean", "true or false"],
    "texts by name": [
      isObject(value) && Object.values(value).every(isText),
      "an object of strings",
    ],
    texts: [Array.isArray(value) && value.every(isText), "a list of strings"],
    object: [isObject(value), "an object"],
    objects: [Array.isArray(value) && value.every(isObject), "a list of objects"],
  }[rule.kind] as [boolean, string];
  if (!isFitting) {
    throw new Error(`${property}: expected ${expected}`);
  }
}

/** The inputs that differ from the state. The framework reports no more about a difference than this. */
export function frameworkDifferences(
  rules: InputRules,
  outputs: Properties,
  news: Properties,
  ignored: readonly string[],
): { property: string; replaces: boolean }[] {
  return Object.entries(rules).flatMap(([property, rule]) => {
    if (rule.kind === "refused" || ignored.includes(property)) {
      return [];
    }
    const is = outputs[property] ?? null;
    const planned = news[property] ?? ("default" in rule ? rule.default : null);
    if (planned !== unknown && isDeepStrictEqual(normal(rule, is), normal(rule, planned))) {
      return [];
    }
    return [{ property, replaces: rule.replaces === true && !(isEmpty(is) && isEmpty(planned)) }];
  });
}

/** Converts numbers to text where a text is expected. */
function normal(rule: KnownRule, value: unknown): unknown {
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, String(inner)]));
  }
  return rule.kind === "text" && typeof value === "number" ? value.toString() : value;
}

/** Whether an object has no values: its change is not worth a replacement. */
function isEmpty(value: unknown): boolean {
  return (
    value === null || (isObject(value) && Object.values(value).every((inner) => inner === null))
  );
}

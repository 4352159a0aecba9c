import type { Properties } from "./plugin";
import { defaultsKey, type InputRules, isObject, isZero, type KnownRule, unknown } from "./rules";

export type Scalar = Extract<KnownRule, { kind: "text" | "number" | "boolean" }>;
export type Lists = Extract<KnownRule, { kind: "texts" | "objects" }>;

/** A key for an element: equal if Terraform would treat two values as the same element of a set. */
export function identity(rule: Lists, element: unknown): string {
  return rule.kind === "objects" && isObject(element)
    ? JSON.stringify(substance(rule.fields, element))
    : String(element);
}

function substance(fields: InputRules, element: Properties): unknown {
  return Object.entries(fields).flatMap(([name, rule]): unknown[] => {
    if (rule.kind === "refused") {
      return [];
    }
    const value = element[name] ?? ("default" in rule ? rule.default : undefined);
    if (isZero(value)) {
      return [];
    }
    return [[name, substanceOf(rule, value)]];
  });
}

function substanceOf(rule: KnownRule, value: unknown): unknown {
  switch (rule.kind) {
    case "texts":
    case "objects": {
      const inner = elements(value).map((element) => identity(rule, element));
      return rule.unordered ? inner.sort() : inner;
    }
    case "object":
      return isObject(value) ? substance(rule.fields, value) : value;
    case "texts by name":
      return isObject(value) ? keysOf(value).map((key) => [key, String(value[key])]) : value;
    default:
      return String(stored(rule, value));
  }
}

export function stored(rule: Scalar, value: unknown): unknown {
  return rule.kind === "text" && typeof value === "string" && value !== unknown
    ? (rule.stored?.(value) ?? value)
    : value;
}

export function elements(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : absent(value) ? [] : [value];
}

export function keysOf(...objects: Properties[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))]
    .filter((key) => key !== defaultsKey)
    .sort();
}

/** Whether the value is neither declared nor stored. */
export function absent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

import { isDeepStrictEqual } from "node:util";
import type { InputRule, InputRules } from "./inputs";
import type { Properties } from "./plugin";

/** Key under which the bridge lists the inputs that the program left to the plugin's defaults. */
const defaults = "__defaults";

/**
 * The inputs for a state that was read, as Pulumi's bridge computes them: the given inputs, with the state's
 * values. A list gets no longer than it was, and an object that did not change keeps its index in a set; texts
 * are in the set's own order. In an import nothing is given, and the inputs are the state's values.
 */
export function inputsOf(state: Properties, rules: InputRules, given: Properties): Properties {
  const known = Object.entries(state).filter(([name, value]) => name in rules && value !== null);
  return Object.keys(given).length === 0
    ? Object.fromEntries(known)
    : fieldsIn(rules, given, state);
}

function valueIn(rule: InputRule | undefined, given: unknown, found: unknown): unknown {
  const fields = rule !== undefined && "fields" in rule ? rule.fields : {};
  if (Array.isArray(given) && Array.isArray(found)) {
    const inPlaces = rule?.kind === "objects" && rule.unordered ? placed(given, found) : found;
    return given
      .slice(0, found.length)
      .map((one, index) => valueIn(elementOf(rule, fields), one, inPlaces[index]));
  }
  return isObject(given) && isObject(found) ? fieldsIn(fields, given, found) : found;
}

function fieldsIn(rules: InputRules, given: Properties, found: Properties): Properties {
  const kept = Object.entries(given)
    .filter(([name]) => name !== defaults && name in found)
    .map(([name, value]) => [name, valueIn(rules[name], value, found[name])] as const);
  const noted = given[defaults];
  const isDefault = (name: string) =>
    kept.some(([other, value]) => other === name && isDeepStrictEqual(value, given[name]));
  return {
    ...Object.fromEntries(kept),
    ...(Array.isArray(noted) && { [defaults]: (noted as string[]).filter(isDefault) }),
  };
}

const elementOf = (rule: InputRule | undefined, fields: InputRules): InputRule | undefined =>
  rule?.kind === "objects" ? { kind: "object", fields } : undefined;

/** The elements found in a set, each moved to the index of the given element that it matches. */
function placed(given: unknown[], found: unknown[]): unknown[] {
  const left = [...found];
  const partners = given.map((one) => {
    const index = left.findIndex((other) => holds(other, one));
    return index < 0 ? undefined : { found: left.splice(index, 1)[0] };
  });
  return partners.map((partner) => (partner === undefined ? left.shift() : partner.found));
}

/** Whether a value includes everything that was given. */
function holds(found: unknown, given: unknown): boolean {
  if (!isObject(given)) return isDeepStrictEqual(found, given);
  return (
    isObject(found) &&
    Object.entries(given).every(([name, value]) => name === defaults || holds(found[name], value))
  );
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { Properties } from "../plugin";

/**
 * How the vendor's plugin, a Terraform provider behind Pulumi's bridge, writes a property into the state:
 * - `text`, `number`, `boolean`: null if there is none, unless there is a `default`. An `optional` one is then
 *   left out.
 * - `list`: values whose order counts; null if there are none.
 * - `set`: values in the order of {@link ordered}; null if there are none, or [] for a `computed` set.
 * - `map`: values by name; null if there are none.
 * - `block`: one object at most, else null.
 * - `blocks`: objects, [] if there are none; a `set` of them is in the order of {@link ordered}.
 *
 * A `computed` property that is not declared has the engine's value, and a change of it is no difference.
 */
export type Shape =
  | { kind: "text"; default?: string; computed?: true; optional?: true }
  | { kind: "number"; default?: number; computed?: true }
  | { kind: "boolean"; default?: boolean; computed?: true }
  | { kind: "list" | "set" | "map"; computed?: true }
  | { kind: "block"; fields: Shapes; computed?: true }
  | { kind: "blocks"; fields: Shapes; set?: true; computed?: true };

export type Shapes = Record<string, Shape>;

const leftToTheEngine = Symbol("computed");

/** The planned state: the declared values, each property in its shape. */
function planned(shapes: Shapes, inputs: Properties): Record<string, unknown> {
  return mapped(shapes, (shape, name) => {
    const given = inputs[name] ?? undefined;
    if (given === undefined && shape.computed) return leftToTheEngine;
    return given === undefined ? nothing(shape) : inShape(shape, given);
  });
}

/**
 * The state after a resource was created. Declared sets, and undeclared properties that are empty, stay as planned;
 * the rest is what the engine reports.
 */
export function createdState(shapes: Shapes, inputs: Properties, live: Properties): Properties {
  const foreseen = planned(shapes, inputs);
  return mapped(shapes, (shape, name) => {
    const [plan, says] = [foreseen[name], live[name] ?? undefined];
    if (says === undefined) return plan === leftToTheEngine ? unset(shape) : plan;
    return plan === leftToTheEngine
      ? inShape(shape, says)
      : afterApply(shape, plan, inShape(shape, says));
  });
}

function afterApply(shape: Shape, plan: unknown, says: unknown): unknown {
  switch (shape.kind) {
    case "set":
      return plan ?? (isEmpty(says) ? plan : says);
    case "list":
    case "map":
      return isEmpty(plan) && isEmpty(says) ? plan : says;
    case "block":
      return plan === null || says === null
        ? says
        : mapped(shape.fields, (field, name) =>
            afterApply(field, (plan as Properties)[name], (says as Properties)[name]),
          );
    case "blocks":
      return shape.set ? plan : says;
    default:
      return says;
  }
}

/** The state of a partly created resource, of which the plugin has read nothing. */
export function partialState(shapes: Shapes, inputs: Properties): Properties {
  return createdState(shapes, inputs, {});
}

/** The state after a refresh: what the engine reports, and the known value for anything else. */
export function refreshedState(shapes: Shapes, known: Properties, live: Properties): Properties {
  return mapped(shapes, (shape, name) => {
    const value = live[name] ?? known[name] ?? undefined;
    return value === undefined || live[name] === null ? nothing(shape) : inShape(shape, value);
  });
}

/**
 * The state after an update: what was wanted, whether or not it was achieved. A property that is no longer declared
 * becomes empty, and one that was never declared keeps its known value.
 */
export function updatedState(shapes: Shapes, olds: Properties, news: Properties): Properties {
  return mapped(shapes, (shape, name) => {
    const [old, wanted] = [olds[name] ?? null, news[name] ?? undefined];
    if (wanted !== undefined) return inShape(shape, wanted);
    const defaults = "default" in shape ? shape.default : undefined;
    if (defaults !== undefined) return defaults;
    return shape.computed || old === null ? (old ?? nothing(shape)) : zero(shape);
  });
}

function mapped(shapes: Shapes, value: (shape: Shape, name: string) => unknown): Properties {
  return Object.fromEntries(
    Object.entries(shapes)
      .map(([name, shape]) => [name, value(shape, name)] as const)
      .filter(([, written]) => written !== undefined),
  );
}

/** The value of a property that neither the program nor the plugin sets. */
function nothing(shape: Shape): unknown {
  if (shape.kind === "blocks") return [];
  return "default" in shape ? shape.default : null;
}

/** The value of a computed property that the engine left empty. */
function unset(shape: Shape): unknown {
  return shape.kind === "set" || (shape.kind === "blocks" && shape.set) ? [] : null;
}

/** The value that an update writes for a property that is no longer declared. */
function zero({ kind }: Shape): unknown {
  return {
    text: "",
    number: 0,
    boolean: false,
    list: [],
    set: [],
    map: {},
    block: null,
    blocks: [],
  }[kind];
}

function inShape(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "list":
    case "map":
    case "text":
    case "number":
    case "boolean":
      return value;
    case "set":
      return ordered(shape, value as unknown[]);
    case "block":
      return element(shape.fields, value as Properties);
    case "blocks": {
      const elements = (value as Properties[]).map((one) => element(shape.fields, one));
      return shape.set ? ordered(shape, elements) : elements;
    }
  }
}

/** Fields of an object: a missing text or set is empty, and everything else null. */
function element(fields: Shapes, given: Properties): Properties {
  return mapped(fields, (shape, name) => {
    const value = given[name] ?? undefined;
    if (value !== undefined) return inShape(shape, value);
    if (shape.kind === "text") return shape.optional ? undefined : (shape.default ?? "");
    return shape.kind === "set" ? [] : nothing(shape);
  });
}

/**
 * The elements of a set in Terraform's order: texts alphabetically, objects by the text of their attributes, which
 * are in the order of Terraform's own names.
 */
export function ordered<Element>(shape: Shape, values: readonly Element[]): Element[] {
  const key = (value: Element) => (typeof value === "string" ? value : keyOf(shape, value, true));
  return values
    .map((value) => ({ value, key: key(value) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ value }) => value);
}

function keyOf(shape: Shape, value: unknown, isElement: boolean): string {
  if (!isElement && shape.kind === "block") {
    return value === null ? "[]" : `[${keyOf(shape, value, true)};]`;
  }
  if (value === null || value === undefined) return "~";
  if (Array.isArray(value))
    return `[${value.map((one) => `${keyOf(shape, one, true)};`).join("")}]`;
  if (typeof value === "object") {
    const fields = "fields" in shape ? shape.fields : undefined;
    const parts = Object.entries(value)
      .map(([name, inner]) => {
        const field = fields?.[name] ?? { kind: "text" };
        return [inTerraform(name), keyOf(field, inner, false)] as const;
      })
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
    return fields === undefined
      ? `{${parts.map(([name, text]) => `${JSON.stringify(name)}:${text};`).join("")}}`
      : `<${parts.map(([, text]) => `${text};`).join("")}>`;
  }
  if (typeof value === "boolean") return value ? "T" : "F";
  return JSON.stringify(value);
}

/** A property's name in Terraform: tmpfs_options for tmpfsOptions. */
function inTerraform(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}

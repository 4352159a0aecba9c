import type { Properties } from "../plugin";

/**
 * How the vendor's plugin, a Terraform provider behind Pulumi's bridge, writes a property into the state:
 * - `text`, `number`, `boolean`: null where there is none, unless there is a `default`. An `optional` one is then
 *   left out.
 * - `list`: values whose order counts; null where there are none.
 * - `set`: values in the order of {@link ordered}; null where there are none, and [] for a `computed` one.
 * - `map`: values by name; null where there are none.
 * - `block`: one object at most, else null.
 * - `blocks`: objects, [] where there are none; a `set` of them is in the order of {@link ordered}.
 *
 * Where nothing is declared, a `computed` one is what the engine says, and a change of it is none.
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

/** The state as it is foreseen: what is declared, with each property in its shape. */
function planned(shapes: Shapes, inputs: Properties): Record<string, unknown> {
  return mapped(shapes, (shape, name) => {
    const given = inputs[name] ?? undefined;
    if (given === undefined && shape.computed) return leftToTheEngine;
    return given === undefined ? nothing(shape) : inShape(shape, given);
  });
}

/**
 * The state after a resource was made. A set that was declared, and what nobody declared and is empty, stay
 * as they were foreseen; the rest is what the engine says.
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

/** The state of a resource that was made in part, of which the plugin has read nothing. */
export function partialState(shapes: Shapes, inputs: Properties): Properties {
  return createdState(shapes, inputs, {});
}

/** The state after a refresh: what the engine says, and what it does not tell as it was known. */
export function refreshedState(shapes: Shapes, known: Properties, live: Properties): Properties {
  return mapped(shapes, (shape, name) => {
    const value = live[name] ?? known[name] ?? undefined;
    return value === undefined || live[name] === null ? nothing(shape) : inShape(shape, value);
  });
}

/**
 * The state after an update: what was wanted, whatever became of it. What is no longer declared counts as
 * empty, and what nobody ever declared stays as it was known.
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

/** Where neither program nor plugin says anything. */
function nothing(shape: Shape): unknown {
  if (shape.kind === "blocks") return [];
  return "default" in shape ? shape.default : null;
}

/** The same of what is computed, once it was to be known. */
function unset(shape: Shape): unknown {
  return shape.kind === "set" || (shape.kind === "blocks" && shape.set) ? [] : null;
}

/** What an update writes in the place of what is no longer declared. */
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

/** Within an object a text or a set that is not given is empty, and everything else null. */
function element(fields: Shapes, given: Properties): Properties {
  return mapped(fields, (shape, name) => {
    const value = given[name] ?? undefined;
    if (value !== undefined) return inShape(shape, value);
    if (shape.kind === "text") return shape.optional ? undefined : (shape.default ?? "");
    return shape.kind === "set" ? [] : nothing(shape);
  });
}

/**
 * The elements of a set in Terraform's order: texts by letters, objects by the text of their attributes, these
 * in the order of Terraform's own names.
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

/** A name as Terraform writes it: tmpfsOptions is tmpfs_options. */
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

/**
 * When a value of Logto's counts as the declared one. Logto stores an empty text as none and drops empty parts of many
 * columns, so empty, `null` and missing are the same, at every depth.
 */

import { dequal } from "dequal";
import { isObject, type Values } from "../../properties";

export function isSame(one: unknown, other: unknown): boolean {
  return dequal(withoutEmpty(one), withoutEmpty(other));
}

/** A value without its empty parts; `undefined` if nothing is left. List entries stay, as their order may matter. */
function withoutEmpty(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, held]) => [key, withoutEmpty(held)] as const)
    .filter(([, held]) => held !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/**
 * The part of `live` that `declared` names, at every depth of its objects. A value that counts as the same is
 * written as it is declared, so that a refresh shows no change if there is none.
 */
export function heldPart<Declared extends object>(live: object, declared: Declared): Declared {
  const part = Object.entries(declared).flatMap(([key, value]) => {
    const held = (live as Values)[key];
    if (isObject(value) && isObject(held)) return [[key, heldPart(held, value)]];
    if (isSame(held, value)) return [[key, value]];
    return held === undefined || held === null ? [] : [[key, held]];
  });
  return Object.fromEntries(part) as Declared;
}

/** The columns in which `wanted` differs from `live`, as a PATCH sends them: `null` for one that goes. */
export function differingColumns(live: Values, wanted: Values): Values {
  const columns = Object.keys({ ...live, ...wanted }).filter(
    (column) => !isSame(live[column], wanted[column]),
  );
  return Object.fromEntries(columns.map((column) => [column, wanted[column] ?? null]));
}

/**
 * When a value of Logto's counts as the declared one.
 *
 * - A column without a value is the same as one with an empty text or an empty object.
 * - An empty list is a value: `null` may mean that all is allowed, and an empty list that nothing is.
 * - Inside a column, `null` and missing are the same; what is empty is a value there.
 * - Some columns are cleaned by Logto, which drops what is empty from them at every depth: nothing empty counts there.
 */

import { dequal } from "dequal";
import { isObject, type Values, withoutNullish } from "../../properties";

/** Whether two values of a column are the same, in a column that Logto does not clean. */
export function isSame(one: unknown, other: unknown): boolean {
  return dequal(valueOf(one), valueOf(other));
}

function valueOf(column: unknown): unknown {
  if (column === "" || (isObject(column) && Object.keys(column).length === 0)) return undefined;
  return withoutNullish(column) ?? undefined;
}

/** Whether they are the same within a column that Logto does not clean. */
function isSameInside(one: unknown, other: unknown): boolean {
  return dequal(withoutNullish(one) ?? undefined, withoutNullish(other) ?? undefined);
}

/** Whether they are the same in a column that Logto cleans, at any depth. */
function isSameOnceCleaned(one: unknown, other: unknown): boolean {
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

type IsSame = typeof isSame;

/** The same questions about whole objects of a kind. */
export type Sameness = ReturnType<typeof samenessOf>;

/** @param cleaned the columns from which Logto drops what is empty, at every depth. Default: none. */
export function samenessOf(cleaned: readonly string[] = []) {
  const ofColumn = (column: string): { at: IsSame; inside: IsSame } =>
    cleaned.includes(column)
      ? { at: isSameOnceCleaned, inside: isSameOnceCleaned }
      : { at: isSame, inside: isSameInside };

  function heldPart<Declared extends object>(live: object, declared: Declared): Declared {
    const part = Object.entries(declared).flatMap(([column, value]) => {
      const { at, inside } = ofColumn(column);
      return partOf(column, (live as Values)[column], value, at, inside);
    });
    return Object.fromEntries(part) as Declared;
  }

  const holds = (live: object, declared: object): boolean =>
    dequal(heldPart(live, declared), declared);

  function differingColumns(live: Values, wanted: Values): Values {
    const columns = Object.keys({ ...live, ...wanted }).filter(
      (column) => !ofColumn(column).at(live[column], wanted[column]),
    );
    return Object.fromEntries(columns.map((column) => [column, wanted[column] ?? null]));
  }

  return {
    /**
     * The part of `live` that `declared` names, at every depth of its objects. A value that counts as the same is
     * written as it is declared, so that a refresh shows no change if there is none.
     */
    heldPart,
    /** Whether `live` is as declared. */
    holds,
    /** The columns in which `wanted` differs from `live`, as a PATCH sends them: `null` for one that goes. */
    differingColumns,
    /** The places of `sent` whose values `stored` does not hold. */
    lostPlaces: (sent: Values, stored: Values): string[][] =>
      Object.entries(sent).flatMap(([column, value]) => {
        const { at, inside } = ofColumn(column);
        return lostAt([column], value, stored[column], at, inside);
      }),
  };
}

function partOf(
  key: string,
  held: unknown,
  value: unknown,
  isSameHere: IsSame,
  isSameBelow: IsSame,
): [string, unknown][] {
  if (isObject(value) && isObject(held)) {
    const below = Object.entries(value).flatMap(([name, one]) =>
      partOf(name, held[name], one, isSameBelow, isSameBelow),
    );
    return [[key, Object.fromEntries(below)]];
  }
  if (isSameHere(held, value)) return [[key, value]];
  return held === undefined || held === null ? [] : [[key, held]];
}

function lostAt(
  place: string[],
  value: unknown,
  held: unknown,
  isSameHere: IsSame,
  isSameBelow: IsSame,
): string[][] {
  if (isObject(value) && isObject(held)) {
    return Object.entries(value).flatMap(([name, one]) =>
      lostAt([...place, name], one, held[name], isSameBelow, isSameBelow),
    );
  }
  return isSameHere(value, held) ? [] : [place];
}

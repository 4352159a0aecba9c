/** When and how a resource writes its mark, and takes it away. */

import { isObject, merged, type Values } from "../../properties";
import type { Changes } from "./declared";
import { markIn, markOf, type Notes, withMark } from "./mark";

/** An object that can hold a mark. */
export interface Marked {
  live: Values;
  /** The column of the mark. */
  column: string;
  /** The resource's URN. */
  urn: unknown;
  /** What is noted in the object, if its mark is this resource's. */
  noted: Notes | undefined;
}

/**
 * What an adopted object held before: in the declared places, and the mark of another resource.
 *
 * @param original what it held in the declared places
 * @param earlier what was remembered so far
 */
export function originalWithMark(
  original: Values,
  earlier: Values,
  marked: Marked | undefined,
): Values {
  if (marked === undefined) return original;
  const { live, column, noted } = marked;
  const mark = (noted ? undefined : markIn(live, column)) ?? markIn(earlier, column);
  return merged(original, withMark({}, column, mark));
}

/**
 * The change with the mark that the object is to have. An adopted object gets its mark in one write with something
 * else: one that is as declared is left alone.
 *
 * @param isWork whether there is something else to write
 */
export function changeWithMark(
  change: Changes,
  notes: Notes,
  { live, column, urn, noted }: Marked,
  isWork: boolean,
): Changes {
  const isDue = notes.adoption === undefined || isWork || noted !== undefined;
  if (!isDue) return change;
  return {
    ...change,
    before: withMark(change.before, column, markIn(live, column)),
    declared: withMark(change.declared, column, markOf(urn, notes)),
  };
}

/** The change that puts an adopted object back, with the mark that it held before in place of this resource's. */
export function changeWithoutMark(change: Changes, { live, column, noted }: Marked): Changes {
  if (noted === undefined) return change;
  const [own, earlier] = [live, change.original].map((values) => markIn(values, column));
  const mark = { ...(isObject(earlier) && earlier), ...(isObject(own) && own) };
  // Without the mark the column is empty, and not gone.
  const original = { [column]: {}, ...change.original };
  return { ...change, original, before: withMark(change.before, column, mark) };
}

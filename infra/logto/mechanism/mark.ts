/**
 * The mark that a resource leaves in its object, in a column of free data: whose the object is, and what a run that
 * is killed before it writes its state must not forget. It goes along with a change, in the same write: an object that
 * is adopted as it is gets none.
 */

import { z } from "zod";
import { json } from "../../http-client";
import { asObject, pick, type Values } from "../../properties";

/** The key of the free data that is this project's own. */
const markKey = "logto-stack";

/** Data of the user's own in such a column, without the key that is taken. */
export function freeData() {
  return z
    .record(z.unknown())
    .refine((data) => !(markKey in data), `the key ${markKey} is taken by this project`);
}

const markShape = z.object({
  /** The resource's URN. */
  urn: z.string(),
  /** The {@link AdoptionNote} as JSON text: all of it is the resource's, so it changes as a whole. */
  adopted: z.string().optional().catch(undefined),
});

const adoptionShape = z.object({
  declared: z.record(z.unknown()),
  original: z.record(z.unknown()),
});

/** What an adopted object was last declared as, and what it held in those places before. */
export type AdoptionNote = z.infer<typeof adoptionShape>;

export interface Notes {
  adoption?: AdoptionNote | undefined;
  /** The entries of the object's lists that the resource made or is about to make, by the input that declares them. */
  lists: Record<string, string[]>;
}

/** The notes in the object, if it holds the resource's mark. */
export function notesIn(live: Values, column: string, urn: unknown): Notes | undefined {
  const mark = markIn(live, column);
  const { success, data } = markShape.safeParse(mark);
  if (!success || data.urn !== urn) return undefined;
  const adoption = adoptionShape.safeParse(json(data.adopted ?? ""));
  return {
    ...(adoption.success && { adoption: adoption.data }),
    lists: Object.fromEntries(
      Object.entries(asObject(mark)).flatMap(([name, keys]) => {
        const names = z.string().array().safeParse(keys);
        return names.success ? [[name, names.data]] : [];
      }),
    ),
  };
}

export function markOf(urn: unknown, { adoption, lists }: Notes): Values {
  const noted = Object.entries(lists).filter(([, keys]) => keys.length > 0);
  return {
    urn,
    ...Object.fromEntries(noted),
    ...(adoption && { adopted: JSON.stringify(pick(adoption, ["declared", "original"])) }),
  };
}

/** Any resource's mark in the object. */
export function markIn(values: Values, column: string): unknown {
  return asObject(values[column])[markKey];
}

/** `columns` with the mark laid into that one; as they are without a mark. */
export function withMark(columns: Values, column: string, mark: unknown): Values {
  if (mark === undefined) return columns;
  return { ...columns, [column]: { ...asObject(columns[column]), [markKey]: mark } };
}

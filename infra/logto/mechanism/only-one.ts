import { z } from "zod";
import { notFound } from "../logto-error";
import type { ManagementApi } from "../management-api";
import type { Collection } from "./collection";
import type { Live } from "./live";

/** The id in the state of an object that Logto has once at most; not every one has an id in Logto. */
export const onlyId = "default";

export const onlyObject = z
  .object({})
  .passthrough()
  .transform((live): Live => ({ ...live, id: onlyId }));

/**
 * What Logto has once at most, in the form of a collection of one object. It is read each time that it is asked for, as
 * one resource declares it.
 *
 * @param mayBeAbsent whether there may be none; else an answer that there is none is an error
 */
export function onlyOne(
  api: () => ManagementApi,
  path: string,
  { mayBeAbsent }: { mayBeAbsent: boolean },
): Collection<Live> {
  const getNow = (_id: string, label: string) =>
    api().call<Live | undefined>({
      purpose: `read ${label}`,
      method: "GET",
      path,
      accept: { 200: onlyObject, ...(mayBeAbsent && { 404: notFound }) },
    });
  const allNow = async (label: string) => {
    const live = await getNow(onlyId, label);
    return live === undefined ? [] : [live];
  };
  return {
    get: getNow,
    getNow,
    all: allNow,
    allNow,
    matching: (_query, label) => allNow(label),
    willWrite() {
      // Nothing is kept that a write could make old.
    },
    forget() {
      // Nothing is kept.
    },
  };
}

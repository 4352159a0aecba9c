import { z } from "zod";
import type { ManagementApi } from "../management-api";
import type { Collection } from "./collection";
import type { Live } from "./live";

/** The id in the state of an object that Logto has exactly once; not every one has an id in Logto. */
const onlyId = "default";

export const onlyObject = z
  .object({})
  .passthrough()
  .transform((live): Live => ({ ...live, id: onlyId }));

/**
 * What Logto has exactly once, in the form of a collection of one object. It is read each time that it is asked for, as
 * one resource declares it.
 */
export function onlyOne(api: () => ManagementApi, path: string): Collection<Live> {
  const getNow = (_id: string, label: string) =>
    api().call<Live>({
      purpose: `read ${label}`,
      method: "GET",
      path,
      accept: { 200: onlyObject },
    });
  const allNow = async (label: string) => [await getNow(onlyId, label)];
  return {
    get: getNow,
    getNow,
    all: allNow,
    allNow,
    willWrite() {
      // Nothing is kept that a write could make old.
    },
    forget() {
      // Nothing is kept.
    },
  };
}

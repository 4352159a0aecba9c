import { quoted } from "../quoted";
import { userError } from "../user-error";

/** Whether an id or a name can be part of an address. Dots alone mean the address above: another object would answer. */
export function isPathSegment(value: string): boolean {
  return !/^\.{0,2}$/.test(value);
}

/** What is expected of such a value, for messages. */
export const segmentExpectation = "something other than dots, as it is part of an address in Logto";

/** An id or a name, as it stands in an address. */
export function pathSegment(value: string): string {
  if (isPathSegment(value)) return encodeURIComponent(value);
  throw userError(`${quoted(value)} cannot be part of an address in Logto: give it another name`);
}

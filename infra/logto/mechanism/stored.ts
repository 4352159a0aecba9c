import { propertyPath } from "../../checks";
import { isObject, type Values } from "../../properties";
import { userError } from "../../user-error";
import { isSame } from "./sameness";

/**
 * Refuses an answer that does not hold what was sent. Logto drops what it does not know and still answers 200, as
 * an older Logto does with a field that came later.
 *
 * @param object as in `the role "reader"`
 * @throws a user error that names the fields and no value: one may be a secret
 */
export function requireStored(object: string, sent: Values, stored: Values): void {
  const lost = lostPlaces(sent, stored);
  if (lost.length === 0) return;
  throw userError(
    `Logto answered that it took ${object}, and did not store ${lost.map(propertyPath).join(", ")} as declared: most likely this Logto is too old for it. Leave it out, or update Logto`,
  );
}

function lostPlaces(sent: Values, stored: Values, at: string[] = []): string[][] {
  return Object.entries(sent).flatMap(([key, value]) => {
    const held = stored[key];
    const path = [...at, key];
    if (isObject(value) && isObject(held)) return lostPlaces(value, held, path);
    return isSame(value, held) ? [] : [path];
  });
}

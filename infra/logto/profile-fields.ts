import { list, object, text } from "../fields";

/** Names of custom profile fields, in the order in which users see them. */
export const profileFields = () =>
  list(object({ name: text("a field's name") }), "a list of fields");

/** Logto drops the names of fields that it does not have in silence. */
export function missingProfileFields(sent: unknown, stored: unknown): string {
  const namesIn = (fields: unknown) =>
    ((fields ?? []) as { name: string }[]).map(({ name }) => name);
  const missing = namesIn(sent).filter((name) => !namesIn(stored).includes(name));
  return `Logto has no custom profile field ${missing.join(", ")}`;
}

/** One key of a path, into an object or a list. */
export type Key = string | number;

/** A path as messages show it, such as `config.templates[0].content`. */
export function pathOf(keys: readonly Key[]): string {
  return keys
    .map((key) => (/^\d+$/.test(String(key)) ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}

/** A step into an object or a list. */
export type Key = string | number;

/** Keys as messages name them, such as `config.templates[0].content`. */
export function pathOf(keys: readonly Key[]): string {
  return keys
    .map((key) => (/^\d+$/.test(String(key)) ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}

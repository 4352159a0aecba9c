/** A value of a user's in a message: in quotation marks, and on one line whatever it holds. */
export function quoted(value: unknown): string {
  return JSON.stringify(String(value));
}

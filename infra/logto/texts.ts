import { z } from "zod";

/** A text of 1 to so many characters, which is what Logto's column for it holds. */
export function shortText(longest: number) {
  const expected = `expected 1 to ${longest} characters`;
  return z.string().min(1, expected).max(longest, expected);
}

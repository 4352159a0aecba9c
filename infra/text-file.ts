import { readFileSync } from "node:fs";

/**
 * The text of a file that people edit, with the line breaks of Unix and without a byte order mark: an editor or git on
 * Windows writes others, which would change a template for every colleague and break a script.
 */
export function readText(file: string): string {
  return readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n");
}

import * as pulumi from "@pulumi/pulumi";
import { readText } from "./text-file";

/**
 * The text of a file that a program names in a declaration.
 *
 * @param what as in `a file with a script`
 * @throws an error that ends the program and names the file if it cannot be read
 */
export function readDeclaredFile(file: string, what: string): string {
  try {
    return readText(file);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new pulumi.RunError(`${file}: expected ${what}, and could not read one (${code})`);
  }
}

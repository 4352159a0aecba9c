import path from "node:path";
import { z } from "zod";

/**
 * A folder below the project's root. It is kept relative in the state, so that a state holds nothing of
 * the machine, and it must lie inside, because what is made there is removed with it.
 */
export const projectDirectory = z
  .string()
  .transform((directory) => path.posix.normalize(directory).replace(/(?<!\/)\/+$/, ""))
  .refine(
    (directory) => !path.isAbsolute(directory) && !/^\.{1,2}(\/|$)/.test(directory),
    "expected a folder below the project's root, such as .logto-stack/local/postgres",
  );

/** Its path on this machine. The engine runs providers in the project's root. */
export function inProject(directory: string): string {
  return path.resolve(directory);
}

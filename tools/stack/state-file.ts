import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { userError } from "../../infra/user-error";
import { folderOf } from "./backend";
import type { StackPlace } from "./place";

/** The engine's spelling of the stack's name varies over time, so no more than this is checked. */
const stateFile = z.object({ version: z.number(), checkpoint: z.object({}) });

const interrupted = z.object({
  checkpoint: z.object({ latest: z.object({ pending_operations: z.unknown().array().min(1) }) }),
});

/** The engine's folders for stacks in a back end of files. */
const kinds = ["backups", "history", "locks", "stacks"] as const;

/** The files of this project's stacks in a back end of files: their states, their locks and so on. */
export function filesOf(backend: string, kind: (typeof kinds)[number]): string[] {
  const folder = folderOf(backend);
  if (folder === undefined) return [];
  const root = path.join(folder, ".pulumi", kind);
  if (!existsSync(root)) return [];
  return (
    readdirSync(root, { recursive: true, encoding: "utf8" })
      // A back end may also hold other projects, with stacks of the same names.
      .filter((file) => file.split(path.sep).includes("logto-stack") && file.endsWith(".json"))
      .map((file) => path.join(root, file))
  );
}

/**
 * Refuses a truncated state, as after a full disk or a loss of power, before the engine does so in unclear words. An
 * empty file would be worse: the engine would take it for a new stack's and create everything a second
 * time.
 *
 * @throws a user error of one line with the command that restores the state from before the last change
 */
export function requireWholeState({ backend }: Pick<StackPlace, "backend">, stack: string): void {
  for (const file of statesOf(backend, stack)) {
    if (isWhole(file)) continue;
    const copy = `${file}.bak`;
    throw userError(
      existsSync(copy)
        ? `The state of ${stack} is cut short (${file}). Put back that of before its last change, and have it compared with what is there: cp ${copy} ${file} && npm run up -- ${stack} --refresh`
        : `The state of ${stack} is cut short (${file}), and there is no copy next to it: put back one of your own, or of ${path.join(path.dirname(file), "..", "..", "backups")}.`,
    );
  }
}

/** Whether the state may hold a resource of that type. It may if the back end is not a folder. */
export function mayHold(
  { backend }: Pick<StackPlace, "backend">,
  stack: string,
  type: string,
): boolean {
  if (folderOf(backend) === undefined) return true;
  return statesOf(backend, stack).some((file) => readFileSync(file, "utf8").includes(`"${type}"`));
}

/** Whether the engine was killed during an operation. It may have been if the back end is not a folder. */
export function hasInterruptedOperations(
  { backend }: Pick<StackPlace, "backend">,
  stack: string,
): boolean {
  if (folderOf(backend) === undefined) return true;
  return statesOf(backend, stack).some((file) => interrupted.safeParse(parsed(file)).success);
}

/**
 * Removes incomplete attribute files that a killed run left next to the engine's files. The engine writes them in
 * place, and with an incomplete one it reads no state ("failed to load checkpoint: EOF"). It does not need
 * them.
 *
 * @see https://pkg.go.dev/gocloud.dev/blob/fileblob
 */
export function removeTornNotes({ backend }: Pick<StackPlace, "backend">): void {
  const files = kinds.flatMap((kind) => filesOf(backend, kind));
  for (const note of files.map((file) => `${file}.attrs`)) {
    if (existsSync(note) && parsed(note) === undefined) rmSync(note, { force: true });
  }
}

/** Whether a back end of files has this stack; asking the engine takes a third of a second. */
export function hasState({ backend }: Pick<StackPlace, "backend">, stack: string): boolean {
  return statesOf(backend, stack).length > 0;
}

/** Whether a back end of files was never used. The engine itself would create its folder to find out. */
export function isUnused({ backend }: Pick<StackPlace, "backend">): boolean {
  const folder = folderOf(backend);
  return folder !== undefined && !existsSync(path.join(folder, ".pulumi"));
}

function statesOf(backend: string, stack: string): string[] {
  const name = path.basename(stack);
  return filesOf(backend, "stacks").filter((file) => path.basename(file, ".json") === name);
}

function isWhole(file: string): boolean {
  return stateFile.safeParse(parsed(file)).success;
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

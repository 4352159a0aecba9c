import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { userError } from "../../infra/user-error";
import { folderOf } from "./backend";
import type { StackPlace } from "./place";

/** The engine writes the stack's name in one way at first and in another later, so no more is asked of it. */
const stateFile = z.object({ version: z.number(), checkpoint: z.object({}) });

const interrupted = z.object({
  checkpoint: z.object({ latest: z.object({ pending_operations: z.unknown().array().min(1) }) }),
});

/** What the engine keeps of a stack in a back end of files, as it names the folders. */
const kinds = ["backups", "history", "locks", "stacks"] as const;

/** The files of this project's stacks in a back end of files: their states, their locks and so on. */
export function filesOf(backend: string, kind: (typeof kinds)[number]): string[] {
  const folder = folderOf(backend);
  if (folder === undefined) return [];
  const root = path.join(folder, ".pulumi", kind);
  if (!existsSync(root)) return [];
  return (
    readdirSync(root, { recursive: true, encoding: "utf8" })
      // A back end may hold other projects too, with stacks of the same names.
      .filter((file) => file.split(path.sep).includes("logto-stack") && file.endsWith(".json"))
      .map((file) => path.join(root, file))
  );
}

/**
 * Refuses a state that is cut short, as after a full disk or a machine that lost its power, before the engine
 * does so in words of its own; one that has lost all it held it would take for that of a new stack, and make
 * everything a second time.
 *
 * @throws a user error of one line with the command that puts back the state of before the last change
 */
export function requireWholeState({ backend }: Pick<StackPlace, "backend">, stack: string): void {
  for (const file of statesOf(backend, stack)) {
    if (isWhole(file)) continue;
    const copy = `${file}.bak`;
    throw userError(
      existsSync(copy)
        ? `The state of ${stack} is cut short (${file}). Put back that of before its last change, and have it compared with what is there: cp ${copy} ${file} && npm run up -- ${stack} --refresh`
        : `The state of ${stack} is cut short (${file}), and there is no copy beside it: put back one of your own, or of ${path.join(path.dirname(file), "..", "..", "backups")}.`,
    );
  }
}

/** Whether the state may have a resource of that type; in a back end that is no folder it may. */
export function mayHold(
  { backend }: Pick<StackPlace, "backend">,
  stack: string,
  type: string,
): boolean {
  if (folderOf(backend) === undefined) return true;
  return statesOf(backend, stack).some((file) => readFileSync(file, "utf8").includes(`"${type}"`));
}

/** Whether the engine was killed in the middle of something; in a back end that is no folder it may be so. */
export function hasInterruptedOperations(
  { backend }: Pick<StackPlace, "backend">,
  stack: string,
): boolean {
  if (folderOf(backend) === undefined) return true;
  return statesOf(backend, stack).some((file) => interrupted.safeParse(parsed(file)).success);
}

/**
 * Takes away what a killed run has left cut short beside the engine's files: the notes of their types, which the
 * engine writes in place, and without whose whole it reads no state ("failed to load checkpoint: EOF"). A file
 * without a note is as good.
 *
 * @see https://pkg.go.dev/gocloud.dev/blob/fileblob
 */
export function removeTornNotes({ backend }: Pick<StackPlace, "backend">): void {
  const files = kinds.flatMap((kind) => filesOf(backend, kind));
  for (const note of files.map((file) => `${file}.attrs`)) {
    if (existsSync(note) && parsed(note) === undefined) rmSync(note, { force: true });
  }
}

/** Whether a back end of files has this stack; the engine takes a third of a second to say so. */
export function hasState({ backend }: Pick<StackPlace, "backend">, stack: string): boolean {
  return statesOf(backend, stack).length > 0;
}

/** Whether a back end of files has never been used. The engine itself would make its folder to say so. */
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

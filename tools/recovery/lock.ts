import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { makeFolder, passable } from "../../infra/server/processes/folder";
import { userError } from "../../infra/user-error";
import { release, take } from "../start/pid-lock.cjs";
import type { StackPlace } from "../stack/place";
import { filesOf } from "../stack/state-file";

/** The engine's lock file in a back end of files: who is changing a stack. */
const note = z.object({
  pid: z.number().int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});
type Lock = z.infer<typeof note> & { file: string };

/**
 * Makes sure that a run can begin: it removes the lock of a killed run, which would otherwise stay.
 *
 * It only does so in a back end of files, where a lock names its process, and only if that process ran on this machine
 * and is gone: the holder of any other lock may be at work. Other back ends handle their own locks.
 *
 * It deletes the file of that lock only. `pulumi cancel` would remove all locks of the stack, also that of a second
 * run that found the same dead lock and took its own meanwhile.
 *
 * @throws a user error of one line if another run is at work, with what to do if it is not
 */
export function releaseAbandonedLock(
  { backend }: Pick<StackPlace, "backend">,
  stack: string,
  say: (line: string) => void,
): void {
  const locks = locksOf(backend, stack);
  const [lock] = locks;
  if (lock === undefined) return;
  refuseBesideEngine({ backend }, stack);
  for (const { file } of locks) {
    for (const own of [file, `${file}.attrs`]) rmSync(own, { force: true });
  }
  say(
    `A run on ${stack} was killed (process ${lock.pid}, begun ${lock.timestamp}). Its lock is taken away, and this run completes what that one began.`,
  );
}

/** @throws a user error of one line if a live engine holds the stack */
function refuseBesideEngine({ backend }: Pick<StackPlace, "backend">, stack: string): void {
  const holder = locksOf(backend, stack).find((one) => !isAbandoned(one));
  if (holder !== undefined) {
    throw userError(
      `The stack ${stack} is being changed by process ${holder.pid} of ${holder.username} on ${holder.hostname}, since ${holder.timestamp}: run this again when that has ended. If it will never end, npm run pulumi -- cancel --yes --stack ${stack} takes its lock away.`,
    );
  }
}

/**
 * Runs work that changes a stack while no other command of this clone does. Otherwise two commands that find the stack
 * free would both start the engine, which would tell the second one to delete a file.
 *
 * @throws a user error of one line if another command of this clone is at work: about its engine, if that has started
 */
export async function alone<Result>(
  { project, stack, place }: { project: string; stack: string; place: Pick<StackPlace, "backend"> },
  work: () => Promise<Result>,
): Promise<Result> {
  const folder = path.join(project, ".logto-stack");
  makeFolder(folder, passable);
  const file = path.join(folder, `${stack.replaceAll("/", "-")}.run`);
  const holder = take(file);
  if (holder !== undefined) {
    refuseBesideEngine(place, stack);
    throw userError(
      `The stack ${stack} is being changed by process ${holder} of this clone, since ${statSync(file).mtime.toISOString()}: run this again when that has ended.`,
    );
  }
  try {
    return await work();
  } finally {
    release(file);
  }
}

function locksOf(backend: string, stack: string): Lock[] {
  return filesOf(backend, "locks")
    .filter((file) => path.basename(path.dirname(file)) === path.basename(stack))
    .flatMap(read);
}

/** A lock may vanish at any moment; one that cannot be read is left to the engine to report. */
function read(file: string): Lock[] {
  try {
    return [{ ...note.parse(JSON.parse(readFileSync(file, "utf8"))), file }];
  } catch {
    return [];
  }
}

function isAbandoned({ pid, hostname }: Lock): boolean {
  return hostname === os.hostname() && !(isThere(pid) && mayBeEngine(pid));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // otherwise the process is another user's
  }
}

/** A process id may be reused, and a dead process without a waiting parent keeps its name. */
function mayBeEngine(pid: number): boolean {
  try {
    const listed = execFileSync("ps", ["-o", "stat=", "-o", "comm=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^\s*[^Z\s]\S*\s+(?:\S.*\/)?pulumi\s*$/.test(listed);
  } catch {
    return true; // without such a ps it cannot be told
  }
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { userError } from "../infra/user-error";
import { say, type Tools } from "./tools";

/** What the engine writes into a lock. */
const holder = z.object({
  pid: z.number(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

type Holder = z.infer<typeof holder>;

/**
 * Sees to it that no other command is changing the stack. The lock of one that was killed on this machine
 * goes; the engine itself would have the user find out whose it is, and remove it.
 *
 * Only a back end in a folder is looked at. Any other refuses two at once by itself.
 *
 * @throws a user error that names the command that is at work
 */
export async function requireUnlocked(
  tools: Pick<Tools, "pulumi">,
  backend: string,
  stack: string,
): Promise<void> {
  const holders = holdersOf(backend, stack);
  const [atWork] = holders.filter(isMaybeAlive);
  const cancel = `npm run pulumi -- cancel --yes --stack ${stack}`;
  if (atWork !== undefined) {
    const { pid, username, hostname, timestamp } = atWork;
    throw userError(
      `Another command is changing the stack ${stack} (process ${pid} of ${username} on ${hostname}, since ${timestamp}): wait until it has ended, and run this again. If it was broken off, ${cancel} frees the stack.`,
    );
  }
  if (holders.length === 0) return;
  const { failed, output } = await tools.pulumi(["cancel", "--yes", "--stack", stack]);
  if (failed) {
    throw userError(`The stack ${stack} is locked by a command that was killed: ${output}`);
  }
  say(`The last command that changed the stack ${stack} was killed: its lock is removed.`);
}

function holdersOf(backend: string, stack: string): Holder[] {
  if (!backend.startsWith("file:///")) return [];
  const name = path.basename(stack);
  const folder = path.join(fileURLToPath(backend), ".pulumi/locks/organization/logto-stack", name);
  return !existsSync(folder)
    ? []
    : readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .flatMap((file) => readHolder(path.join(folder, file)) ?? []);
}

/** Nothing where it is let go of just now. */
function readHolder(file: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Of another machine nothing can be said. */
function isMaybeAlive({ pid, hostname }: Holder): boolean {
  if (hostname !== os.hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

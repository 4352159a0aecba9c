import { confirm } from "@inquirer/prompts";
import { startContainer, stateOf, stopContainer } from "../../infra/server/docker/container";
import type { Backup } from "../../infra/server/docker/backups";
import { ensureReady } from "../../infra/server/docker/ready-container";
import { userError } from "../../infra/user-error";
import {
  currentDockerStack,
  type DockerStack,
  listBackups,
  outcomeOfRestore,
  runBackups,
  tableOf,
} from "../stack/docker-stack";
import { chooseAndSay } from "../stack/choice";
import { say } from "../engine/tools";
import { parsedArguments, usageOf } from "./usage";

interface Options {
  /** The stack that the arguments name. */
  named: string | undefined;
  backup: string | undefined;
  isConfirmed: boolean;
  present: "keep" | "discard";
}

const stopGraceInSeconds = 10;

/**
 * `npm run restore -- [STACK [BACKUP]] [--yes] [--discard]`: replaces the stack's database with a backup, or
 * lists the backups. The present database is backed up first, unless it is to be discarded or there is
 * nothing to back up. Logto is stopped meanwhile. A failed restore leaves the database as it was.
 */
export async function main(args: string[]): Promise<number> {
  const { named, backup, isConfirmed, present } = parse(args);
  const stack = chooseAndSay(process.cwd(), process.env, named);
  const containers = await currentDockerStack(stack);
  const backups = await listBackups(containers);
  if (backup === undefined) {
    listFor(stack, backups);
    return 0;
  }
  requireBackup(backup, backups, stack);
  await requireNothingAtWork(containers, stack);
  if (!isConfirmed && !(await isAffirmed(stack, backup))) {
    say("Nothing was changed.");
    return 1;
  }
  await ensureReady(containers.postgres);
  await restore(containers, stack, backup, present);
  await startAgain(containers, stack, backup);
  return 0;
}

const usage = usageOf("restore", "[STACK [BACKUP]] [--yes] [--discard]");

export function parse(args: string[]): Options {
  const { values, positionals } = parsedArguments(
    {
      args,
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        yes: { type: "boolean", short: "y" },
        discard: { type: "boolean" },
      },
    },
    usage,
  );
  const [named, backup, ...more] =
    values.stack === undefined ? positionals : [values.stack, ...positionals];
  if (more.length > 0) throw usage(`unexpected ${more.join(" ")}`);
  return {
    named,
    backup,
    isConfirmed: values.yes ?? false,
    present: values.discard === true ? "discard" : "keep",
  };
}

function listFor(stack: string, backups: readonly Backup[]): void {
  const [newest] = backups;
  if (newest === undefined) {
    say(`There is no backup of the stack ${stack}: npm run backup -- ${stack} makes one.`);
    return;
  }
  say("The backups, the newest first, named by UTC time and the database's newest alteration:");
  process.stdout.write(`${tableOf(backups)}\n`);
  say(`To restore one: npm run restore -- ${stack} ${newest.name}`);
}

function requireBackup(backup: string, backups: readonly Backup[], stack: string): void {
  if (!backups.some(({ name }) => name === backup)) {
    const names = backups.map(({ name }) => name).join(", ") || "none";
    throw userError(`There is no backup ${backup} of the stack ${stack}. There are: ${names}.`);
  }
}

async function requireNothingAtWork(containers: DockerStack, stack: string): Promise<void> {
  for (const access of [containers.seed, containers.backup]) {
    if ((await stateOf(access)).isRunning) {
      throw userError(
        `The container "${access.name}" is at work on the database of the stack ${stack}: wait until it has ended.`,
      );
    }
  }
}

async function isAffirmed(stack: string, backup: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw userError(
      `A restore replaces the database of the stack ${stack}, and there is no terminal to ask at: add --yes.`,
    );
  }
  const message = `Replace the database of the stack ${stack} by the backup ${backup}? Logto is stopped meanwhile.`;
  return confirm({ message, default: false });
}

async function restore(
  containers: DockerStack,
  stack: string,
  backup: string,
  present: Options["present"],
): Promise<void> {
  const wasRunning = (await stateOf(containers.logto)).isRunning;
  say("Stopping Logto …");
  await stopContainer(containers.logto, stopGraceInSeconds);
  say(`Putting the backup ${backup} in the place of the database …`);
  try {
    say(await runBackups(containers, ["restore", backup, present]));
  } catch (error) {
    const { message } = error as Error;
    switch (await outcomeOfRestore(containers, backup)) {
      case "restored":
        say(message);
        return;
      case "as it was":
        throw userError(
          `${message}\nThe backup ${backup} was not restored, and the database is as it was.${wasRunning ? await startedAgain(containers, stack) : ""}`,
        );
      case "unknown":
        throw userError(
          `${message}\nWhether the backup ${backup} is restored is not known, and Logto is stopped: if the restore is still at work, it goes on without this command. npm run up -- ${stack} waits for its end, and then starts Logto.`,
        );
    }
  }
}

/** Empty, or why Logto could not be started again: that must not hide the error for which it was stopped in vain. */
async function startedAgain({ logto }: DockerStack, stack: string): Promise<string> {
  try {
    await startContainer(logto);
    return "";
  } catch (error) {
    return ` Logto is stopped, and npm run up -- ${stack} starts it: ${(error as Error).message}`;
  }
}

/** Starts Logto again. It fails if its release is not the backup's, which is no fault of the restore. */
async function startAgain({ logto }: DockerStack, stack: string, backup: string): Promise<void> {
  const { advice: _, ...access } = logto;
  // Without a refresh at first: the restored database may have another credential than the one it would use.
  const heal = `run npm run up -- ${stack}, and once more with --refresh to put right what is declared`;
  say("Starting Logto …");
  try {
    await ensureReady(access);
  } catch (error) {
    throw userError(
      `${(error as Error).message}\nThe database is restored, but Logto does not start on it. If its release is not that of the backup, name the right one in logto-stack:docker.logtoImage, or the newer one to upgrade again; then ${heal}.`,
    );
  }
  say(
    `Logto runs on the database of the backup ${backup}, with what was declared at that time: ${heal}.`,
  );
}

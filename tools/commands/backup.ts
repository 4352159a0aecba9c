import { backupsIn } from "../../infra/server/docker/backups";
import { stateOf } from "../../infra/server/docker/container";
import { lastLineOfRun } from "../../infra/server/docker/finished-container";
import { userError } from "../../infra/user-error";
import { onlyStackOf } from "../engine/arguments";
import { currentDockerStack, listBackups, tableOf } from "../stack/docker-stack";
import { chooseAndSay } from "../stack/choice";
import { say } from "../engine/tools";

/**
 * `npm run backup -- [STACK]`: makes a backup of the stack's database now, in addition to those that `up` makes, and
 * lists all that are kept. For stacks of the runtime docker.
 */
export async function main(args: string[]): Promise<number> {
  const stack = chooseAndSay(process.cwd(), process.env, onlyStackOf("backup", args));
  const containers = await currentDockerStack(stack);
  if (!(await stateOf(containers.postgres)).isRunning) {
    throw userError(`Postgres does not run: run npm run up -- ${stack} first.`);
  }
  say(`Backing up the database of ${stack} …`);
  const result = await lastLineOfRun(containers.backup, containers.backup.limit);
  const [made] = backupsIn(result);
  if (made === undefined) throw userError(result);
  say("A backup was made:");
  process.stdout.write(`${tableOf([made])}\n`);
  const others = (await listBackups(containers)).filter(({ name }) => name !== made.name);
  say(others.length === 0 ? "It is the only one." : `Also kept:\n${tableOf(others)}`);
  return 0;
}

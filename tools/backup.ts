import { logOf, stateOf } from "../infra/server/container";
import { backupsIn } from "../infra/server/backups";
import { runToItsEnd } from "../infra/server/finished-container";
import { userError } from "../infra/user-error";
import { namedStack } from "./arguments";
import { dockerStack, listBackups, tableOf } from "./docker-stack";
import { requireStackFile } from "./project";
import { placeOf } from "./stack";
import { prepareTools, say } from "./tools";

const limitInSeconds = 3600;

/**
 * `npm run backup -- STACK`: makes a backup of the stack's database now, beside those that `up` makes, and
 * lists what is kept. For stacks of the runtime docker.
 */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const stack = stackOf(args);
  requireStackFile(project, stack);
  const place = placeOf(project, stack, process.env);
  const prepared = await prepareTools({ project, env: process.env, isThorough: false });
  const containers = await dockerStack(prepared.with(place.env), project, stack);
  if (!(await stateOf(containers.postgres)).isRunning) {
    throw userError(`Postgres does not run: run npm run up -- ${stack} first.`);
  }
  await runToItsEnd(containers.backup, limitInSeconds);
  const result = (await logOf(containers.backup)).trimEnd().split("\n").at(-1) ?? "";
  const [made] = backupsIn(result);
  if (made === undefined) throw userError(result);
  say("A backup was made:");
  process.stdout.write(`${tableOf([made])}\n`);
  const others = (await listBackups(containers)).filter(({ name }) => name !== made.name);
  say(others.length === 0 ? "It is the only one." : `Kept beside it:\n${tableOf(others)}`);
  return 0;
}

export function stackOf(args: string[]): string {
  const [first] = args;
  const stack = args.length === 1 && !first?.startsWith("-") ? first : namedStack(args);
  if (stack === undefined) {
    const given = args.length === 0 ? "none" : args.join(" ");
    throw userError(
      `npm run backup takes the name of a stack (given: ${given}): npm run backup -- STACK`,
    );
  }
  return stack;
}

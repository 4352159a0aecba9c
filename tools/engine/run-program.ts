import { commandOf, destroyCommands } from "./arguments";

const variable = "PULUMI_RUN_PROGRAM";
const targets = /^(-t|--target|--exclude)(=|$)/;

/**
 * Whether a command first runs the program. Then `refresh` and `destroy` use today's configuration; otherwise they
 * use that of the last `up`, and a rotated credential breaks both. An `up` and a preview run the program in any case,
 * and this setting would harm them (see `quirks`).
 */
export function runsProgram(args: readonly string[]): boolean {
  const command = commandOf(args) ?? "";
  if (destroyCommands.includes(command)) return true;
  return command === "refresh" && !args.some((arg) => targets.test(arg));
}

/** The environment of a command. A `--run-program` on its command line takes precedence. */
export function environmentOf(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isNeeded = runsProgram(args),
): NodeJS.ProcessEnv {
  return { ...env, [variable]: String(isNeeded) };
}

export const isRefresh = (flag: string) => /^(-r|--refresh)(=true)?$/.test(flag);

import { commandOf, destroyCommands } from "./arguments";

const variable = "PULUMI_RUN_PROGRAM";
const targets = /^(-t|--target|--exclude)(=|$)/;

/**
 * Whether a command runs the program before it reads or deletes. With it `refresh` and `destroy` use today's
 * configuration, and not that of the last `up`: without, a credential that was rotated breaks both. An `up` and a
 * preview run the program in any case, and with this setting do worse (see `quirks`).
 */
export function runsProgram(args: readonly string[]): boolean {
  const command = commandOf(args) ?? "";
  if (destroyCommands.includes(command)) return true;
  return command === "refresh" && !args.some((arg) => targets.test(arg));
}

/** The environment of a command: a `--run-program` on its command line wins. */
export function environmentOf(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isNeeded = runsProgram(args),
): NodeJS.ProcessEnv {
  return { ...env, [variable]: String(isNeeded) };
}

export const isRefresh = (flag: string) => /^(-r|--refresh)(=true)?$/.test(flag);

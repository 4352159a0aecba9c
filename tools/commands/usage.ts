import { parseArgs, type ParseArgsConfig } from "node:util";
import { userError } from "../../infra/user-error";

/** The error for arguments that a command does not take, by what is wrong with them. */
export type Usage = (problem: string) => Error;

/** @param form what the command takes, as in `[STACK] [--json]` */
export function usageOf(command: string, form: string): Usage {
  return (problem) =>
    userError(
      `npm run ${command}: invalid arguments (${problem}). Usage: npm run ${command} -- ${form}`,
    );
}

/** @throws the command's error if Node does not take the arguments */
export function parsedArguments<Config extends ParseArgsConfig>(config: Config, usage: Usage) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw usage((error as Error).message.split(/[.\n]/)[0] ?? "");
  }
}

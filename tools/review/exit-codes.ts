import { say } from "../engine/tools";

/** Exit codes of `npm run review`, for scripts, following the convention of other configuration tools. */
export const exitCodes = {
  noChanges: 0,
  changes: 1,
  /** Wrong use, a policy violation, a stack that cannot be previewed as it is, or a secret in the report. */
  refused: 2,
  /** The server or the engine cannot be reached, or the review itself failed. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function withExitCode(error: Error, exitCode: ExitCode): Error {
  return Object.assign(error, { exitCode });
}

/** A user error without a code means wrong use; a bug must not look like an answer to scripts. */
export function exitCodeOf(error: unknown): ExitCode {
  const { exitCode, stack, message } = error as Error & { exitCode?: ExitCode };
  return exitCode ?? (stack === message ? exitCodes.refused : exitCodes.unreachable);
}

/** The exit code of a command. It prints what the command throws: a user error's message, or a bug's stack trace. */
export async function endOf(command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    say((error as Error).stack ?? String(error));
    return exitCodeOf(error);
  }
}

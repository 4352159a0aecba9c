import { say } from "../engine/tools";

/** What `npm run review` ends with, for scripts; after the convention of other configuration tools. */
export const exitCodes = {
  noChanges: 0,
  changes: 1,
  /** Wrong use, a policy that is violated, a stack that cannot be previewed as it is, a secret in the report. */
  refused: 2,
  /** The server or the engine cannot be reached, or the review itself broke. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function withExitCode(error: Error, exitCode: ExitCode): Error {
  return Object.assign(error, { exitCode });
}

/** A user's error that says nothing else is wrong use; a bug is no answer to what a script asks. */
export function exitCodeOf(error: unknown): ExitCode {
  const { exitCode, stack, message } = error as Error & { exitCode?: ExitCode };
  return exitCode ?? (stack === message ? exitCodes.refused : exitCodes.unreachable);
}

/** What a command ends with. What it throws is said: of a user's error its message, of a bug its stack. */
export async function endOf(command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    say((error as Error).stack ?? String(error));
    return exitCodeOf(error);
  }
}

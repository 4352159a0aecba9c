/**
 * An error that its reader can do something about: one line that says what is wrong, where, and what to
 * do. Everything else that is thrown is a bug and shows its stack.
 *
 * The SDK prints what `read`, `check`, `diff` and `delete` throw as `${error}: ${error.stack}`; this one
 * prints as its message there too.
 */
export function userError(message: string): Error {
  return Object.assign(new Error(message), { stack: message, toString: () => "Error" });
}

/** Whether an error is a user error, and no bug. */
export function isUserError(error: unknown): error is Error {
  return error instanceof Error && error.stack === error.message;
}

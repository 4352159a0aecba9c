/**
 * Tells the providers that the server does not answer and that its data is deleted in this very run, so there is
 * nothing to take apart in it. Only tools/recovery/destroy.ts sets it, for a destroy of everything. The engine's
 * own `deletedWith` would skip these deletes even if the server stays: with `--target`, `--exclude` and the like.
 */
export const lostServerVariable = "LOGTO_STACK_SERVER_IS_LOST";

export function isServerLost(): boolean {
  return process.env[lostServerVariable] === "true";
}

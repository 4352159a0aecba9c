import { refuseToDestroyInterrupted } from "./interrupted-creates";
import { refuseToDestroyProtected } from "./protected";
import { readStackState } from "./stack-state";
import type { Tools } from "./tools";

/** The engine's names for it. */
export const destroyCommands = ["destroy", "down", "dn"];

/** With these it is the user's own choice what goes, and protected resources are left out or asked about. */
const ownChoice =
  /^(-t|--target|--target-dependents|--exclude|--exclude-protected|--preview-only)(=|$)/;

export function isDestroy(args: readonly string[]): boolean {
  return destroyCommands.includes(args[0] ?? "");
}

/**
 * Refuses a destroy that would not do what it says.
 *
 * @throws a user error for {@link refuseToDestroyProtected protected} resources, and for those of which a
 *   {@link refuseToDestroyInterrupted killed run} has left open whether they are there
 */
export async function requireDestroyable(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  args: readonly string[],
): Promise<void> {
  if (args.some((arg) => ownChoice.test(arg))) return;
  const state = await readStackState(tools, stack);
  refuseToDestroyProtected(state, stack);
  refuseToDestroyInterrupted(state, stack);
}

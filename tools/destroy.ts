import { inventoryOf } from "../infra/server/docker-engine";
import { engineOf, requireNoRestore } from "./running-restore";
import { refuseToDestroyInterrupted } from "./interrupted-creates";
import { lostResources } from "./lost-resources";
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
 * @throws a user error for {@link refuseToDestroyProtected protected} resources, for those of which a
 *   {@link refuseToDestroyInterrupted killed run} has left open whether they are there, for a Docker Engine
 *   that has {@link lostResources nothing of the stack}, and beside a {@link requireNoRestore restore}
 */
export async function requireDestroyable(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
  args: readonly string[],
): Promise<void> {
  if (args.some((arg) => ownChoice.test(arg))) return;
  const state = await readStackState(tools, stack);
  refuseToDestroyProtected(state, stack);
  refuseToDestroyInterrupted(state, stack);
  const ofStack = engineOf(project, stack);
  if (ofStack === undefined || state.resources.length === 0) return;
  const engine = await inventoryOf(ofStack.host);
  lostResources(state, engine, { ...ofStack, stack });
  await requireNoRestore(state, engine, { ...ofStack, stack });
}

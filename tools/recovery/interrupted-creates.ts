import { userError } from "../../infra/user-error";
import type { StackPlace } from "../stack/place";
import { hasInterruptedOperations } from "../stack/state-file";
import {
  isReplaced,
  nameIn,
  readStackState,
  type StackState,
  type StateResource,
} from "../stack/state";
import type { Tools } from "../engine/tools";

/** A target that no resource is: without one a refresh reads everything. */
const nothing = "**::nothing";

/**
 * Takes out of the state what it says of creates in whose middle the engine was killed, once an `up` has
 * completed them all: the engine itself never does, and warns of them with each command.
 *
 * One that is not completed is not declared any more. Its note stays, as nothing else tells that it may be there.
 *
 * @see https://www.pulumi.com/docs/support/troubleshooting/common-issues/pending-operations/
 */
export async function forgetCompletedCreates(
  tools: Pick<Tools, "pulumi">,
  place: Pick<StackPlace, "backend">,
  stack: string,
): Promise<void> {
  if (!hasInterruptedOperations(place, stack)) return;
  const state = await readStackState(tools, stack);
  if (state.interrupted.length === 0 || openOf(state).length > 0) return;
  const { failed, output } = await tools.pulumi([
    ...["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    ...["--run-program=false", "--clear-pending-creates"],
    ...["--target", nothing],
  ]);
  if (failed) {
    throw userError(`What the state of ${stack} says of a killed run cannot be removed: ${output}`);
  }
}

/**
 * Refuses to destroy a stack of which something was being made when the engine was killed: the engine would
 * forget it, say that all was deleted, and leave on Logto what may be there.
 *
 * @throws a user error that names them, and says how to go on
 */
export function refuseToDestroyInterrupted(state: StackState, stack: string): void {
  const open = openOf(state);
  if (open.length === 0) return;
  throw userError(
    `Nothing was destroyed: a run on ${stack} was killed while it made ${open.map(nameIn).sort().join(", ")}, and whether that is there the state does not say. ` +
      `Run npm run up -- ${stack}, which completes it, and destroy then. ` +
      `Where the server is gone for good, npm run pulumi -- refresh --clear-pending-creates --yes --run-program=false --target '${nothing}' --stack ${stack} forgets it.`,
  );
}

/** What may be there and is not in the state: the engine keeps its note of what a later run has completed. */
export function openOf({ resources, interrupted }: StackState): StateResource[] {
  const made = resources.filter((one) => !isReplaced(one));
  const urns = made.map(({ urn }) => urn);
  return interrupted.filter(({ urn }) => !urns.includes(urn));
}

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

/** A target that matches no resource: without a target a refresh would read everything. */
const nothing = "**::nothing";

/**
 * Removes the notes about interrupted creates from the state once an `up` has completed them all: the engine
 * itself never does, and warns of them with every command.
 *
 * A create stays open if its resource is no longer declared. Its note is kept, as the only record that the resource
 * may exist.
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
 * Refuses to destroy a stack with interrupted creates: the engine would forget them, report that everything was
 * deleted, and leave on Logto what may exist there.
 *
 * @throws a user error that names them and tells how to go on
 */
export function refuseToDestroyInterrupted(state: StackState, stack: string): void {
  const open = openOf(state);
  if (open.length === 0) return;
  throw userError(
    `Nothing was destroyed: a run on ${stack} was killed while it made ${open.map(nameIn).sort().join(", ")}, and whether that is there the state does not say. ` +
      `Run npm run up -- ${stack}, which completes it, and destroy then. ` +
      `If the server is gone for good, npm run pulumi -- refresh --clear-pending-creates --yes --run-program=false --target '${nothing}' --stack ${stack} forgets it.`,
  );
}

/** Interrupted creates that the state does not have as resources. The engine keeps the notes of completed ones too. */
export function openOf({ resources, interrupted }: StackState): StateResource[] {
  const made = resources.filter((one) => !isReplaced(one));
  const urns = made.map(({ urn }) => urn);
  return interrupted.filter(({ urn }) => !urns.includes(urn));
}

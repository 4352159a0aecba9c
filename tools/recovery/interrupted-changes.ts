import type { StackPlace } from "../stack/place";
import { hasInterruptedOperations } from "../stack/state-file";
import { nameIn, readStackState } from "../stack/state";
import type { Tools } from "../engine/tools";

/**
 * Refreshes, before an `up`, resources that were being changed or deleted when the engine was killed. The state has
 * them as they were before, but the server may already have the new version: if the declaration has been reverted
 * meanwhile, the engine would find nothing to do.
 *
 * If they cannot be read because the server is down, the `up` goes on, and the command for later is shown.
 *
 * @see https://www.pulumi.com/docs/support/troubleshooting/common-issues/pending-operations/
 */
export async function readInterruptedChanges(
  tools: Pick<Tools, "pulumi">,
  place: Pick<StackPlace, "backend">,
  stack: string,
  say: (line: string) => void,
): Promise<void> {
  if (!hasInterruptedOperations(place, stack)) return;
  const { changing } = await readStackState(tools, stack);
  if (changing.length === 0) return;
  const names = changing.map(nameIn).sort().join(", ");
  say(`A run on ${stack} was killed while it changed ${names}: read again.`);
  const { failed } = await tools.pulumi([
    ...["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    // With the program, a targeted refresh of 3.170 can write the state in an order that cannot be read.
    ...["--run-program=false", "--skip-pending-creates"],
    ...changing.flatMap(({ urn }) => ["--target", urn]),
  ]);
  if (failed) {
    say(
      `It cannot be read now. If this run does not put it right: npm run up -- ${stack} --refresh`,
    );
  }
}

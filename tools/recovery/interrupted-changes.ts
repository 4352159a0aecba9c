import type { StackPlace } from "../stack/place";
import { hasInterruptedOperations } from "../stack/state-file";
import { nameIn, readStackState } from "../stack/state";
import type { Tools } from "../engine/tools";

/**
 * Reads anew, before an `up`, what was being changed or deleted when the engine was killed. The state holds it as
 * it was before, the server perhaps as it was to be: where the declaration has been taken back meanwhile, the
 * engine would find nothing to do.
 *
 * Where it cannot be read, as its server does not run, the `up` goes on, and the command for later is said.
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
  say(`A run on ${stack} was killed while it changed ${names}: read anew.`);
  const { failed } = await tools.pulumi([
    ...["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    // With the program, a refresh of 3.170 that has targets can order the state in a way that nothing reads.
    ...["--run-program=false", "--skip-pending-creates"],
    ...changing.flatMap(({ urn }) => ["--target", urn]),
  ]);
  if (failed) {
    say(
      `It cannot be read now. Where this run does not put it right: npm run up -- ${stack} --refresh`,
    );
  }
}

import { userError } from "../../infra/user-error";
import { stackFileOf } from "../stack/project";
import { nameIn, type StackState } from "../stack/state";

/**
 * Refuses to destroy a stack with protected resources; the engine would list each of them and advise
 * to edit the state.
 *
 * @throws a user error that tells what is kept, by which setting, and how to go on
 */
export function refuseToDestroyProtected({ resources }: StackState, stack: string): void {
  const kept = resources.filter(({ protect }) => protect).map(nameIn);
  if (kept.length === 0) return;
  const file = stackFileOf("", stack);
  const destroy = `npm run pulumi -- destroy --stack ${stack}`;
  throw userError(
    `Nothing was destroyed: the data of the stack ${stack} is protected (${[...new Set(kept)].sort().join(", ")}). ` +
      `To delete it for good, set logto-stack:docker.protect: false in ${file}, run npm run up -- ${stack}, and then ${destroy}. ` +
      `To remove the rest and keep the data with the Postgres that serves it, run ${destroy} --exclude-protected.`,
  );
}

import { z } from "zod";
import { userError } from "../infra/user-error";
import { stackFileOf } from "./project";
import type { Tools } from "./tools";

const commands = ["destroy", "down", "dn"];

/** With these it is the user's own choice what goes, and protected resources are left out or asked about. */
const ownChoice =
  /^(-t|--target|--target-dependents|--exclude|--exclude-protected|--preview-only)(=|$)/;

const state = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ urn: z.string(), protect: z.boolean().optional() }).passthrough())
      .default([]),
  }),
});

/**
 * Refuses to destroy a stack with protected resources, where the engine would list each of them and advise
 * to edit the state.
 *
 * @throws a user error that says what is kept, by which setting, and how to go on
 */
export async function refuseToDestroyProtected(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  args: readonly string[],
): Promise<void> {
  if (!commands.includes(args[0] ?? "") || args.some((arg) => ownChoice.test(arg))) return;
  const exported = await tools.pulumi(["stack", "export", "--stack", stack, "--non-interactive"]);
  // What is wrong with the stack itself, the engine says.
  if (exported.failed) return;
  const { resources } = state.parse(JSON.parse(exported.stdout)).deployment;
  const kept = resources
    .filter(({ protect }) => protect === true)
    .map(({ urn }) => urn.split("::").at(-1) ?? urn);
  if (kept.length === 0) return;
  const file = stackFileOf("", stack);
  const destroy = `npm run pulumi -- destroy --stack ${stack}`;
  throw userError(
    `Nothing was destroyed: the data of the stack ${stack} is protected (${[...new Set(kept)].sort().join(", ")}). ` +
      `To delete it for good, set logto-stack:docker.protect: false in ${file}, run npm run up -- ${stack}, and then ${destroy}. ` +
      `To remove the rest and keep the data with the Postgres that serves it, run ${destroy} --exclude-protected.`,
  );
}

import { z } from "zod";
import { userError } from "../../infra/user-error";
import type { Tools } from "../engine/tools";

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().default(""),
  protect: z.boolean().default(false),
  deletedWith: z.string().default(""),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  initErrors: z.string().array().default([]),
  delete: z.boolean().default(false),
  pendingReplacement: z.boolean().default(false),
});
export type StateResource = z.infer<typeof resource>;

const state = z.object({
  deployment: z.object({
    resources: resource.array().default([]),
    pending_operations: z.object({ resource, type: z.string() }).array().default([]),
  }),
});

/** The parts of a stack's state that the tools use; its secrets are encrypted. */
export interface StackState {
  resources: StateResource[];
  /** Resources that were being created when the engine was killed: they may exist or not. */
  interrupted: StateResource[];
  /** Resources that were being changed or deleted then: that may be done or not. */
  changing: StateResource[];
}

/** @throws a user error with the engine's message for a stack that the engine cannot read */
export async function readStackState(
  tools: Pick<Tools, "pulumi">,
  stack: string,
): Promise<StackState> {
  const command = ["stack", "export", "--stack", stack, "--non-interactive"];
  const { failed, output, stdout } = await tools.pulumi(command);
  if (failed) throw userError(`The state of the stack ${stack} cannot be read: ${output}`);
  const { resources, pending_operations: operations } = state.parse(JSON.parse(stdout)).deployment;
  const underWay = (...types: string[]) =>
    operations.filter(({ type }) => types.includes(type)).map((operation) => operation.resource);
  return {
    resources,
    interrupted: underWay("creating"),
    changing: underWay("updating", "deleting"),
  };
}

/** Whether it is already deleted, or will be because another resource replaces it. */
export function isReplaced(one: StateResource): boolean {
  return one.delete || one.pendingReplacement;
}

/** A resource's own name, such as `bookstore`. */
export function nameIn({ urn }: { urn: string }): string {
  return urn.split("::").at(-1) ?? urn;
}

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

/** What a stack's state holds, of what the tools ask; its secrets are encrypted. */
export interface StackState {
  resources: StateResource[];
  /** What was being made when the engine was killed: whether it is there nobody knows. */
  interrupted: StateResource[];
  /** What was being changed or deleted then: whether that is done nobody knows. */
  changing: StateResource[];
}

/** @throws a user error for a stack that the engine cannot read, with the engine's words */
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

/** Whether it is deleted already, or about to be, as another one takes its place. */
export function isReplaced(one: StateResource): boolean {
  return one.delete || one.pendingReplacement;
}

/** A resource's own name, such as `bookstore`. */
export function nameIn({ urn }: { urn: string }): string {
  return urn.split("::").at(-1) ?? urn;
}

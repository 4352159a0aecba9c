import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { gate } from "../../provider/gate";
import {
  containerAccess,
  type ContainerAccess,
  containerError,
  limitProcesses,
  logOf,
  startContainer,
  stateOf,
  statesOf,
} from "./container";

interface DeclaredRun extends ContainerAccess {
  /** Seconds until it must have ended. Default: 600. */
  limit?: number;
  /** Another value makes the same container run again. Default: only another container runs. */
  trigger?: string;
}

export type FinishedContainerArgs = Arguments<DeclaredRun>;

type Inputs = DeclaredRun & { limit: number };

interface Outputs {
  lastLine: string;
}

const shape = z.object({
  ...containerAccess,
  limit: z.number().positive("expected seconds, more than 0").default(600),
  trigger: z.string().optional(),
});

export const provider = gate<Inputs, Outputs>({
  id: ({ name }) => name,
  check: (news) => checkInputs<Inputs>(news, shape),
  outputNames: ["lastLine"],
  ensure: async (inputs) => ({ lastLine: await lastLineOfRun(inputs, inputs.limit) }),
});

/** {@link runToItsEnd}, and the last line that it wrote. */
export async function lastLineOfRun(access: ContainerAccess, limit: number): Promise<string> {
  await runToItsEnd(access, limit);
  return (await logOf(access)).trimEnd().split("\n").at(-1) ?? "";
}

/**
 * Runs a container until it ends with 0. If it still runs, from a broken-off `up`, it is waited for and not started
 * again.
 *
 * @param limit seconds until it must have ended
 */
export async function runToItsEnd(access: ContainerAccess, limit: number): Promise<void> {
  const deadline = Date.now() + limit * 1000;
  if (!(await stateOf(access)).isRunning) {
    await limitProcesses(access);
    await startContainer(access);
  }
  for await (const { isRunning, exitCode } of statesOf(access)) {
    if (!isRunning && exitCode === 0) {
      return;
    }
    if (!isRunning) {
      throw await containerError(access, `ended with exit code ${exitCode}`);
    }
    if (Date.now() > deadline) {
      const what = `has not ended within ${limit} s and is still running; the next command that needs it waits for it`;
      throw await containerError(access, what);
    }
  }
}

/**
 * Runs a container to its end, for work that is done once, such as the seed of a database.
 *
 * The container is declared with `start: false` and started here: when it is new or replaced, when its `trigger`
 * changes, and again at each `up` until it has ended with 0. So its work must be safe to repeat. Deleting this
 * resource does nothing.
 *
 * Errors: another exit code, or no end within the limit, with the last lines of the container's log, its
 * secrets masked; a container that is gone; an engine that does not answer.
 */
export class FinishedContainer extends DynamicResource {
  /** The last line that the container wrote before it ended with 0, which may be its result. */
  declare readonly lastLine: pulumi.Output<string>;

  constructor(name: string, args: FinishedContainerArgs, options?: pulumi.CustomResourceOptions) {
    super("logto-server:FinishedContainer", name, { ...args, lastLine: undefined }, options);
  }
}

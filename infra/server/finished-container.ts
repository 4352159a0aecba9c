import { setTimeout as delay } from "node:timers/promises";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs } from "../checks";
import type { Arguments } from "../deep-input";
import { DynamicResource } from "../dynamic";
import { resourceProvider } from "../resource-provider";
import { type ContainerAccess, containerError, startContainer, stateOf } from "./container";

interface DeclaredRun extends ContainerAccess {
  /** Seconds until it must have ended. Default: 600. */
  limit?: number;
}

export type FinishedContainerArgs = Arguments<DeclaredRun>;

type Inputs = DeclaredRun & { limit: number };

const shape = z.object({
  host: z.string().optional(),
  container: z.string().min(1, "expected a container's id"),
  name: z.string(),
  password: z.string(),
  limit: z.number().positive("expected seconds, more than 0").default(600),
});

export const provider = resourceProvider<Inputs, object>([], {
  check: (news) => checkInputs<Inputs>(news, shape),

  async create(inputs) {
    await run(inputs);
    return { id: inputs.name, outputs: {} };
  },

  read: (_id, past) => Promise.resolve(past),

  async update(_id, _past, inputs) {
    await run(inputs);
    return {};
  },

  // What was done stays done.
  delete: () => Promise.resolve(),
});

/** One that runs still, from an `up` that was broken off, is waited for and not started beside itself. */
async function run(inputs: Inputs): Promise<void> {
  const deadline = Date.now() + inputs.limit * 1000;
  if (!(await stateOf(inputs)).isRunning) {
    await startContainer(inputs);
  }
  for (;;) {
    const { isRunning, exitCode } = await stateOf(inputs);
    if (!isRunning && exitCode === 0) {
      return;
    }
    if (!isRunning) {
      throw await containerError(inputs, `ended with exit code ${exitCode}`);
    }
    if (Date.now() > deadline) {
      const what = `has not ended within ${inputs.limit} s and goes on; the next up waits for it`;
      throw await containerError(inputs, what);
    }
    await delay(250);
  }
}

/**
 * Runs a container to its end, for work that is done once, such as the seed of a database.
 *
 * The container is declared with `start: false`, and started here: when it is new, when another one has
 * taken its place, and again at each `up` until it has ended with 0. So its work must bear to be done
 * twice. Deleting this resource does nothing.
 *
 * Errors: another exit code, or no end within the limit, with the last lines of the container's log, its
 * password masked; a container that is gone; an engine that does not answer.
 */
export class FinishedContainer extends DynamicResource {
  constructor(name: string, args: FinishedContainerArgs, options?: pulumi.CustomResourceOptions) {
    super("infra/server/finished-container", "logto-server:FinishedContainer", name, args, options);
  }
}

import type * as pulumi from "@pulumi/pulumi";
import got, { type Response } from "got";
import { z } from "zod";
import { checkInputs } from "../../checks";
import { adviceOnDistrust } from "../../http-client";
import { userError } from "../../user-error";
import { isPortTaken } from "../processes/background-process";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { gate } from "../../provider/gate";
import { isServedHere } from "../loopback-url";
import {
  containerAccess,
  type ContainerAccess,
  containerError,
  type ContainerState,
  isGone,
  limitProcesses,
  restartContainer,
  startContainer,
  stateOf,
  statesOf,
} from "./container";

interface DeclaredReadiness extends ContainerAccess {
  /**
   * An address that answers with status 204 when the container is ready. Default: none, and its health check
   * decides.
   */
  url?: string;
  /**
   * Local port that dependents connect to. Default: that of a `url` on localhost, else none.
   */
  port?: number;
  /** Seconds until it must be ready. Default: 120. */
  limit?: number;
}

export type ReadyContainerArgs = Arguments<DeclaredReadiness>;

type Inputs = DeclaredReadiness & { limit: number };

/** How often a container may end at its start before it is given up. */
const endsUntilGivenUp = 3;

const shape = z.object({
  ...containerAccess,
  url: z.string().url("expected a URL").optional(),
  port: z.number().optional(),
  limit: z.number().positive("expected seconds, more than 0").default(120),
});

export const provider = gate<Inputs>({
  id: ({ name }) => name,
  check: (news) => checkInputs<Inputs>(news, shape),
  ensure: (inputs) => ensureReady(inputs).then(() => ({})),

  async isUp(inputs) {
    try {
      const state = await stateOf(inputs);
      return isLimited(inputs, state) && (await isReady(inputs, state));
    } catch (error) {
      // Another container may be taking its place just now.
      if (isGone(error)) return false;
      throw error;
    }
  },
});

const isLimited = ({ processLimit }: Inputs, state: ContainerState) =>
  processLimit === undefined || processLimit === state.processLimit;

/**
 * Limits a container's processes, starts it if it does not run, restarts it if it is not healthy, and waits until
 * it is ready.
 *
 * @throws a user error with the last lines of its log if it ends three times or is not ready in time
 */
export async function ensureReady(inputs: Inputs): Promise<void> {
  const deadline = Date.now() + inputs.limit * 1000;
  const found = await stateOf(inputs);
  if (!isLimited(inputs, found)) await limitProcesses(inputs);
  if (!found.isRunning && !found.isRestarting) {
    await startContainer(inputs);
  } else if (found.health === "unhealthy" && !(await isReady(inputs, found))) {
    // If its database came later, Logto goes on without it, and never looks for it again.
    await restartContainer(inputs);
  }
  for await (const state of statesOf(inputs)) {
    if (await isReady(inputs, state)) {
      return;
    }
    if (state.health === "healthy") await requireReachable(inputs);
    const isGivenUp = !state.isRestarting || state.restarts >= endsUntilGivenUp;
    if (!state.isRunning && isGivenUp) {
      throw await containerError(inputs, `ended with exit code ${state.exitCode} at its start`);
    }
    if (Date.now() > deadline) {
      const { url, limit } = inputs;
      const sign = url === undefined ? "was not healthy" : `did not answer ${url}`;
      const reason = url === undefined ? undefined : await distrustOf(url);
      throw await containerError(
        inputs,
        `${sign} within ${limit} s${reason ? ` (${reason})` : ""}`,
      );
    }
  }
}

async function isReady({ url, port }: Inputs, state: ContainerState): Promise<boolean> {
  if (!state.isRunning) {
    return false;
  }
  if (url !== undefined) return answers(url);
  return state.health === "healthy" && (port === undefined || isSomebodyAt(port));
}

/** @throws a user error if nothing listens at the container's port of this machine */
async function requireReachable(inputs: Inputs): Promise<void> {
  const { name, port = loopbackPortOf(inputs.url) } = inputs;
  if (port === undefined || (await isSomebodyAt(port))) return;
  throw userError(
    `The container "${name}" is healthy, but nothing listens at port ${port} of this machine, where it is reached. The ports of a Docker Engine on another machine have to be forwarded to this one, that of logto-stack:docker.postgresPort and that of each endpoint on localhost: such as by ssh -N -L ${port}:127.0.0.1:${port} and the name of that machine. Keep that running, and run this again.`,
  );
}

const isSomebodyAt = (port: number) => isPortTaken(port, 0);

function loopbackPortOf(url: string | undefined): number | undefined {
  if (url === undefined) return undefined;
  const { origin, protocol, port } = new URL(url);
  const isHere = isServedHere(origin, protocol === "https:");
  return isHere ? Number(port || (protocol === "https:" ? 443 : 80)) : undefined;
}

/**
 * Uses got instead of fetch: fetch waits forever on the port of a container that is not there yet, whose
 * connections the engine closes again, and a command would end there without a word.
 */
async function ask(url: string): Promise<Response> {
  return got(url, {
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    timeout: { request: 5_000 },
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await ask(url)).statusCode === 204;
  } catch {
    return false;
  }
}

async function distrustOf(url: string): Promise<string | undefined> {
  try {
    await ask(url);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === undefined ? undefined : adviceOnDistrust(code);
  }
}

/**
 * Waits until a container does its work: whatever needs that work depends on this resource, and not on
 * the container.
 *
 * Docker's own plugin waits at most once, when it makes the container. This looks at each `up`: a container that
 * was stopped, killed or is unhealthy is started again, without a refresh, a replaced one is waited for, and one
 * whose number of processes is not limited is limited. Deleting it does nothing.
 *
 * Errors: a container that ends at its start three times or is not ready within the limit, with the last lines of
 * its log, its secrets masked; a container that is gone; a healthy container while nothing listens at its port of
 * this machine; an engine that does not answer for some seconds.
 */
export class ReadyContainer extends DynamicResource {
  constructor(name: string, args: ReadyContainerArgs, options?: pulumi.CustomResourceOptions) {
    super("logto-server:ReadyContainer", name, args, options);
  }
}

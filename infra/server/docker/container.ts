import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { z } from "zod";
import { withoutSecrets } from "../../redact";
import { userError } from "../../user-error";
import { lastLines, logsOf } from "./container-log";
import { dockerHost, dockerHostAddress } from "./docker-connection";
import { engineAt, engineSilence, isSilence } from "./docker-engine";

/** An existing container, and what must not be shown of its log. */
export interface ContainerAccess {
  /** The Docker Engine, such as ssh://user@host. Default: that of DOCKER_HOST, else this machine's. */
  host?: string;
  /** The container's id. */
  container: string;
  /** Its name in messages. */
  name: string;
  /** All secrets that are put into it, by what they are: masked when its log is shown. */
  secrets: Record<string, string>;
  /** Advice appended to the error. Default: nothing. */
  advice?: string;
  /**
   * How many processes and threads may be in it at once. No input of Docker's own plugin sets that: its limit
   * `nproc` counts a user's processes on the whole machine, and root's not at all. Default: the engine's.
   */
  processLimit?: number;
}

/** The fields of {@link ContainerAccess}, for the checks of resources that have it among their inputs. */
export const containerAccess = {
  host: dockerHostAddress.optional(),
  container: z.string().min(1, "expected a container's id"),
  name: z.string(),
  secrets: z.record(z.string()),
  advice: z.string().optional(),
  processLimit: z.number().int().positive("expected a number, more than 0").optional(),
};

/** What the engine tells of a container. */
export interface ContainerState {
  isRunning: boolean;
  /** Whether its restart policy is about to start it again. */
  isRestarting: boolean;
  /** How often its restart policy has started it since it was last started by hand. */
  restarts: number;
  exitCode: number;
  /** Result of its health check; `starting` until the first results are in. */
  health: "starting" | "healthy" | "unhealthy" | "none";
  /** `undefined` for as many as the engine allows. */
  processLimit: number | undefined;
}

/** @throws a user error for a container that is gone, and for an engine that does not answer */
export function stateOf(access: ContainerAccess): Promise<ContainerState> {
  return ask(access, "was not read", async (container) => {
    const { State: state, RestartCount: restarts, HostConfig: host } = await container.inspect();
    return {
      isRunning: state.Running && !state.Restarting,
      isRestarting: state.Restarting,
      restarts,
      exitCode: state.ExitCode,
      health: (state.Health?.Status ?? "none") as ContainerState["health"],
      processLimit: host.PidsLimit ?? undefined,
    };
  });
}

/** Limits its processes as {@link ContainerAccess.processLimit} says, whether it runs or not. */
export async function limitProcesses(access: ContainerAccess): Promise<void> {
  const { processLimit: limit } = access;
  if (limit === undefined) return;
  await ask(access, "was not limited", (container) => container.update({ PidsLimit: limit }));
}

/** How long an engine may be silent, as while it is restarted, before the wait ends. */
const longestSilence = 5_000;

/**
 * The states of a container, one after the other, for callers that wait for one of them.
 *
 * @throws as {@link stateOf}, but not for an engine that says nothing for a moment
 */
export async function* statesOf(access: ContainerAccess): AsyncGenerator<ContainerState, void> {
  // Over ssh each question is a sign-in of its own, and too many at once lock the user out.
  const pause = dockerHost(access.host).startsWith("ssh:") ? 2_000 : 250;
  let silentSince: number | undefined;
  for (;;) {
    try {
      const state = await stateOf(access);
      silentSince = undefined;
      yield state;
    } catch (error) {
      silentSince ??= Date.now();
      if (!isSilence(error) || Date.now() - silentSince > longestSilence) throw error;
    }
    await delay(pause);
  }
}

export function startContainer(access: ContainerAccess): Promise<void> {
  return ask(access, "was not started", (container) => unlessSo(container.start()));
}

export function restartContainer(access: ContainerAccess): Promise<void> {
  return ask(access, "was not restarted", (container) => unlessSo(container.restart()));
}

/** Stops it, by force after `grace` seconds. */
export function stopContainer(access: ContainerAccess, grace: number): Promise<void> {
  return ask(access, "was not stopped", (container) => unlessSo(container.stop({ t: grace })));
}

/**
 * Makes a container that is like another in all but its entry point, for a command that is given once. An ended
 * container of that name, which a broken-off command left, goes first.
 *
 * @throws a user error if a container of that name is at work
 */
export async function makeLike(
  access: ContainerAccess,
  name: string,
  entrypoint: string[],
): Promise<ContainerAccess> {
  if (await onEngine(access, "was not read", (docker) => isAtWork(docker.getContainer(name)))) {
    throw userError(
      `The container "${name}" is at work, of another command or of one that was broken off: wait until it has ended.`,
    );
  }
  const container = await onEngine(
    access,
    "could not be copied for a one-off command",
    async (docker) => {
      await docker.getContainer(name).remove().catch(unlessGone);
      const like = await docker.getContainer(access.container).inspect();
      const [network = "none"] = Object.keys(like.NetworkSettings.Networks);
      const { id } = await docker.createContainer({
        name,
        Image: like.Image,
        Entrypoint: entrypoint,
        Env: like.Config.Env,
        HostConfig: { ...like.HostConfig, NetworkMode: network },
      });
      return id;
    },
  );
  return { ...access, container, name };
}

export function removeContainer(access: ContainerAccess): Promise<void> {
  return ask(access, "was not removed", (container) =>
    container.remove({ force: true }).catch(unlessGone),
  );
}

async function isAtWork(container: Docker.Container): Promise<boolean> {
  try {
    return (await container.inspect()).State.Running;
  } catch (error) {
    unlessGone(error);
    return false;
  }
}

function unlessGone(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== gone) throw error;
}

/** All that it has written, in this run and in earlier ones, its secrets masked. */
export async function logOf(access: ContainerAccess): Promise<string> {
  return withoutSecrets(await ask(access, "was not read", logsOf), Object.values(access.secrets));
}

/** The error that says `what` of a container, with the last lines of its log. */
export async function containerError(access: ContainerAccess, what: string): Promise<Error> {
  const lines = lastLines(await logOf(access));
  const says = lines === "" ? "; it wrote nothing" : `; the last lines of its log:\n${lines}`;
  const advice = access.advice === undefined ? "" : `\n${access.advice}`;
  return userError(`The container "${access.name}" ${what}${says}${advice}`);
}

const gone = 404;

/** Whether an error of this file says that the container is gone. */
export function isGone(error: unknown): boolean {
  return (error as { code?: unknown }).code === gone;
}

/** Ignores the engine's 304, which says that the container is in that state already. */
async function unlessSo(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 304) throw error;
  }
}

function ask<Result>(
  access: ContainerAccess,
  what: string,
  work: (container: Docker.Container) => Promise<Result>,
): Promise<Result> {
  return onEngine(access, what, (docker) => work(docker.getContainer(access.container)));
}

async function onEngine<Result>(
  access: ContainerAccess,
  what: string,
  work: (docker: Docker) => Promise<Result>,
): Promise<Result> {
  const { name, secrets } = access;
  try {
    return await work(engineAt(access.host));
  } catch (error) {
    const { statusCode, json, message } = error as {
      statusCode?: number;
      json?: { message?: string };
      message: string;
    };
    if (statusCode === gone) {
      const message = `The container "${name}" is gone, and its data lies in a volume: run npm run up -- and the stack's name to make it again.`;
      throw Object.assign(userError(message), { code: gone });
    }
    if (statusCode === undefined) throw engineSilence(access.host, error);
    const reason = withoutSecrets(json?.message ?? message, Object.values(secrets));
    throw userError(`The container "${name}" ${what}: ${reason}`);
  }
}

import { z } from "zod";
import { engineAt, type Inventory, inventoryOf } from "../../infra/server/docker/docker-engine";
import { startContainer } from "../../infra/server/docker/container";
import { userError } from "../../infra/user-error";
import { engineOf, requireNoRestore } from "./running-restore";
import { openOf } from "./interrupted-creates";
import { lostResources, onEngine } from "./lost-resources";
import {
  isReplaced,
  nameIn,
  readStackState,
  type StackState,
  type StateResource,
} from "../stack/state";
import { say, type Tools } from "../engine/tools";

/** What an `up` must do differently after an interrupted `up`, or after resources were removed by hand. */
export interface Repair {
  /** The URNs of resources that must be replaced although their inputs are the same. */
  replace: string[];
  /** Whether Logto is down, so that the objects on it cannot be read before the `up`. */
  isDown: boolean;
}

const declared = z.object({
  name: z.string().optional(),
  restart: z.string().optional(),
  networksAdvanced: z.unknown(),
});

const types = {
  ...onEngine,
  role: "postgresql:index/role:Role",
  database: "postgresql:index/database:Database",
};

/**
 * Brings a stack's state in line with its Docker Engine before an `up` of the runtime
 * `docker`:
 *
 * - A resource that was removed by hand is forgotten and so created again: data lies in a volume. A full refresh
 *   could not do that, as it would also read the objects on Logto, which is gone.
 * - A missing resource is an error if it is protected, or if the engine seems to be another one.
 * - A resource whose creation was interrupted may exist or not. If it holds data it is taken over; a container or a
 *   network is removed and created again.
 * - A partly created container is replaced: its plugin would never complete it.
 * - A server's container that a refresh found stopped, or that ended at its start, is started and read again. While
 *   stopped it publishes no ports, and its plugin would replace it because of that.
 * - State that another plugin version wrote is read again by the installed plugin, in whose format it then is.
 *
 * @throws a user error for an engine that does not answer, for {@link lostResources lost resources}, during a
 *   restore, and for a stack that another command is changing
 */
export async function repairDockerStack(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
): Promise<Repair> {
  const ofStack = engineOf(project, stack);
  if (ofStack === undefined) return { replace: [], isDown: false };
  const { host } = ofStack;
  const engine = await inventoryOf(host);
  const state = await readStackState(tools, stack);
  const { resources, interrupted } = state;
  const gone = lostResources(state, engine, { host, stack });
  await requireNoRestore(state, engine, { host, stack });
  if (gone.length > 0 || interrupted.length > 0) {
    // This fails if another command is changing the stack, so it comes before anything is removed.
    await forget(tools, stack, gone, state);
    await removeUnfinished(host, engine, state);
  }
  const isThere = (one: StateResource) => !gone.includes(one) && !isReplaced(one);
  const stopped = resources.filter((one) => isThere(one) && isServer(one) && isKnownAsStopped(one));
  const foreign = resources.filter((one) => isThere(one) && isOfAnotherPlugin(one));
  for (const one of stopped) {
    const access = { ...(host && { host }), container: one.id, name: nameIn(one), secrets: {} };
    // A container that cannot be started is replaced by the up, which then shows why.
    await startContainer(access).catch(() => undefined);
  }
  await readAnew(tools, stack, [...new Set([...stopped, ...foreign])]);
  const isNetworkGone = gone.some(({ type }) => type === types.network);
  const isInPart = (one: StateResource) =>
    one.type === types.container &&
    (one.initErrors.length > 0 ||
      (isNetworkGone && declaredOf(one).networksAdvanced !== undefined));
  const running = engine.containers.filter(({ isRunning }) => isRunning).map(({ id }) => id);
  return {
    replace: resources.filter((one) => !gone.includes(one) && isInPart(one)).map(({ urn }) => urn),
    isDown: resources.some((one) => isServer(one) && !running.includes(one.id)),
  };
}

const declaredOf = ({ inputs }: StateResource) => declared.parse(inputs);

const isServer = (one: StateResource) =>
  one.type === types.container && (declaredOf(one).restart ?? "no") !== "no";

const isKnownAsStopped = ({ outputs, initErrors }: StateResource) =>
  outputs["mustRun"] === false && initErrors.length === 0;

/** Whether another plugin wrote the state. Docker's plugin adds notes in `__meta`; older stand-ins did not. */
const isOfAnotherPlugin = ({ type, outputs }: StateResource) =>
  Object.values<string>(onEngine).includes(type) &&
  Object.keys(outputs).length > 0 &&
  outputs["__meta"] === undefined;

async function readAnew(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  resources: StateResource[],
): Promise<void> {
  if (resources.length === 0) return;
  const { failed, output } = await refresh(tools, stack, resources);
  if (failed) {
    throw userError(`The stack ${stack} cannot be read before the up: ${output}`);
  }
  say(`Read from the Docker Engine before the up: ${resources.map(nameIn).sort().join(", ")}`);
}

function refresh(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  targets: { urn: string }[],
  flags: string[] = [],
) {
  return tools.pulumi([
    ...["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    // The program may need what is gone.
    "--run-program=false",
    ...flags,
    ...targets.flatMap(({ urn }) => ["--target", urn]),
  ]);
}

async function forget(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  gone: StateResource[],
  state: StackState,
): Promise<void> {
  // The ids of these types are their names. The refresh forgets one that does not exist.
  const adopted = openOf(state).filter(({ type }) =>
    [types.volume, types.role, types.database].includes(type),
  );
  const found = [...gone, ...adopted];
  // A refresh without a target would read everything.
  const targets = found.length > 0 ? found : [{ urn: "**:Volume::**" }];
  const { failed, output } = await refresh(tools, stack, targets, [
    ...(state.interrupted.length > 0 ? ["--clear-pending-creates"] : []),
    ...adopted.flatMap((one) =>
      [one.urn, declaredOf(one).name ?? ""].flatMap((part) => ["--import-pending-creates", part]),
    ),
  ]);
  if (failed) {
    throw userError(`The stack ${stack} cannot be put right before the up: ${output}`);
  }
  const names = gone.map((one) => declaredOf(one).name ?? one.urn);
  if (names.length > 0) say(`Gone from the Docker Engine, and made again: ${names.join(", ")}`);
}

/** Removes what a killed run created and did not record in the state; a later run may have recorded it. */
async function removeUnfinished(
  host: string | undefined,
  { containers, networks }: Inventory,
  { resources, interrupted }: StackState,
): Promise<void> {
  const ids = resources.map(({ id }) => id);
  const unfinished = (type: string, found: { id: string; name: string }[]) => {
    const ofType = interrupted.filter((one) => one.type === type);
    const names = ofType.map((one) => declaredOf(one).name);
    return found.filter(({ id, name }) => names.includes(name) && !ids.includes(id));
  };
  const docker = engineAt(host);
  for (const { id, name } of unfinished(types.container, containers)) {
    await removed(`container "${name}"`, docker.getContainer(id).remove({ force: true }));
  }
  for (const { id, name } of unfinished(types.network, networks)) {
    await removed(`network "${name}"`, docker.getNetwork(id).remove());
  }
}

async function removed(what: string, removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { statusCode, json } = error as { statusCode?: number; json?: { message?: string } };
    const isGone = statusCode === 404;
    if (!isGone) {
      const reason = json?.message ?? (error as Error).message;
      throw userError(
        `The ${what}, which a killed up has left unfinished, cannot be removed (${reason}): remove it, with what uses it, and run this again.`,
      );
    }
  }
  say(`Not finished by the last up, and made again: ${what}`);
}

import { z } from "zod";
import { engineAt, type Inventory, inventoryOf } from "../infra/server/docker-engine";
import { userError } from "../infra/user-error";
import { engineOf, requireNoRestore } from "./running-restore";
import { openOf } from "./interrupted-creates";
import { lostResources, onEngine } from "./lost-resources";
import { readStackState, type StackState, type StateResource } from "./stack-state";
import { say, type Tools } from "./tools";

/** What an `up` must do differently, because of how an earlier one ended or of what was removed by hand. */
export interface Repair {
  /** The URNs of what must be made anew although its inputs are the same. */
  replace: string[];
  /** Whether Logto does not run, so that what is declared on it cannot be read before the `up`. */
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
 * Puts a stack's state and what is on its Docker Engine together again, before an `up` of the runtime
 * `docker`:
 *
 * - What was removed by hand is forgotten, and so made anew: data lies in a volume. A full refresh could
 *   not do that, as it reads what is declared on Logto, which is gone.
 * - What another engine would not have either, or is protected, is not forgotten but an error.
 * - Of what was being made when an `up` was killed nobody knows whether it is there. What holds data is taken
 *   over; a container or a network is removed and made anew.
 * - A container that was made in part is made anew: its plugin would never finish it.
 *
 * @throws a user error for an engine that does not answer, for {@link lostResources what is lost}, for a
 *   restore that is at work, and for a stack that another command is changing
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
    // It is refused where another command is changing the stack. Only then something is removed.
    await forget(tools, stack, gone, state);
    await removeUnfinished(host, engine, state);
  }
  const isNetworkGone = gone.some(({ type }) => type === types.network);
  const isInPart = (one: StateResource) =>
    one.type === types.container &&
    (one.initErrors.length > 0 ||
      (isNetworkGone && declaredOf(one).networksAdvanced !== undefined));
  const isServer = (one: StateResource) =>
    one.type === types.container && declaredOf(one).restart !== "no";
  const running = engine.containers.filter(({ isRunning }) => isRunning).map(({ id }) => id);
  return {
    replace: resources.filter((one) => !gone.includes(one) && isInPart(one)).map(({ urn }) => urn),
    isDown: resources.some((one) => isServer(one) && !running.includes(one.id)),
  };
}

const declaredOf = ({ inputs }: StateResource) => declared.parse(inputs);

async function forget(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  gone: StateResource[],
  state: StackState,
): Promise<void> {
  // Their names are their ids; that of one that is not there is forgotten by the refresh.
  const adopted = openOf(state).filter(({ type }) =>
    [types.volume, types.role, types.database].includes(type),
  );
  const urns = [...gone, ...adopted].map(({ urn }) => urn);
  const { failed, output } = await tools.pulumi([
    ...["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    // What the program would need may be gone.
    "--run-program=false",
    ...(state.interrupted.length > 0 ? ["--clear-pending-creates"] : []),
    ...adopted.flatMap((one) =>
      [one.urn, declaredOf(one).name ?? ""].flatMap((part) => ["--import-pending-creates", part]),
    ),
    // A refresh without a target is one of everything.
    ...(urns.length > 0 ? urns : ["**:Volume::**"]).flatMap((urn) => ["--target", urn]),
  ]);
  if (failed) {
    throw userError(`The stack ${stack} cannot be put right before the up: ${output}`);
  }
  const names = gone.map((one) => declaredOf(one).name ?? one.urn);
  if (names.length > 0) say(`Gone from the Docker Engine, and made anew: ${names.join(", ")}`);
}

/** What a killed run was making and has not brought into the state, which it may be in by a later one. */
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
  say(`Not finished by the last up, and made anew: ${what}`);
}

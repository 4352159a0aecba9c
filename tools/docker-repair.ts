import { z } from "zod";
import { engineAt, type Inventory, inventoryOf } from "../infra/server/docker-engine";
import { userError } from "../infra/user-error";
import { readStackFile } from "./project";
import { readStackState, type StateResource } from "./stack-state";
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
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
  role: "postgresql:index/role:Role",
  database: "postgresql:index/database:Database",
};

/**
 * Puts a stack's state and what is on its Docker Engine together again, before an `up` of the runtime
 * `docker`:
 *
 * - What was removed by hand is forgotten, and so made anew: data lies in a volume. A full refresh could
 *   not do that, as it reads what is declared on Logto, which is gone.
 * - Of what was being made when an `up` was killed nobody knows whether it is there. What holds data is taken
 *   over; a container or a network is removed and made anew.
 * - A container that was made in part is made anew: its plugin would never finish it.
 *
 * @throws a user error for an engine that does not answer, and for a stack that another command is changing
 */
export async function repairDockerStack(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
): Promise<Repair> {
  const { config = {} } = readStackFile(project, stack);
  if (config["logto-stack:runtime"] !== "docker") return { replace: [], isDown: false };
  const { host } = (config["logto-stack:docker"] ?? {}) as { host?: string };
  const engine = await inventoryOf(host);
  const { resources, interrupted: pending } = await readStackState(tools, stack);
  const gone = resources.filter((one) => !isThere(engine, one));
  if (gone.length > 0 || pending.length > 0) {
    // It is refused where another command is changing the stack. Only then something is removed.
    await forget(tools, stack, gone, pending);
    await removeUnfinished(host, engine, pending);
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

function isThere(engine: Inventory, { type, id }: StateResource): boolean {
  switch (type) {
    case types.container:
      return engine.containers.some((one) => one.id === id);
    case types.network:
      return engine.networks.some((one) => one.id === id);
    case types.volume:
      return engine.volumes.includes(id);
    default:
      return true;
  }
}

async function forget(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  gone: StateResource[],
  pending: StateResource[],
): Promise<void> {
  // Their names are their ids; that of one that is not there is forgotten by the refresh.
  const adopted = pending.filter(({ type }) =>
    [types.volume, types.role, types.database].includes(type),
  );
  const urns = [...gone, ...adopted].map(({ urn }) => urn);
  const { failed, output } = await tools.pulumi([
    ...["refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    // What the program would need may be gone.
    "--run-program=false",
    ...(pending.length > 0 ? ["--clear-pending-creates"] : []),
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

async function removeUnfinished(
  host: string | undefined,
  { containers, networks }: Inventory,
  pending: StateResource[],
): Promise<void> {
  const docker = engineAt(host);
  const idsOf = (type: string, found: { id: string; name: string }[]) => {
    const names = pending.filter((one) => one.type === type).map((one) => declaredOf(one).name);
    return found.filter(({ name }) => names.includes(name));
  };
  for (const { id, name } of idsOf(types.container, containers)) {
    await docker.getContainer(id).remove({ force: true });
    say(`Not finished by the last up, and made anew: ${name}`);
  }
  for (const { id, name } of idsOf(types.network, networks)) {
    await docker.getNetwork(id).remove();
    say(`Not finished by the last up, and made anew: ${name}`);
  }
}

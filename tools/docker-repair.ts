import { z } from "zod";
import { engineInventory, type Inventory } from "../infra/server/container";
import { userError } from "../infra/user-error";
import { readStackFile } from "./project";
import { say, type Tools } from "./tools";

/** What an `up` must do differently, because of how an earlier one ended or of what was removed by hand. */
export interface Repair {
  /** The URNs of what must be made anew although its inputs are the same. */
  replace: string[];
  /** Whether Logto may not answer before the `up`, so that what is declared on it cannot be read. */
  isDown: boolean;
}

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: z
    .object({ name: z.string().optional(), restart: z.string().optional() })
    .passthrough()
    .default({}),
  initErrors: z.string().array().optional(),
});

type Resource = z.infer<typeof resource>;

const state = z.object({
  deployment: z.object({
    resources: resource.array().default([]),
    pending_operations: z.object({ resource, type: z.string() }).array().default([]),
  }),
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
 * - What was being made when the engine of Pulumi was killed is taken over, where it is there.
 * - A container that was made in part is made anew: its plugin would never finish it.
 *
 * Nothing is removed from the engine, and nothing is written outside the lock of the stack's back end.
 *
 * @throws a user error for an engine that does not answer
 */
export async function repairDockerStack(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
): Promise<Repair> {
  const { config = {} } = readStackFile(project, stack);
  if (config["logto-stack:runtime"] !== "docker") return { replace: [], isDown: false };
  const { host } = (config["logto-stack:docker"] ?? {}) as { host?: string };
  const engine = await engineInventory(host);
  const { resources, pending } = await readState(tools, stack);

  const gone = resources.filter((one) => one.id !== undefined && !isThere(engine, one));
  const found = pending.flatMap((one) => {
    const id = idOf(engine, one);
    return id === undefined ? [] : [{ urn: one.urn, id }];
  });
  if (gone.length > 0 || pending.length > 0) {
    await forget(tools, stack, { gone, found, isPending: pending.length > 0 });
  }

  const networkIsGone = gone.some(({ type }) => type === types.network);
  const goneUrns = new Set(gone.map(({ urn }) => urn));
  const partial = resources.filter(
    (one) =>
      one.type === types.container &&
      !goneUrns.has(one.urn) &&
      ((one.initErrors?.length ?? 0) > 0 || (networkIsGone && one.inputs["networksAdvanced"])),
  );
  const adopted = pending
    .filter(({ type, urn }) => type === types.container && found.some((one) => one.urn === urn))
    .map(({ urn }) => urn);
  const isServer = ({ type, inputs }: Resource) =>
    type === types.container && inputs.restart !== "no";
  return {
    replace: [...partial.map(({ urn }) => urn), ...adopted],
    isDown: resources.some((one) => isServer(one) && !engine.running.has(one.id ?? "")),
  };
}

async function readState(
  tools: Pick<Tools, "pulumi">,
  stack: string,
): Promise<{ resources: Resource[]; pending: Resource[] }> {
  const command = ["stack", "export", "--stack", stack, "--non-interactive"];
  const { failed, output, stdout } = await tools.pulumi(command);
  if (failed) throw userError(`The state of the stack ${stack} cannot be read: ${output}`);
  const { resources, pending_operations: operations } = state.parse(JSON.parse(stdout)).deployment;
  return {
    resources: resources.filter(({ type }) => type.startsWith("docker:")),
    pending: operations.flatMap((one) => (one.type === "creating" ? [one.resource] : [])),
  };
}

function isThere(engine: Inventory, { type, id = "" }: Resource): boolean {
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

/** As the plugins have it; of what has its name for its id a refresh finds out whether it is there. */
function idOf(engine: Inventory, { type, inputs: { name } }: Resource): string | undefined {
  switch (type) {
    case types.container:
      return engine.containers.find((one) => one.name === name)?.id;
    case types.network:
      return engine.networks.find((one) => one.name === name)?.id;
    case types.volume:
    case types.role:
    case types.database:
      return name;
    default:
      return undefined;
  }
}

async function forget(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  work: { gone: Resource[]; found: { urn: string; id: string }[]; isPending: boolean },
): Promise<void> {
  const { gone, found, isPending } = work;
  const urns = [...gone, ...found].map(({ urn }) => urn);
  const { failed, output } = await tools.pulumi([
    "refresh",
    "--yes",
    "--skip-preview",
    "--non-interactive",
    // Of these alone, and what the program needs for that may be gone.
    "--run-program=false",
    ...(isPending ? ["--clear-pending-creates"] : []),
    ...found.flatMap(({ urn, id }) => [
      "--import-pending-creates",
      urn,
      "--import-pending-creates",
      id,
    ]),
    // A refresh without a target is one of everything.
    ...(urns.length > 0 ? urns : ["**:Volume::**"]).flatMap((urn) => ["--target", urn]),
    "--stack",
    stack,
  ]);
  if (failed) {
    throw userError(`What is gone of the stack ${stack} cannot be found out: ${output}`);
  }
  const names = gone.map(({ inputs, urn }) => inputs.name ?? urn);
  if (names.length > 0) say(`Gone from the Docker Engine, and made anew: ${names.join(", ")}`);
  if (isPending) say(`An up of the stack ${stack} was broken off: what it was making is taken on.`);
}

import { dockerHost } from "../../infra/server/docker/docker-connection";
import type { Inventory } from "../../infra/server/docker/docker-engine";
import { userError } from "../../infra/user-error";
import { stackFileOf } from "../stack/project";
import { isReplaced, nameIn, type StackState, type StateResource } from "../stack/state";

/** Of what is on a Docker Engine, the types. */
export const onEngine = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
};

/**
 * What the stack's state has and the engine has not: it was removed by hand, or it is another engine.
 *
 * @throws a user error where the engine has nothing of the stack, and where something that is protected is
 *   missing. Whoever forgot it would stand up a new, empty server beside the one that the state tells of.
 */
export function lostResources(
  { resources }: StackState,
  engine: Inventory,
  { host, stack }: { host: string | undefined; stack: string },
): StateResource[] {
  const expected = resources.filter(({ type }) => Object.values(onEngine).includes(type));
  const lost = expected.filter((one) => !isThere(engine, one));
  const whole = expected.filter((one) => !isReplaced(one));
  const protectedOnes = lost.filter((one) => one.protect && whole.includes(one));
  const isOther = whole.length > 0 && whole.every((one) => lost.includes(one));
  if (!isOther && protectedOnes.length === 0) return lost;
  const named = `the one of logto-stack:docker.host in ${stackFileOf("", stack)}, else of DOCKER_HOST`;
  const missing = isOther
    ? `nothing of the stack ${stack}, of which the state has ${lost.length} containers, networks and volumes`
    : `no ${protectedOnes.map(nameIn).sort().join(", ")} of the stack ${stack}, which the stack protects`;
  const pulumi = `npm run pulumi --`;
  const targets = protectedOnes.map(({ urn }) => ` --target '${urn}'`).join("");
  const forget = isOther
    ? `${pulumi} state delete --all --force --yes --stack ${stack} forgets it, and npm run up -- ${stack} makes a new, empty server`
    : `${pulumi} refresh --yes --run-program=false --stack ${stack}${targets} forgets it, npm run up -- ${stack} makes it anew and empty, and npm run restore -- ${stack} puts a backup in the place of a lost database`;
  throw userError(
    `Nothing was changed: the Docker Engine at ${dockerHost(host)} has ${missing}. Is it the right engine? It is ${named}. Where that is lost for good, ${forget}.`,
  );
}

function isThere(engine: Inventory, { type, id }: StateResource): boolean {
  switch (type) {
    case onEngine.container:
      return engine.containers.some((one) => one.id === id);
    case onEngine.network:
      return engine.networks.some((one) => one.id === id);
    default:
      return engine.volumes.includes(id);
  }
}

import { dockerHost } from "../../infra/server/docker/docker-connection";
import type { Inventory } from "../../infra/server/docker/docker-engine";
import { userError } from "../../infra/user-error";
import { stackFileOf } from "../stack/project";
import { isReplaced, nameIn, type StackState, type StateResource } from "../stack/state";

/** The types of resources on a Docker Engine. */
export const onEngine = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
};

/**
 * Resources of the state that the engine does not have: they were removed by hand, or it is another engine.
 *
 * @throws a user error if the engine has nothing of the stack, or if a protected resource is
 *   missing. Forgetting those would set up a new, empty server in addition to the one in the state.
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
    : `${pulumi} refresh --yes --run-program=false --stack ${stack}${targets} forgets it, npm run up -- ${stack} makes it again, empty, and npm run restore -- ${stack} puts a backup in the place of a lost database`;
  throw userError(
    `Nothing was changed: the Docker Engine at ${dockerHost(host)} has ${missing}. Is it the right engine? It is ${named}. If that is lost for good, ${forget}.`,
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

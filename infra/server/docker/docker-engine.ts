import Docker from "dockerode";
import { userError } from "../../user-error";
import { connectionTo, dockerHost, identityInFolder } from "./docker-connection";

/**
 * A client of an engine.
 *
 * @param given such as ssh://user@host. Default: that of DOCKER_HOST, else this machine's
 */
export function engineAt(given: string | undefined): Docker {
  const host = dockerHost(given);
  const identity = host.startsWith("tcp:") ? identityInFolder() : undefined;
  return new Docker(connectionTo(host, identity ? { identity } : {}));
}

/** The error for an engine that does not answer. */
export function engineSilence(host: string | undefined, error: unknown): Error {
  const { message, code } = error as NodeJS.ErrnoException;
  const reason = message || code || "no answer";
  const silence = `The Docker Engine at ${dockerHost(host)} does not answer (${reason}): start it.`;
  return Object.assign(userError(silence), { code: silent });
}

const silent = "DOCKER_ENGINE_SILENT";

/** Whether an error says that an engine does not answer. */
export function isSilence(error: unknown): boolean {
  return (error as { code?: unknown }).code === silent;
}

/** A port that is open, and the address of the engine's machine that it is open at. */
interface PublishedPort {
  address: string;
  port: number;
}

/** Everything on the engine, including other projects'. */
export interface Inventory {
  containers: { id: string; name: string; isRunning: boolean; publishedPorts: PublishedPort[] }[];
  networks: { id: string; name: string }[];
  /** By name. */
  volumes: string[];
}

/** @throws a user error for an engine that does not answer */
export async function inventoryOf(host: string | undefined): Promise<Inventory> {
  const docker = engineAt(host);
  try {
    const containers = await docker.listContainers({ all: true });
    const networks = await docker.listNetworks();
    const { Volumes: volumes } = await docker.listVolumes();
    return {
      containers: containers.map(({ Id: id, Names: [name = ""], State: state, Ports: ports }) => ({
        id,
        name: name.slice(1),
        isRunning: state === "running",
        publishedPorts: ports.map(({ IP: address, PublicPort: port }) => ({ address, port })),
      })),
      networks: networks.map(({ Id: id, Name: name }) => ({ id, name })),
      volumes: volumes.map(({ Name: name }) => name),
    };
  } catch (error) {
    throw engineSilence(host, error);
  }
}

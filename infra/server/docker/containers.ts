import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { DockerArgs } from "./docker-args";
import { FinishedContainer, type FinishedContainerArgs } from "./finished-container";
import { publishedPortsOf } from "./ports";
import { PublishedPorts } from "./published-ports";
import { ReadyContainer, type ReadyContainerArgs } from "./ready-container";
import { asStored, containerOptions, type DeclaredContainer } from "./stored-container";

/** What every container has. */
const hardened = {
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  init: true,
  readOnly: true,
  logDriver: "json-file",
  logOpts: { "max-file": "3", "max-size": "10m" },
  restart: "unless-stopped",
} satisfies Partial<DeclaredContainer>;

/** A container that runs to its end, or not at all. */
export const oneShot = { start: false, mustRun: false, restart: "no" };

/** The process limit of each container that runs. Logto has about 30 processes, Postgres one for each connection. */
const processLimit = 1024;

/** @param megabytes the limit, also for swap: without one the plugin would see the engine's own as a difference */
export const memory = (megabytes: number) => ({ memory: megabytes, memorySwap: megabytes });

/** Files that only root reads, in a volume. */
export interface SecretFiles {
  /** The container that writes them. */
  writer: docker.Container;
  mount: { type: string; source: pulumi.Output<string>; target: string; readOnly: boolean };
  /** Changes with the files' content and does not reveal it. */
  fingerprint: pulumi.Output<string>;
}

type ContainerOfServer = Omit<DeclaredContainer, "name"> & { secrets?: SecretFiles };

/** Makes what one server has on the Docker Engine: named after it, hardened, on its network. */
export interface Containers {
  /** The volume of Postgres's data. */
  data: docker.Volume;
  /** The option of all resources that lie in that volume: they are deleted with it. */
  inPostgres: { deletedWith: docker.Volume };
  volume: (name: string) => docker.Volume;
  /** The id of an image. */
  image: (name: string, tag: string) => pulumi.Output<string>;
  container: (
    name: string,
    declared: ContainerOfServer,
    dependsOn?: pulumi.Resource[],
  ) => docker.Container;
  /** Waits until a container does its work. */
  ready: (
    name: string,
    container: docker.Container,
    secrets: ReadyContainerArgs["secrets"],
    other?: { url?: string; port?: number; advice?: pulumi.Output<string> },
  ) => ReadyContainer;
  /** Waits until a container of {@link oneShot} has done its work. */
  finished: (
    name: string,
    container: docker.Container,
    other: Omit<FinishedContainerArgs, "container" | "name">,
    dependsOn?: pulumi.Resource[],
  ) => FinishedContainer;
}

export function containersOf(args: DockerArgs): Containers {
  const engine = args.host && new docker.Provider("docker", { host: args.host });
  const onEngine = engine ? { provider: engine } : {};
  const volume = (name: string) =>
    new docker.Volume(
      name,
      { name: `${args.name}-${name}` },
      { ...onEngine, protect: args.protect },
    );
  const data = volume("postgres-data");
  const inPostgres = { deletedWith: data };
  const network = new docker.Network(
    "logto",
    { name: args.name, driver: "bridge" },
    { ...onEngine, dependsOn: new PublishedPorts("published-ports", publishedPortsOf(args)) },
  );
  const accessTo = (name: string, { id }: docker.Container) => ({
    ...(args.host !== undefined && { host: args.host }),
    container: id,
    name: `${args.name}-${name}`,
    processLimit,
  });
  return {
    data,
    inPostgres,
    volume,

    // Pin by id: a moved tag must not cause a change.
    image: (name, tag) =>
      new docker.RemoteImage(name, { name: tag, keepLocally: true }, onEngine).imageId,

    container: (name, { secrets, mounts = [], ...own }, dependsOn = []) =>
      new docker.Container(
        name,
        asStored({
          ...hardened,
          name: `${args.name}-${name}`,
          ...(own.networkMode === undefined && {
            networksAdvanced: [{ name: network.name, aliases: [name] }],
          }),
          ...(secrets && {
            labels: [{ label: "logto-stack.secret-fingerprint", value: secrets.fingerprint }],
          }),
          mounts: [...mounts, ...(secrets ? [secrets.mount] : [])],
          ...own,
        }),
        {
          ...onEngine,
          ...containerOptions,
          dependsOn: [...(secrets ? [secrets.writer] : []), ...dependsOn],
        },
      ),

    ready: (name, container, secrets, other = {}) =>
      new ReadyContainer(name, { ...accessTo(name, container), secrets, ...other }),

    finished: (name, container, other, dependsOn = []) =>
      new FinishedContainer(
        name,
        { ...accessTo(name, container), ...other },
        { ...inPostgres, dependsOn },
      ),
  };
}

import type { ContainerCreateOptions, HostConfig, PortBinding } from "dockerode";
import { nanosecondsOf } from "../../infra/server/docker/duration";
import type { Healthcheck, Inputs, Mount, Port, Volume } from "./container-inputs";
import { labelsByName } from "./label";

export const mebibyte = 1024 * 1024;

/** The inputs as the engine sends them, with or without the defaults of the plugin's Check. */
export type Wanted = Partial<Omit<Inputs, "name" | "image" | "healthcheck">> &
  Pick<Inputs, "name" | "image"> & {
    cgroupnsMode?: string;
    cpuPeriod?: number;
    cpuQuota?: number;
    cpus?: string;
    healthcheck?: Partial<Healthcheck> & { startInterval?: string };
    pidMode?: string;
    runtime?: string;
    usernsMode?: string;
  };

type DeclaredPort = Partial<Port> & Pick<Port, "internal">;

/** The options to create the container with. Networks and uploaded files are added afterwards. */
export function createOptions(wanted: Wanted): ContainerCreateOptions {
  const volumes = wanted.volumes ?? [];
  return present({
    name: wanted.name,
    Image: wanted.image,
    Hostname: wanted.hostname,
    Domainname: wanted.domainname,
    User: wanted.user,
    Cmd: wanted.command,
    Entrypoint: wanted.entrypoints,
    Env: wanted.envs,
    WorkingDir: wanted.workingDir,
    Labels: labelsByName(wanted.labels),
    Tty: wanted.tty,
    OpenStdin: wanted.stdinOpen,
    StopSignal: wanted.stopSignal,
    StopTimeout: wanted.stopTimeout,
    Healthcheck: wanted.healthcheck && healthcheckOption(wanted.healthcheck),
    ExposedPorts: Object.fromEntries((wanted.ports ?? []).map((port) => [portKey(port), {}])),
    Volumes: Object.fromEntries(
      volumes.flatMap(({ containerPath }) => (containerPath ? [[containerPath, {}]] : [])),
    ),
    HostConfig: hostConfig(wanted, volumes),
  });
}

function hostConfig(wanted: Wanted, volumes: Volume[]): HostConfig {
  return present({
    ...changeableOptions(wanted),
    AutoRemove: wanted.rm,
    Binds: volumes.flatMap(({ volumeName, hostPath, containerPath, readOnly }) => {
      const source = volumeName || hostPath;
      return source ? [`${source}:${containerPath ?? ""}:${readOnly === true ? "ro" : "rw"}`] : [];
    }),
    // dockerode's types lack it.
    ...({ CgroupnsMode: wanted.cgroupnsMode } as object),
    CapAdd: wanted.capabilities?.adds,
    CapDrop: wanted.capabilities?.drops,
    Dns: wanted.dns,
    DnsOptions: wanted.dnsOpts,
    DnsSearch: wanted.dnsSearches,
    ExtraHosts: wanted.hosts?.map(({ host, ip }) => `${host}:${ip}`),
    GroupAdd: wanted.groupAdds,
    Init: wanted.init,
    IpcMode: wanted.ipcMode,
    LogConfig: { Type: wanted.logDriver ?? "", Config: wanted.logOpts ?? {} },
    Mounts: wanted.mounts?.map(mountOption) as HostConfig["Mounts"],
    NanoCpus: wanted.cpus === undefined ? undefined : Math.round(Number(wanted.cpus) * 1e9),
    NetworkMode: wanted.networkMode ?? "bridge",
    PidMode: wanted.pidMode,
    PortBindings: portBindings(wanted.ports ?? []),
    Privileged: wanted.privileged,
    PublishAllPorts: wanted.publishAllPorts,
    ReadonlyRootfs: wanted.readOnly,
    Runtime: wanted.runtime,
    SecurityOpt: wanted.securityOpts,
    ShmSize: wanted.shmSize === undefined ? undefined : wanted.shmSize * mebibyte,
    Sysctls: wanted.sysctls,
    Tmpfs: wanted.tmpfs,
    Ulimits: wanted.ulimits?.map(({ name, soft, hard }) => ({
      Name: name,
      Soft: soft,
      Hard: hard,
    })),
    UsernsMode: wanted.usernsMode,
    VolumesFrom: volumes.flatMap(({ fromContainer }) => fromContainer || []),
  });
}

/** The inputs that can be changed on an existing container. */
export const changeableInPlace = [
  "cpuPeriod",
  "cpuQuota",
  "cpuSet",
  "cpuShares",
  "maxRetryCount",
  "memory",
  "memoryReservation",
  "memorySwap",
  "restart",
] satisfies (keyof Wanted)[];

/** Limits that are not declared stay as they are: the engine reads 0 as no change. */
export function changeableOptions(wanted: Wanted) {
  const { memory, memorySwap, memoryReservation } = wanted;
  return present({
    CpuPeriod: wanted.cpuPeriod,
    CpuQuota: wanted.cpuQuota,
    CpuShares: wanted.cpuShares,
    CpusetCpus: wanted.cpuSet,
    Memory: memory === undefined ? undefined : memory * mebibyte,
    MemoryReservation: memoryReservation === undefined ? undefined : memoryReservation * mebibyte,
    MemorySwap: memorySwap !== undefined && memorySwap > 0 ? memorySwap * mebibyte : memorySwap,
    RestartPolicy: {
      Name: wanted.restart ?? "no",
      MaximumRetryCount: wanted.maxRetryCount ?? 0,
    },
  });
}

function healthcheckOption(healthcheck: NonNullable<Wanted["healthcheck"]>) {
  const { startInterval = "0s" } = healthcheck;
  return {
    Test: healthcheck.tests ?? [],
    Interval: nanosecondsOf(healthcheck.interval ?? "0s"),
    Timeout: nanosecondsOf(healthcheck.timeout ?? "0s"),
    StartPeriod: nanosecondsOf(healthcheck.startPeriod ?? "0s"),
    ...(nanosecondsOf(startInterval) > 0 && { StartInterval: nanosecondsOf(startInterval) }),
    Retries: healthcheck.retries ?? 0,
  };
}

/** Inputs that the plugin refuses if the engine's version of Docker's API is too old. */
export function refusedBelow(wanted: Wanted): { version: string; reason: string }[] {
  const { healthcheck, mounts = [] } = wanted;
  return [
    ...(nanosecondsOf(healthcheck?.startInterval ?? "0s") > 0
      ? [
          {
            version: "1.44",
            reason: "Setting Healthcheck.StartInterval requires docker version 1.44 or higher",
          },
        ]
      : []),
    ...(mounts.some(({ volumeOptions }) => volumeOptions)
      ? [
          {
            version: "1.45",
            reason: "Setting VolumeOptions.Subpath requires docker version 1.45 or higher",
          },
        ]
      : []),
  ];
}

function mountOption(mount: Mount) {
  const { type, source, target, readOnly, bindOptions, tmpfsOptions, volumeOptions } = mount;
  return present({
    Type: type,
    Source: source ?? "",
    Target: target,
    ReadOnly: readOnly ?? false,
    BindOptions:
      type === "bind" && bindOptions ? { Propagation: bindOptions.propagation } : undefined,
    TmpfsOptions:
      type === "tmpfs" && tmpfsOptions
        ? { SizeBytes: tmpfsOptions.sizeBytes ?? 0, Mode: tmpfsOptions.mode ?? 0 }
        : undefined,
    VolumeOptions:
      type === "volume" && volumeOptions ? { NoCopy: volumeOptions.noCopy ?? false } : undefined,
  });
}

function portBindings(ports: DeclaredPort[]): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {};
  for (const port of ports) {
    const { ip, external } = port;
    (bindings[portKey(port)] ??= []).push({
      HostIp: ip ?? "0.0.0.0",
      HostPort: external?.toString() ?? "",
    });
  }
  return bindings;
}

function portKey({ internal, protocol }: DeclaredPort): string {
  return `${internal}/${protocol ?? "tcp"}`;
}

/** Drops undefined values, which the engine would read as empty. */
function present<Values extends object>(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Values;
}

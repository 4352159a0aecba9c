import { isIP } from "node:net";
import type {
  ContainerCreateOptions,
  ContainerInspectInfo,
  HostConfig,
  PortBinding,
} from "dockerode";
import type { Properties } from "../plugin";
import type { Healthcheck, Inputs, Mount, Port, Volume } from "./container-inputs";
import { formatDuration, parseDuration } from "./duration";
import { labelsByName } from "./label";

const mebibyte = 1024 * 1024;

/** What the engine is told to make. Networks and uploaded files come after it. */
export function createOptions(wanted: Inputs): ContainerCreateOptions {
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

function hostConfig(wanted: Inputs, volumes: Volume[]): HostConfig {
  return present({
    ...changeableOptions(wanted),
    AutoRemove: wanted.rm,
    Binds: volumes.flatMap(({ volumeName, hostPath, containerPath, readOnly }) => {
      const source = volumeName || hostPath;
      return source ? [`${source}:${containerPath ?? ""}:${readOnly === true ? "ro" : "rw"}`] : [];
    }),
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
    NetworkMode: wanted.networkMode,
    PortBindings: portBindings(wanted.ports ?? []),
    Privileged: wanted.privileged,
    PublishAllPorts: wanted.publishAllPorts,
    ReadonlyRootfs: wanted.readOnly,
    SecurityOpt: wanted.securityOpts,
    ShmSize: wanted.shmSize === undefined ? undefined : wanted.shmSize * mebibyte,
    Sysctls: wanted.sysctls,
    Tmpfs: wanted.tmpfs,
    Ulimits: wanted.ulimits?.map(({ name, soft, hard }) => ({
      Name: name,
      Soft: soft,
      Hard: hard,
    })),
    VolumesFrom: volumes.flatMap(({ fromContainer }) => fromContainer || []),
  });
}

/** The inputs that the engine can change of a container that runs. */
export const changeableInPlace = [
  "cpuSet",
  "cpuShares",
  "maxRetryCount",
  "memory",
  "memoryReservation",
  "memorySwap",
  "restart",
] satisfies (keyof Inputs)[];

export function changeableOptions(wanted: Inputs) {
  const { memory, memorySwap, memoryReservation } = wanted;
  return present({
    CpuShares: wanted.cpuShares,
    CpusetCpus: wanted.cpuSet,
    Memory: memory === undefined ? undefined : memory * mebibyte,
    MemoryReservation: memoryReservation === undefined ? undefined : memoryReservation * mebibyte,
    MemorySwap: memorySwap !== undefined && memorySwap > 0 ? memorySwap * mebibyte : memorySwap,
    RestartPolicy: { Name: wanted.restart, MaximumRetryCount: wanted.maxRetryCount ?? 0 },
  });
}

function healthcheckOption(healthcheck: Healthcheck) {
  return {
    Test: healthcheck.tests ?? [],
    Interval: parseDuration(healthcheck.interval),
    Timeout: parseDuration(healthcheck.timeout),
    StartPeriod: parseDuration(healthcheck.startPeriod),
    Retries: healthcheck.retries,
  };
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

function portBindings(ports: Port[]): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {};
  for (const port of ports) {
    const { ip, external } = port;
    (bindings[portKey(port)] ??= []).push({ HostIp: ip, HostPort: external?.toString() ?? "" });
  }
  return bindings;
}

function portKey({ internal, protocol }: Port): string {
  return `${internal}/${protocol}`;
}

/**
 * A container as the engine has it, in the words of the inputs. `known` are the inputs that it was made
 * with, or its last outputs: what the engine does not tell, or tells mixed with what the image says,
 * is taken from there, as the vendor's plugin does.
 */
export function outputsOf(container: ContainerInspectInfo, known: Properties): Properties {
  const { HostConfig: host, State: state, NetworkSettings: network } = container;
  const config: ContainerInspectInfo["Config"] & Stop = container.Config;
  const wanted = known as Partial<Inputs>;
  return {
    ...known,
    bridge: (network as { Bridge?: string }).Bridge,
    capabilities: some({
      adds: list(host.CapAdd as string[] | null),
      drops: list(host.CapDrop as string[] | null),
    }),
    // A list that is missing is one that was never read: a difference.
    command: list(config.Cmd) ?? [],
    containerLogs: known["containerLogs"] ?? "",
    cpuSet: host.CpusetCpus,
    cpuShares: host.CpuShares,
    dns: list(host.Dns),
    dnsOpts: list(host.DnsOptions as string[] | null),
    dnsSearches: list(host.DnsSearch),
    domainname: config.Domainname,
    entrypoints: list(config.Entrypoint as string[] | null) ?? [],
    envs: wanted.envs ?? [],
    exitCode: state.Running ? undefined : state.ExitCode,
    groupAdds: list(host.GroupAdd),
    healthcheck: config.Healthcheck && healthcheckOutput(config.Healthcheck, wanted.healthcheck),
    hostname: config.Hostname,
    hosts: list(host.ExtraHosts as string[] | null)?.map(hostOutput),
    image: container.Image,
    init: host.Init ?? false,
    ipcMode: host.IpcMode,
    logDriver: host.LogConfig?.Type,
    logOpts: host.LogConfig?.Config as Record<string, string> | undefined,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount,
    memory: (host.Memory ?? 0) / mebibyte,
    memoryReservation: (host.MemoryReservation ?? 0) / mebibyte,
    memorySwap: (host.MemorySwap ?? 0) > 0 ? (host.MemorySwap ?? 0) / mebibyte : host.MemorySwap,
    mounts: host.Mounts?.map((mount) => mountOutput(mount)),
    // Whoever wants it to run is told that it does not, and the next update starts it.
    mustRun: state.Running ? wanted.mustRun : false,
    name: container.Name.replace(/^\//, ""),
    networkDatas: Object.entries(network.Networks).map(([name, data]) => ({
      networkName: name,
      ipAddress: data.IPAddress,
      ipPrefixLength: data.IPPrefixLen,
      gateway: data.Gateway,
      globalIpv6Address: data.GlobalIPv6Address,
      globalIpv6PrefixLength: data.GlobalIPv6PrefixLen,
      ipv6Gateway: data.IPv6Gateway,
      macAddress: data.MacAddress,
    })),
    networkMode: host.NetworkMode,
    // A container that does not run publishes nothing.
    ports: state.Running ? portsOutput(network.Ports) : known["ports"],
    privileged: host.Privileged,
    publishAllPorts: host.PublishAllPorts,
    readOnly: host.ReadonlyRootfs,
    restart: host.RestartPolicy?.Name,
    rm: host.AutoRemove,
    securityOpts: list(host.SecurityOpt as string[] | null) ?? [],
    shmSize: (host.ShmSize ?? 0) / mebibyte,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal ?? known["stopSignal"],
    stopTimeout: config.StopTimeout ?? known["stopTimeout"],
    sysctls: host.Sysctls,
    tmpfs: host.Tmpfs,
    tty: config.Tty,
    ulimits: (host.Ulimits as { Name: string; Soft: number; Hard: number }[] | null)?.map(
      ({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard }),
    ),
    user: config.User,
    workingDir: config.WorkingDir,
  };
}

/** Told only where it was given. */
interface Stop {
  StopSignal?: string;
  StopTimeout?: number;
}

interface MountAnswer {
  Type: string;
  Source: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
  VolumeOptions?: { NoCopy?: boolean };
}

function mountOutput(mount: MountAnswer): Properties {
  const { BindOptions: bind, TmpfsOptions: tmpfs, VolumeOptions: volume } = mount;
  return present({
    type: mount.Type,
    source: mount.Source || undefined,
    target: mount.Target,
    readOnly: mount.ReadOnly || undefined,
    bindOptions: bind && { propagation: bind.Propagation },
    tmpfsOptions: tmpfs && present({ sizeBytes: tmpfs.SizeBytes, mode: tmpfs.Mode }),
    volumeOptions: volume?.NoCopy ? { noCopy: true } : undefined,
  });
}

function healthcheckOutput(
  answer: NonNullable<ContainerInspectInfo["Config"]["Healthcheck"]>,
  known: Healthcheck | undefined,
): Properties {
  return {
    tests: answer.Test,
    interval: formatDuration(answer.Interval ?? 0, known?.interval),
    timeout: formatDuration(answer.Timeout ?? 0, known?.timeout),
    startPeriod: formatDuration(answer.StartPeriod ?? 0, known?.startPeriod),
    retries: answer.Retries ?? 0,
    // Engines below API 1.44 have none, and nothing here can set one.
    startInterval: "0s",
  };
}

function hostOutput(line: string): Properties {
  const colon = line.indexOf(":");
  return { host: line.slice(0, colon), ip: line.slice(colon + 1) };
}

function portsOutput(ports: Record<string, PortBinding[] | null>): Properties[] {
  return Object.entries(ports)
    .toSorted(([one], [other]) => parseInt(one) - parseInt(other))
    .flatMap(([port, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => ({
        internal: parseInt(port),
        external: Number(HostPort),
        ip: isIP(HostIp ?? "") === 0 ? "0.0.0.0" : HostIp,
        protocol: port.split("/")[1],
      })),
    );
}

function list(values: string[] | null | undefined): string[] | undefined {
  return values && values.length > 0 ? values : undefined;
}

function some(values: Properties): Properties | undefined {
  const given = present(values);
  return Object.keys(given).length > 0 ? given : undefined;
}

/** Without what is undefined, which the engine would take for an empty value. */
function present<Values extends object>(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Values;
}

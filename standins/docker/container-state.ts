import { isIP } from "node:net";
import type { ContainerInspectInfo, PortBinding } from "dockerode";
import { goDuration } from "../../infra/server/docker/duration";
import type { Properties } from "../plugin";
import { mebibyte, type Wanted } from "./container-config";
import { labelShapes } from "./label";
import type { Shapes } from "./state";

const text = { kind: "text" } as const;
const number = { kind: "number" } as const;
const duration = { kind: "text", default: "0s" } as const;
const boolean = { kind: "boolean" } as const;
const list = { kind: "list" } as const;
const set = { kind: "set" } as const;
const map = { kind: "map" } as const;
const no = { kind: "boolean", default: false } as const;
const computed = { computed: true } as const;
const rates = { kind: "blocks", set: true, fields: { path: text, rate: number } } as const;

/** How the vendor's plugin writes each property of a container into the state. */
export const shapes: Shapes = {
  attach: no,
  bridge: { ...text, ...computed },
  capabilities: { kind: "block", fields: { adds: set, drops: set } },
  cgroupParent: text,
  cgroupnsMode: text,
  command: { ...list, ...computed },
  containerLogs: { ...text, ...computed },
  containerReadRefreshTimeoutMilliseconds: { ...number, default: 15_000 },
  cpuPeriod: number,
  cpuQuota: number,
  cpuSet: text,
  cpuShares: number,
  cpus: text,
  destroyGraceSeconds: number,
  deviceReadBps: rates,
  deviceReadIops: rates,
  deviceRequests: { kind: "blocks", fields: {} },
  deviceWriteBps: rates,
  deviceWriteIops: rates,
  devices: { kind: "blocks", set: true, fields: {} },
  dns: set,
  dnsOpts: set,
  dnsSearches: set,
  domainname: text,
  entrypoints: { ...list, ...computed },
  envs: { ...set, ...computed },
  exitCode: { ...number, ...computed },
  gpus: text,
  groupAdds: set,
  healthcheck: {
    kind: "block",
    ...computed,
    fields: {
      interval: duration,
      retries: { ...number, default: 0 },
      startInterval: duration,
      startPeriod: duration,
      tests: list,
      timeout: duration,
    },
  },
  hostname: { ...text, ...computed },
  hosts: { kind: "blocks", set: true, fields: { host: text, ip: text } },
  image: text,
  init: { ...boolean, ...computed },
  ipcMode: { ...text, ...computed },
  labels: {
    kind: "blocks",
    set: true,
    ...computed,
    fields: labelShapes,
  },
  logDriver: { ...text, ...computed },
  logOpts: map,
  logs: no,
  maxRetryCount: number,
  memory: number,
  memoryReservation: { ...number, default: 0 },
  memorySwap: number,
  mounts: {
    kind: "blocks",
    set: true,
    fields: {
      bindOptions: { kind: "block", fields: { propagation: text } },
      readOnly: boolean,
      source: text,
      target: text,
      tmpfsOptions: { kind: "block", fields: { mode: number, sizeBytes: number } },
      type: text,
      volumeOptions: {
        kind: "block",
        fields: {
          driverName: text,
          driverOptions: map,
          labels: { kind: "blocks", set: true, fields: labelShapes },
          noCopy: boolean,
          subpath: text,
        },
      },
    },
  },
  mustRun: { kind: "boolean", default: true },
  name: text,
  networkDatas: {
    kind: "blocks",
    ...computed,
    fields: {
      gateway: text,
      globalIpv6Address: text,
      globalIpv6PrefixLength: number,
      ipAddress: text,
      ipPrefixLength: number,
      ipv6Gateway: text,
      macAddress: text,
      networkName: text,
    },
  },
  networkMode: { ...text, default: "bridge" },
  networksAdvanced: {
    kind: "blocks",
    set: true,
    fields: {
      aliases: set,
      driverOpts: set,
      gwPriority: number,
      ipv4Address: text,
      ipv6Address: text,
      linkLocalIps: set,
      macAddress: text,
      name: text,
    },
  },
  pidMode: text,
  platform: { ...text, ...computed },
  ports: {
    kind: "blocks",
    fields: {
      external: { ...number, default: 0 },
      internal: number,
      ip: { ...text, default: "0.0.0.0" },
      protocol: { ...text, default: "tcp" },
    },
  },
  privileged: boolean,
  publishAllPorts: boolean,
  readOnly: no,
  removeVolumes: { kind: "boolean", default: true },
  restart: { ...text, default: "no" },
  rm: no,
  runtime: { ...text, ...computed },
  securityOpts: { ...set, ...computed },
  shmSize: { ...number, ...computed },
  start: { kind: "boolean", default: true },
  stdinOpen: no,
  stopSignal: { ...text, ...computed },
  stopTimeout: { ...number, ...computed },
  storageOpts: map,
  sysctls: map,
  tmpfs: map,
  tty: no,
  ulimits: { kind: "blocks", set: true, fields: { hard: number, name: text, soft: number } },
  uploads: {
    kind: "blocks",
    set: true,
    fields: {
      content: text,
      contentBase64: text,
      executable: no,
      file: text,
      group: { ...text, optional: true },
      owner: { ...text, optional: true },
      permissions: text,
      source: text,
      sourceHash: text,
    },
  },
  user: text,
  usernsMode: text,
  volumes: {
    kind: "blocks",
    set: true,
    fields: {
      containerPath: text,
      fromContainer: text,
      hostPath: text,
      readOnly: boolean,
      selinuxRelabel: text,
      volumeName: text,
    },
  },
  wait: no,
  waitTimeout: { ...number, default: 60 },
  workingDir: text,
};

/**
 * A container's properties as the vendor's plugin reads them. `known` is what it was made with, or its last state. It
 * supplies what the engine mixes with the image's own values, such as the environment.
 */
export function livePropertiesOf(container: ContainerInspectInfo, known: Properties): Properties {
  const { Config, HostConfig, State: state, NetworkSettings: network } = container;
  const [config, host] = [
    Config as Told,
    HostConfig as Omit<typeof HostConfig, keyof ToldOfHost> & ToldOfHost,
  ];
  const wanted = known as Partial<Wanted>;
  const [adds, drops] = [host.CapAdd ?? [], host.CapDrop ?? []].map(inFull) as [string[], string[]];
  return {
    bridge: (network as { Bridge?: string }).Bridge ?? "",
    capabilities: adds.length + drops.length > 0 ? { adds, drops } : null,
    command: config.Cmd ?? [],
    cpuSet: host.CpusetCpus ?? "",
    cpuShares: host.CpuShares ?? 0,
    cpus: host.NanoCpus ? decimal(host.NanoCpus / 1e9) : undefined,
    dns: host.Dns ?? [],
    dnsOpts: host.DnsOptions ?? [],
    dnsSearches: host.DnsSearch ?? [],
    domainname: config.Domainname,
    entrypoints: config.Entrypoint ?? [],
    // While the container runs, the plugin keeps the exit code of the previous run.
    exitCode: state.Running ? undefined : state.ExitCode,
    groupAdds: host.GroupAdd ?? [],
    healthcheck: config.Healthcheck ? healthcheckOf(config.Healthcheck) : null,
    hostname: config.Hostname,
    hosts: (host.ExtraHosts ?? []).map(hostOf),
    init: host.Init ?? false,
    ipcMode: host.IpcMode,
    logDriver: host.LogConfig?.Type,
    logOpts: host.LogConfig?.Config ?? {},
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    memory: inMebibytes(host.Memory),
    memoryReservation: inMebibytes(host.MemoryReservation),
    memorySwap: (host.MemorySwap ?? 0) > 0 ? inMebibytes(host.MemorySwap) : (host.MemorySwap ?? 0),
    mounts: (host.Mounts ?? []).map(mountOf),
    // A stopped container that should run is a difference, and the next update starts it.
    mustRun: state.Running ? (wanted.mustRun ?? true) : false,
    name: container.Name.replace(/^\//, ""),
    networkDatas: Object.entries(network.Networks)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, data]) => ({
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
    networksAdvanced: wanted.networksAdvanced?.map((one) => ({
      ...one,
      gwPriority: (one as { gwPriority?: number | null }).gwPriority ?? 0,
    })),
    platform: container.Platform,
    // A stopped container publishes no ports, and the ports of one that need not start are not read.
    ports: wanted.start === false ? undefined : portsOf(network.Ports),
    privileged: host.Privileged ?? false,
    publishAllPorts: host.PublishAllPorts ?? false,
    readOnly: host.ReadonlyRootfs ?? false,
    restart: host.RestartPolicy?.Name,
    rm: host.AutoRemove ?? false,
    runtime: host.Runtime ?? "",
    securityOpts: host.SecurityOpt ?? [],
    shmSize: inMebibytes(host.ShmSize),
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    storageOpts: host.StorageOpt ?? {},
    sysctls: host.Sysctls ?? {},
    tmpfs: host.Tmpfs ?? {},
    tty: config.Tty,
    ulimits: (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
      name: Name,
      soft: Soft,
      hard: Hard,
    })),
    user: config.User,
    usernsMode: host.UsernsMode ?? "",
    volumes: wanted.volumes?.map((volume) => ({ ...volume, readOnly: volume.readOnly ?? false })),
    workingDir: config.WorkingDir,
  };
}

/** Fields that dockerode's types lack or get wrong. */
type Told = Omit<ContainerInspectInfo["Config"], "Cmd" | "Entrypoint"> & {
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  StopSignal?: string;
  StopTimeout?: number;
};

interface ToldOfHost {
  CapAdd?: string[] | null;
  CapDrop?: string[] | null;
  DnsOptions?: string[] | null;
  ExtraHosts?: string[] | null;
  Mounts?: MountAnswer[] | null;
  Runtime?: string;
  SecurityOpt?: string[] | null;
  Ulimits?: { Name: string; Soft: number; Hard: number }[] | null;
}

interface MountAnswer {
  Type: string;
  Source: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
  VolumeOptions?: { NoCopy?: boolean; Subpath?: string };
}

function mountOf(mount: MountAnswer): Properties {
  const { BindOptions: bind, TmpfsOptions: tmpfs, VolumeOptions: volume } = mount;
  return {
    type: mount.Type,
    source: mount.Source,
    target: mount.Target,
    readOnly: mount.ReadOnly ?? false,
    bindOptions: bind && { propagation: bind.Propagation },
    tmpfsOptions: tmpfs && { sizeBytes: tmpfs.SizeBytes ?? 0, mode: tmpfs.Mode ?? 0 },
    volumeOptions: volume && { noCopy: volume.NoCopy ?? false, subpath: volume.Subpath },
  };
}

function healthcheckOf(answer: NonNullable<ContainerInspectInfo["Config"]["Healthcheck"]>) {
  const { StartInterval: startInterval } = answer as { StartInterval?: number };
  return {
    tests: answer.Test,
    interval: goDuration(answer.Interval ?? 0),
    timeout: goDuration(answer.Timeout ?? 0),
    startInterval: goDuration(startInterval ?? 0),
    startPeriod: goDuration(answer.StartPeriod ?? 0),
    retries: answer.Retries ?? 0,
  };
}

function hostOf(line: string): Properties {
  const colon = line.indexOf(":");
  return { host: line.slice(0, colon), ip: line.slice(colon + 1) };
}

/** Published ports, sorted by internal port and protocol, as texts. */
function portsOf(ports: Record<string, PortBinding[] | null>): Properties[] {
  return Object.entries(ports)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([port, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => ({
        internal: parseInt(port),
        external: Number(HostPort),
        ip: isIP(HostIp ?? "") === 0 ? "0.0.0.0" : HostIp,
        protocol: port.split("/")[1],
      })),
    );
}

/** Capabilities with their full names, such as CAP_CHOWN. */
const inFull = (capabilities: string[]) =>
  capabilities.map((name) => (/^(ALL$|CAP_)/.test(name) ? name : `CAP_${name}`));

const inMebibytes = (bytes = 0) => Math.trunc(bytes / mebibyte);

/** The number with at least one decimal: 1 is 1.0. */
const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

import type { ContainerArgs } from "@pulumi/docker";
import type { RulesFor } from "../inputs";
import { type Label, labelFields } from "./label";

const duration = {
  kind: "text",
  default: "0s",
  pattern: /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/,
  expected: "a duration such as 500ms, 10s or 1m30s",
} as const;

/**
 * The inputs of a container. Those without `replaces` change in place, as far as the engine can change
 * them; those that are read back neither here nor by the vendor's plugin keep the value they had.
 */
export const inputs = {
  attach: { kind: "boolean", default: false },
  capabilities: {
    kind: "object",
    replaces: true,
    // The engine says CAP_CHOWN for CHOWN, and that is a difference: with the vendor's plugin, too.
    fields: {
      adds: { kind: "texts", unordered: true },
      drops: { kind: "texts", unordered: true },
    },
  },
  cgroupParent: { kind: "refused" },
  cgroupnsMode: { kind: "refused" },
  command: { kind: "texts", computed: true, replaces: true },
  containerReadRefreshTimeoutMilliseconds: { kind: "number", default: 15_000, minimum: 0 },
  cpuPeriod: { kind: "refused" },
  cpuQuota: { kind: "refused" },
  cpuSet: { kind: "text" },
  cpuShares: { kind: "number", minimum: 0 },
  cpus: { kind: "refused" },
  destroyGraceSeconds: { kind: "number", minimum: 0 },
  deviceCgroupRules: { kind: "refused" },
  deviceReadBps: { kind: "refused" },
  deviceReadIops: { kind: "refused" },
  deviceRequests: { kind: "refused" },
  deviceWriteBps: { kind: "refused" },
  deviceWriteIops: { kind: "refused" },
  devices: { kind: "refused" },
  dns: { kind: "texts", replaces: true, unordered: true },
  dnsOpts: { kind: "texts", replaces: true, unordered: true },
  dnsSearches: { kind: "texts", replaces: true, unordered: true },
  domainname: { kind: "text", replaces: true },
  entrypoints: { kind: "texts", computed: true, replaces: true },
  envs: { kind: "texts", computed: true, replaces: true, unordered: true },
  gpus: { kind: "refused" },
  groupAdds: { kind: "texts", replaces: true, unordered: true },
  healthcheck: {
    kind: "object",
    computed: true,
    fields: {
      interval: duration,
      retries: { kind: "number", default: 0, minimum: 0 },
      startInterval: { kind: "refused" },
      startPeriod: duration,
      tests: { kind: "texts" },
      timeout: duration,
    },
  },
  hostname: { kind: "text", computed: true, replaces: true },
  hosts: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: { host: { kind: "text", required: true }, ip: { kind: "text", required: true } },
  },
  image: { kind: "text", required: true, replaces: true },
  init: { kind: "boolean", computed: true },
  ipcMode: { kind: "text", computed: true, replaces: true },
  labels: { kind: "objects", fields: labelFields, computed: true, replaces: true, unordered: true },
  logDriver: { kind: "text", computed: true, replaces: true },
  logOpts: { kind: "texts by name", replaces: true },
  logs: { kind: "boolean", default: false },
  maxRetryCount: { kind: "number", minimum: 0 },
  memory: { kind: "number", minimum: 0 },
  memoryReservation: { kind: "number", minimum: 0 },
  // Where there is a limit on memory and none here the engine sets one, which then is a difference.
  memorySwap: { kind: "number", minimum: -1 },
  mounts: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      bindOptions: { kind: "object", fields: { propagation: { kind: "text" } } },
      readOnly: { kind: "boolean" },
      source: { kind: "text" },
      target: { kind: "text", required: true },
      tmpfsOptions: {
        kind: "object",
        fields: { mode: { kind: "number" }, sizeBytes: { kind: "number" } },
      },
      type: {
        kind: "text",
        required: true,
        pattern: /^(bind|volume|tmpfs)$/,
        expected: "bind, volume or tmpfs",
      },
      volumeOptions: {
        kind: "object",
        fields: {
          driverName: { kind: "refused" },
          driverOptions: { kind: "refused" },
          labels: { kind: "refused" },
          noCopy: { kind: "boolean" },
          subpath: { kind: "refused" },
        },
      },
    },
  },
  mustRun: { kind: "boolean", default: true },
  name: { kind: "text", named: true, replaces: true },
  networkMode: { kind: "text", default: "bridge", replaces: true },
  networksAdvanced: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      aliases: { kind: "texts", unordered: true },
      driverOpts: { kind: "refused" },
      gwPriority: { kind: "refused" },
      ipv4Address: { kind: "text" },
      ipv6Address: { kind: "text" },
      linkLocalIps: { kind: "refused" },
      macAddress: { kind: "refused" },
      name: { kind: "text", required: true },
    },
  },
  pidMode: { kind: "refused" },
  platform: { kind: "refused" },
  // They are read back in the order of the ports within, and another order is a difference.
  ports: {
    kind: "objects",
    replaces: true,
    fields: {
      external: { kind: "number", computed: true, minimum: 0 },
      internal: { kind: "number", required: true, minimum: 1 },
      ip: { kind: "text", default: "0.0.0.0" },
      protocol: {
        kind: "text",
        default: "tcp",
        pattern: /^(tcp|udp|sctp)$/,
        expected: "tcp, udp or sctp",
      },
    },
  },
  privileged: { kind: "boolean", replaces: true },
  publishAllPorts: { kind: "boolean", replaces: true },
  readOnly: { kind: "boolean", default: false, replaces: true },
  removeVolumes: { kind: "boolean", default: true },
  restart: {
    kind: "text",
    default: "no",
    pattern: /^(no|on-failure|always|unless-stopped)$/,
    expected: "no, on-failure, always or unless-stopped",
  },
  rm: { kind: "boolean", default: false },
  runtime: { kind: "refused" },
  securityOpts: { kind: "texts", computed: true, replaces: true, unordered: true },
  shmSize: { kind: "number", computed: true, minimum: 0, replaces: true },
  start: { kind: "boolean", default: true },
  stdinOpen: { kind: "boolean", default: false, replaces: true },
  stopSignal: { kind: "text", computed: true, replaces: true },
  stopTimeout: { kind: "number", computed: true, replaces: true },
  storageOpts: { kind: "refused" },
  sysctls: { kind: "texts by name", replaces: true },
  tmpfs: { kind: "texts by name" },
  tty: { kind: "boolean", default: false, replaces: true },
  ulimits: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      hard: { kind: "number", required: true },
      name: { kind: "text", required: true },
      soft: { kind: "number", required: true },
    },
  },
  uploads: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      content: { kind: "text" },
      contentBase64: {
        kind: "text",
        pattern: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
        expected: "Base64",
      },
      executable: { kind: "boolean", default: false },
      file: { kind: "text", required: true },
      group: { kind: "text", pattern: /^\d+$/, expected: "a number: names are not known here" },
      owner: { kind: "text", pattern: /^\d+$/, expected: "a number: names are not known here" },
      permissions: { kind: "text", pattern: /^0[0-7]{3}$/, expected: "a mode such as 0400" },
      source: { kind: "text" },
      sourceHash: { kind: "text" },
    },
  },
  user: { kind: "text", computed: true, replaces: true },
  usernsMode: { kind: "refused" },
  volumes: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      containerPath: { kind: "text" },
      fromContainer: { kind: "text" },
      hostPath: { kind: "text" },
      readOnly: { kind: "boolean" },
      selinuxRelabel: { kind: "refused" },
      volumeName: { kind: "text" },
    },
  },
  wait: { kind: "boolean", default: false },
  waitTimeout: { kind: "number", default: 60, minimum: 0 },
  workingDir: { kind: "text", computed: true, replaces: true },
} satisfies RulesFor<ContainerArgs>;

/** The inputs once they are checked. */
export interface Inputs {
  attach: boolean;
  capabilities?: { adds?: string[]; drops?: string[] };
  command?: string[];
  containerReadRefreshTimeoutMilliseconds: number;
  cpuSet?: string;
  cpuShares?: number;
  destroyGraceSeconds?: number;
  dns?: string[];
  dnsOpts?: string[];
  dnsSearches?: string[];
  domainname?: string;
  entrypoints?: string[];
  envs?: string[];
  groupAdds?: string[];
  healthcheck?: Healthcheck;
  hostname?: string;
  hosts?: { host: string; ip: string }[];
  image: string;
  init?: boolean;
  ipcMode?: string;
  labels?: Label[];
  logDriver?: string;
  logOpts?: Record<string, string>;
  logs: boolean;
  maxRetryCount?: number;
  memory?: number;
  memoryReservation?: number;
  memorySwap?: number;
  mounts?: Mount[];
  mustRun: boolean;
  name: string;
  networkMode: string;
  networksAdvanced?: {
    name: string;
    aliases?: string[];
    ipv4Address?: string;
    ipv6Address?: string;
  }[];
  ports?: Port[];
  privileged?: boolean;
  publishAllPorts?: boolean;
  readOnly: boolean;
  removeVolumes: boolean;
  restart: string;
  rm: boolean;
  securityOpts?: string[];
  shmSize?: number;
  start: boolean;
  stdinOpen: boolean;
  stopSignal?: string;
  stopTimeout?: number;
  sysctls?: Record<string, string>;
  tmpfs?: Record<string, string>;
  tty: boolean;
  ulimits?: { name: string; soft: number; hard: number }[];
  uploads?: Upload[];
  user?: string;
  volumes?: Volume[];
  wait: boolean;
  waitTimeout: number;
  workingDir?: string;
}

export interface Healthcheck {
  tests?: string[];
  interval: string;
  timeout: string;
  startPeriod: string;
  retries: number;
}

export interface Mount {
  type: "bind" | "volume" | "tmpfs";
  target: string;
  source?: string;
  readOnly?: boolean;
  bindOptions?: { propagation?: string };
  tmpfsOptions?: { mode?: number; sizeBytes?: number };
  volumeOptions?: { noCopy?: boolean };
}

export interface Port {
  internal: number;
  external?: number;
  ip: string;
  protocol: string;
}

export interface Upload {
  file: string;
  content?: string;
  contentBase64?: string;
  source?: string;
  executable: boolean;
  permissions?: string;
  owner?: string;
  group?: string;
}

export interface Volume {
  containerPath?: string;
  fromContainer?: string;
  hostPath?: string;
  readOnly?: boolean;
  volumeName?: string;
}

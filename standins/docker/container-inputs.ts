import type { ContainerArgs } from "@pulumi/docker";
import { matching, type RulesFor } from "../inputs";
import { type Label, labelFields } from "./label";

const duration = { kind: "text", default: "0s", complaint: complaintAboutDuration } as const;

/** A missing input keeps the image's own value, which the state has. */
const orImages = (is: string, wanted: string) => wanted === "" || wanted === is;

const replacingText = { kind: "text", replaces: true } as const;
const replacingTexts = { kind: "texts", replaces: true, unordered: true } as const;
const limit = {
  kind: "objects",
  unordered: true,
  unmade: true,
  fields: {
    path: { kind: "text", required: true },
    rate: { kind: "number", required: true },
  },
} as const;

/**
 * The inputs of a container. Those without `replaces` change in place, as far as the engine allows. An input that
 * neither the stand-in nor the vendor's plugin reads back keeps its value.
 */
export const inputs = {
  attach: { kind: "boolean", default: false },
  capabilities: {
    kind: "object",
    replaces: true,
    unordered: true,
    // The engine reports CHOWN as CAP_CHOWN, which is a difference with the vendor's plugin too.
    fields: { adds: replacingTexts, drops: replacingTexts },
  },
  cgroupParent: { ...replacingText, unmade: true },
  cgroupnsMode: { ...replacingText },
  command: { kind: "texts", computed: true, replaces: true },
  containerReadRefreshTimeoutMilliseconds: { kind: "number", default: 15_000 },
  cpuPeriod: { kind: "number", minimum: 0 },
  cpuQuota: { kind: "number", minimum: 0 },
  cpuSet: {
    kind: "text",
    complaint: matching(/^\d+([,-]\d+)*$/, "processors such as 0-1 or 0,2"),
  },
  cpuShares: { kind: "number", minimum: 0 },
  cpus: { ...replacingText },
  destroyGraceSeconds: { kind: "number" },
  deviceCgroupRules: { kind: "refused" },
  deviceReadBps: limit,
  deviceReadIops: limit,
  deviceRequests: {
    kind: "objects",
    replaces: true,
    unordered: true,
    unmade: true,
    fields: {
      capabilities: replacingTexts,
      count: { kind: "number", replaces: true },
      deviceIds: replacingTexts,
      driver: replacingText,
      options: { kind: "texts by name", replaces: true },
    },
  },
  deviceWriteBps: limit,
  deviceWriteIops: limit,
  devices: {
    kind: "objects",
    replaces: true,
    unordered: true,
    unmade: true,
    fields: {
      containerPath: replacingText,
      hostPath: { ...replacingText, required: true },
      permissions: replacingText,
    },
  },
  dns: replacingTexts,
  dnsOpts: replacingTexts,
  dnsSearches: replacingTexts,
  domainname: replacingText,
  entrypoints: { kind: "texts", computed: true, replaces: true },
  envs: { ...replacingTexts, computed: true },
  gpus: { ...replacingText, unmade: true },
  groupAdds: replacingTexts,
  healthcheck: {
    kind: "object",
    computed: true,
    fields: {
      interval: duration,
      retries: { kind: "number", default: 0, minimum: 0 },
      startInterval: duration,
      startPeriod: duration,
      tests: { kind: "texts" },
      timeout: duration,
    },
  },
  hostname: { ...replacingText, computed: true },
  hosts: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      host: { ...replacingText, required: true },
      ip: { ...replacingText, required: true },
    },
  },
  image: { ...replacingText, required: true },
  init: { kind: "boolean", computed: true },
  ipcMode: { ...replacingText, computed: true },
  labels: { kind: "objects", fields: labelFields, computed: true, replaces: true, unordered: true },
  logDriver: { ...replacingText, computed: true },
  logOpts: { kind: "texts by name", replaces: true },
  logs: { kind: "boolean", default: false },
  maxRetryCount: { kind: "number" },
  memory: { kind: "number", minimum: 0 },
  memoryReservation: { kind: "number", default: 0, minimum: 0 },
  // With a limit on memory and none on swap, the engine sets one, which then is a difference.
  memorySwap: { kind: "number", minimum: -1 },
  // A change within a mount replaces nothing, and the vendor's plugin leaves the mount as it was.
  mounts: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      bindOptions: {
        kind: "object",
        fields: {
          propagation: {
            kind: "text",
            complaint: matching(
              /^(private|rprivate|shared|rshared|slave|rslave)$/,
              "private, rprivate, shared, rshared, slave or rslave",
            ),
          },
        },
      },
      readOnly: { kind: "boolean" },
      source: { kind: "text" },
      target: { kind: "text", required: true },
      tmpfsOptions: {
        kind: "object",
        replaces: true,
        fields: { mode: { kind: "number" }, sizeBytes: { kind: "number" } },
      },
      type: {
        kind: "text",
        required: true,
        complaint: matching(/^(bind|volume|tmpfs)$/, "bind, volume or tmpfs"),
      },
      volumeOptions: {
        kind: "object",
        fields: {
          driverName: { kind: "text", unmade: true },
          driverOptions: { kind: "texts by name", unmade: true },
          labels: { kind: "objects", unordered: true, fields: labelFields, unmade: true },
          noCopy: { kind: "boolean" },
          subpath: { ...replacingText, unmade: true },
        },
      },
    },
  },
  mustRun: { kind: "boolean", default: true },
  name: { ...replacingText, named: true },
  networkMode: { ...replacingText, default: "bridge" },
  networksAdvanced: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      aliases: replacingTexts,
      driverOpts: { ...replacingTexts, unmade: true },
      gwPriority: { kind: "number", replaces: true, unmade: true },
      ipv4Address: replacingText,
      ipv6Address: replacingText,
      linkLocalIps: { ...replacingTexts, unmade: true },
      macAddress: { ...replacingText, unmade: true },
      name: { ...replacingText, required: true },
    },
  },
  pidMode: { ...replacingText },
  platform: { ...replacingText, computed: true, unmade: true },
  ports: {
    kind: "objects",
    replaces: true,
    isSame: areSamePorts,
    fields: {
      external: { kind: "number", computed: true, replaces: true },
      internal: { kind: "number", required: true, replaces: true },
      ip: { ...replacingText, default: "0.0.0.0", stored: (ip) => ip || "0.0.0.0" },
      protocol: { ...replacingText, default: "tcp" },
    },
  },
  privileged: { kind: "boolean", replaces: true },
  publishAllPorts: { kind: "boolean", replaces: true },
  readOnly: { kind: "boolean", default: false, replaces: true },
  removeVolumes: { kind: "boolean", default: true },
  restart: {
    kind: "text",
    default: "no",
    complaint: matching(
      /^(no|on-failure|always|unless-stopped)$/,
      "no, on-failure, always or unless-stopped",
    ),
  },
  rm: { kind: "boolean", default: false },
  runtime: { ...replacingText, computed: true },
  securityOpts: { ...replacingTexts, computed: true },
  shmSize: { kind: "number", computed: true, minimum: 0, replaces: true },
  start: { kind: "boolean", default: true },
  stdinOpen: { kind: "boolean", default: false, replaces: true },
  stopSignal: { ...replacingText, computed: true },
  stopTimeout: { kind: "number", computed: true, replaces: true },
  storageOpts: { kind: "texts by name", replaces: true, unmade: true },
  sysctls: { kind: "texts by name", replaces: true },
  tmpfs: { kind: "texts by name" },
  tty: { kind: "boolean", default: false, replaces: true },
  ulimits: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      hard: { kind: "number", required: true, replaces: true },
      name: { ...replacingText, required: true },
      soft: { kind: "number", required: true, replaces: true },
    },
  },
  uploads: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      content: replacingText,
      contentBase64: { ...replacingText, complaint: complaintAboutBase64 },
      executable: { kind: "boolean", default: false, replaces: true },
      file: { ...replacingText, required: true },
      group: { ...replacingText, complaint: numberOnly },
      owner: { ...replacingText, complaint: numberOnly },
      permissions: {
        ...replacingText,
        complaint: matching(/^0[0-7]{3}$/, "a mode such as 0400"),
      },
      source: replacingText,
      sourceHash: replacingText,
    },
  },
  user: { ...replacingText, isSame: orImages },
  usernsMode: { ...replacingText },
  volumes: {
    kind: "objects",
    replaces: true,
    unordered: true,
    fields: {
      containerPath: replacingText,
      fromContainer: replacingText,
      hostPath: {
        ...replacingText,
        complaint: matching(/^(\/|[a-zA-Z]:[\\/])/, "an absolute path"),
      },
      readOnly: { kind: "boolean", replaces: true },
      selinuxRelabel: { ...replacingText, complaint: matching(/^[zZ]$/, "z or Z"), unmade: true },
      volumeName: replacingText,
    },
  },
  wait: { kind: "boolean", default: false },
  waitTimeout: { kind: "number", default: 60 },
  workingDir: { ...replacingText, isSame: orImages },
} satisfies RulesFor<ContainerArgs>;

/** The problem with a duration. It needs a unit, unless it is 0. */
function complaintAboutDuration(text: string): string | undefined {
  const number = String.raw`(\d+(\.\d*)?|\.\d+)`;
  const [, sign] = new RegExp(`^([-+]?)(0|(${number}(ns|us|µs|μs|ms|s|m|h))+)$`).exec(text) ?? [];
  return sign === undefined
    ? "expected a duration such as 500ms, 10s or 1m30s"
    : sign === "-" && /[1-9]/.test(text)
      ? "expected a duration that is not negative"
      : undefined;
}

/** Names are refused on purpose: the stand-in has no list of the users within an image. */
function numberOnly(text: string): string | undefined {
  return /^\d*$/.test(text) ? undefined : "expected a number: names are not known here";
}

function complaintAboutBase64(text: string): string | undefined {
  return /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(
    text.replace(/[\r\n]/g, ""),
  )
    ? undefined
    : "expected Base64";
}

/**
 * Whether every port is still published as declared, in any order. If a port is published twice, its first entry
 * counts.
 */
function areSamePorts(is: unknown[], wanted: unknown[]): boolean {
  const [was, will] = [is, wanted] as Partial<Port>[][];
  return (
    was?.length === will?.length &&
    was?.every((port) => {
      const same = will?.find(
        ({ internal, protocol = "tcp" }) =>
          internal === port.internal && protocol === port.protocol,
      );
      return (
        same !== undefined &&
        (same.external ?? port.external) === port.external &&
        (same.ip || "0.0.0.0") === port.ip
      );
    }) === true
  );
}

/** The inputs after a Check. */
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

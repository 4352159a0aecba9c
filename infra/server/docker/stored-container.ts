import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { inGoSpelling } from "./duration";

/** A container's arguments. Those whose spelling or order the plugin changes are plain values. */
export type DeclaredContainer = Omit<
  docker.ContainerArgs,
  "capabilities" | "envs" | "healthcheck" | "hosts" | "labels" | "mounts" | "ports" | "securityOpts"
> & {
  capabilities?: { adds?: string[]; drops?: string[] };
  envs?: string[];
  healthcheck?: Healthcheck;
  hosts?: { host: string; ip: string }[];
  labels?: { label: string; value: pulumi.Input<string> }[];
  mounts?: {
    type: string;
    source: pulumi.Input<string>;
    target: string;
    readOnly?: boolean;
  }[];
  ports?: { internal: number; external: number; ip: string }[];
  securityOpts?: string[];
};

interface Healthcheck {
  tests: string[];
  interval: string;
  timeout: string;
  startPeriod: string;
  retries: number;
}

/**
 * Container arguments as Docker's plugin stores them: durations in Go's spelling (60s is 1m0s), capabilities by
 * their whole names, and each list whose order means nothing sorted. Any other spelling comes back changed from
 * the next refresh, and a health check so changed would replace the container at each `up`.
 */
export function asStored({
  capabilities,
  envs,
  healthcheck,
  hosts,
  labels,
  mounts,
  ports,
  securityOpts,
  ...others
}: DeclaredContainer): docker.ContainerArgs {
  return {
    ...others,
    ...(capabilities && {
      capabilities: {
        ...(capabilities.adds && { adds: sorted(capabilities.adds.map(inFull)) }),
        ...(capabilities.drops && { drops: sorted(capabilities.drops.map(inFull)) }),
      },
    }),
    ...(envs && { envs: sorted(envs) }),
    ...(healthcheck && {
      healthcheck: {
        ...healthcheck,
        interval: inGoSpelling(healthcheck.interval),
        timeout: inGoSpelling(healthcheck.timeout),
        startPeriod: inGoSpelling(healthcheck.startPeriod),
      },
    }),
    ...(hosts && { hosts: sorted(hosts, ({ host, ip }) => `${host} ${ip}`) }),
    ...(labels && { labels: sorted(labels, ({ label }) => label) }),
    ...(mounts && { mounts: sorted(mounts, ({ target }) => target) }),
    ...(ports && { ports: sorted(ports, ({ internal }) => `${internal}/tcp`) }),
    ...(securityOpts && { securityOpts: sorted(securityOpts) }),
  };
}

/**
 * The options that every container needs, because Docker's plugin says that these arguments change in place, and
 * leaves them as they are or, for a limit that is removed, writes 0 and leaves the limit.
 */
export const containerOptions = {
  replaceOnChanges: [
    ...["cpuPeriod", "cpuQuota", "cpuSet", "cpuShares", "healthcheck", "init"],
    // Changed in place, the limit for swap would stay the old one, and the engine takes no memory beyond it.
    ...["memory", "memoryReservation", "mounts", "rm", "tmpfs"],
  ],
  // For replacements that we force, the plugin does not free the name first.
  deleteBeforeReplace: true,
  // An engine that cannot limit swap reports another number than it was given.
  ignoreChanges: ["memorySwap"],
} satisfies pulumi.CustomResourceOptions;

/** The full name of a capability, such as CAP_CHOWN for CHOWN. */
const inFull = (name: string) => (/^(ALL$|CAP_)/.test(name) ? name : `CAP_${name}`);

/** A copy in the order of the characters' codes, as Go compares them, and not as a language would. */
function sorted<Element>(
  values: readonly Element[],
  keyOf: (value: Element) => string = String,
): Element[] {
  return values.toSorted((one, other) => {
    const [key, otherKey] = [keyOf(one), keyOf(other)];
    return key < otherKey ? -1 : key > otherKey ? 1 : 0;
  });
}

import path from "node:path";
import { resourceRule } from "../rule";
import { docker } from "../types";

/** Folders of the host that give a container control of it, or others' data. Paths below them count too. */
const ofHost = [
  ...["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/root", "/run"],
  ...["/sbin", "/sys", "/usr", "/var/lib/containerd", "/var/lib/containers", "/var/lib/docker"],
  ...["/var/lib/kubelet", "/var/lib/podman", "/var/log", "/var/run", "/var/spool"],
];

/** A whole home directory, or a hidden folder in one, such as keys; `/Users` is for Docker Desktop on macOS. */
const home = /^\/(?:home|Users)(?:\/[^/]+)?(?:\/\..*)?$/;

/** Checks that a container shares no namespaces, devices or control with its host. */
export const containersAreApartFromTheHost = resourceRule({
  name: "containers-are-apart-from-the-host",
  description:
    "Checks that containers do not share the host's network, processes, devices or socket.",
  level: "mandatory",
  types: [docker.container, docker.volume],
  *demands({ at }) {
    for (const mode of at("networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode")) {
      yield {
        property: mode.path,
        must: "be the container's own: remove it, and connect containers by a network",
        isMet: () => mode.value !== "host",
      };
    }
    for (const source of at("mounts.*.source", "volumes.*.hostPath", "driverOpts.device")) {
      yield {
        property: source.path,
        must: "be a volume or a folder of this project's own: mount nothing that rules the host",
        isMet: () => !rulesHost(String(source.value)),
      };
    }
    for (const device of at("devices.*")) {
      yield {
        property: device.path,
        must: "not be there: neither Postgres nor Logto needs a device",
        isMet: () => device.value === undefined,
      };
    }
  },
});

/** Whether a mount's source is such a folder of the host; the name of a volume is no path. */
function rulesHost(source: string): boolean {
  if (!source.startsWith("/")) return false;
  // POSIX keeps two leading slashes.
  const folder = path.posix.resolve(source.replace(/^\/+/, "/"));
  return (
    folder.endsWith(".sock") ||
    home.test(folder) ||
    ofHost.some((own) => isWithin(folder, own) || isWithin(own, folder))
  );
}

function isWithin(folder: string, other: string): boolean {
  return folder === other || folder.startsWith(other.replace(/\/?$/, "/"));
}

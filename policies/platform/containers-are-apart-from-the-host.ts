import { resourceRule } from "../rule";
import { docker } from "../types";

/** Folders and sockets of the host through which a container rules it. */
const ofHost = /docker\.sock$|^\/(?:etc|proc|sys|dev|boot|root|run|var\/run|var\/lib\/docker)?\/?$/;

/** Checks that a container shares neither names nor devices nor rule with its host. */
export const containersAreApartFromTheHost = resourceRule({
  name: "containers-are-apart-from-the-host",
  description:
    "Checks that containers do not share the host's network, processes, devices or socket.",
  level: "mandatory",
  types: [docker.container],
  *demands({ at }) {
    for (const mode of at("networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode")) {
      yield {
        property: mode.path,
        must: "be the container's own: remove it, and connect containers by a network",
        isMet: () => mode.value !== "host",
      };
    }
    for (const source of at("mounts.*.source", "volumes.*.hostPath")) {
      yield {
        property: source.path,
        must: "be a volume or a folder of this project's own: mount nothing that rules the host",
        isMet: () => !ofHost.test(source.value as string),
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

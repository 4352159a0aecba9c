import { resourceRule } from "../rule";
import { docker } from "../types";

/** Checks that an intruder's changes do not persist: what must be written lies in volumes and tmpfs. */
export const containerRootsAreReadOnly = resourceRule({
  name: "container-roots-are-read-only",
  description: "Checks that a container's root file system is read-only.",
  level: "mandatory",
  types: [docker.container],
  options: {
    writable: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "The names, as Pulumi knows them, of containers whose image does not allow it.",
    },
  },
  *demands({ name, value }, { writable }) {
    yield {
      property: "readOnly",
      exception: { writable: name },
      must: "be true: mount a volume or tmpfs where the program writes",
      // Docker cannot upload files to a container with a read-only root, so a container that never runs uploads them.
      isMet: () =>
        value("readOnly") === true || value("start") === false || writable.includes(name),
    };
  },
});

import { resourceRule } from "../rule";
import { docker } from "../types";

/** Checks that nothing that breaks in can stay: what must be written lies in volumes and tmpfs. */
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
      // Docker puts files into no container whose root is read-only: one that never runs writes them.
      isMet: () =>
        value("readOnly") === true || value("start") === false || writable.includes(name),
    };
  },
});

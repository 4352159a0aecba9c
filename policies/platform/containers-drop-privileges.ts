import { resourceRule } from "../rule";
import { docker } from "../types";
import { anyOf } from "../unknown";

/** Checks that an intruder in a container's program gets no privileges beyond the program's. */
export const containersDropPrivileges = resourceRule({
  name: "containers-drop-privileges",
  description:
    "Checks that containers are not root's by declaration, have no capability that they do not need and gain none.",
  level: "mandatory",
  types: [docker.container],
  options: {
    capabilities: {
      type: "array",
      items: { type: "string" },
      default: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
      description:
        "What may be added to none at all; the default is what Postgres's image starts with.",
    },
    groups: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Groups that a container's program may be in besides its user's own.",
    },
  },
  *demands({ at, value }, { capabilities, groups }) {
    yield {
      property: "privileged",
      must: "be false",
      isMet: () => value("privileged") !== true,
    };
    yield {
      property: "capabilities.drops",
      must: "hold ALL: add back in capabilities.adds what is needed",
      isMet: () => anyOf(at("capabilities.drops.*"), (drop) => bare(drop.value) === "ALL"),
    };
    for (const addition of at("capabilities.adds.*")) {
      yield {
        property: addition.path,
        exception: { capabilities: "CAPABILITY" },
        must: `be one of ${capabilities.join(", ")}`,
        isMet: () => capabilities.map(bare).includes(bare(addition.value)),
      };
    }
    for (const user of at("user")) {
      yield {
        property: user.path,
        must: "not be root, nor of root's group: name the program's own user, or leave it to the image",
        isMet: () =>
          !String(user.value)
            .split(":")
            .some((part) => /^(?:root|0+)$/i.test(part.trim())),
      };
    }
    for (const group of at("groupAdds.*")) {
      yield {
        property: group.path,
        exception: { groups: "GROUP" },
        must: "not be there: a group such as docker's gives the rights of the host's root",
        isMet: () => groups.includes(String(group.value)),
      };
    }
    yield {
      property: "securityOpts",
      must: "hold no-new-privileges:true",
      isMet: () =>
        anyOf(at("securityOpts.*"), ({ value: option }) =>
          ["no-new-privileges", "no-new-privileges:true"].includes(String(option)),
        ),
    };
    for (const option of at("securityOpts.*")) {
      yield {
        property: option.path,
        must: "leave Docker's own confinement on",
        isMet: () => !/unconfined|label[=:]disable/.test(String(option.value)),
      };
    }
  },
});

function bare(capability: unknown): string {
  return String(capability).toUpperCase().replace(/^CAP_/, "");
}

import { resourceRule } from "../rule";
import { docker } from "../types";
import { anyOf } from "../unknown";

/** Checks that whoever breaks into a container's program can do no more than that program. */
export const containersDropPrivileges = resourceRule({
  name: "containers-drop-privileges",
  description: "Checks that containers have no capability that they do not need and gain none.",
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
  },
  *demands({ at, value }, { capabilities }) {
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
        must: `be one of ${capabilities.join(", ")}`,
        isMet: () => capabilities.map(bare).includes(bare(addition.value)),
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

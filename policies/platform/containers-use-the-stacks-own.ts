import { type Demand, stackRule, type Subject } from "../rule";
import type { Named } from "../sentence";
import { docker } from "../types";
import { anyOf } from "../unknown";

/** Docker's built-in networks. */
const ofDocker = ["none", "bridge", "default", "nat", ""];

/**
 * Checks that containers share data and networks with this stack's containers only.
 *
 * Ids pass: people do not write them, so an id is the output of a resource.
 */
export const containersUseTheStacksOwn = stackRule({
  name: "containers-use-the-stacks-own",
  description: "Checks that containers use only volumes and networks that the stack declares.",
  level: "mandatory",
  options: {
    foreign: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "The names of volumes, networks and containers of others that may be used.",
    },
  },
  *demandsOfStack(subjects, { foreign }) {
    const own = (type: string) => subjects.filter((one) => one.type === type);
    const isOf = (type: string, name: string) =>
      anyOf(own(type), ({ value }) => value("name") === name);
    for (const subject of own(docker.container)) {
      for (const { property, kind, nameOf } of namesIn(subject)) {
        yield {
          subject,
          property,
          exception: { foreign: "NAME" },
          must: `name a ${kind} that this stack declares: what others use, others read and change`,
          isMet: () => {
            const name = nameOf();
            return (
              name === undefined || isId(name) || foreign.includes(name) || isOf(docker[kind], name)
            );
          },
        } satisfies Demand & { subject: Named };
      }
    }
  },
});

interface Use {
  property: string;
  kind: "volume" | "network" | "container";
  /** Undefined for a folder, and for a network of Docker's own. */
  nameOf: () => string | undefined;
}

function namesIn({ at, value }: Subject): Use[] {
  return [
    ...at("mounts.*").map(({ path }, index): Use => {
      const part = (name: string) => value(`mounts.${index}.${name}`);
      return {
        property: `${path}.source`,
        kind: "volume",
        nameOf: () =>
          ["volume", "cluster"].includes(String(part("type"))) ? textOf(part("source")) : undefined,
      };
    }),
    ...at("volumes.*.volumeName").map((property): Use => ({
      property: property.path,
      kind: "volume",
      nameOf: () => textOf(property.value),
    })),
    ...at("volumes.*.fromContainer").map((property): Use => ({
      property: property.path,
      kind: "container",
      nameOf: () => textOf(property.value),
    })),
    ...at("networksAdvanced.*.name").map((property): Use => ({
      property: property.path,
      kind: "network",
      nameOf: () => notOfDocker(textOf(property.value)),
    })),
    ...at("networkMode", "pidMode", "ipcMode").flatMap((property): Use[] => [
      {
        property: property.path,
        kind: "container",
        nameOf: () => /^container:(.*)$/.exec(String(property.value))?.[1],
      },
      ...(property.path === "networkMode"
        ? [
            {
              property: property.path,
              kind: "network" as const,
              nameOf: () =>
                /^(?:container:|host$)/.test(String(property.value))
                  ? undefined
                  : notOfDocker(textOf(property.value)),
            },
          ]
        : []),
    ]),
  ];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function notOfDocker(name: string | undefined): string | undefined {
  return name === undefined || ofDocker.includes(name) ? undefined : name;
}

function isId(name: string): boolean {
  return /^[\da-f]{64}$/.test(name);
}

import { resourceRule, type Subject } from "../rule";
import { docker } from "../types";
import { commandOf, environmentOf, isPostgres } from "./container";

/**
 * Checks that the database and Logto's admin endpoint cannot be reached from other machines: with access to the
 * console, an attacker only has to guess its administrator's password to get all users.
 */
export const privatePortsStayPrivate = resourceRule({
  name: "private-ports-stay-private",
  description: "Checks that Postgres and the admin endpoint are published on loopback at most.",
  level: "mandatory",
  types: [docker.container],
  options: {
    privatePorts: {
      type: "array",
      items: { type: "integer" },
      default: [5432, 3002],
      description:
        "The ports inside containers that must not be reachable from outside: Postgres, Logto's admin.",
    },
  },
  *demands(subject, { privatePorts }) {
    const { at, value } = subject;
    for (const [index, { path }] of at("ports.*").entries()) {
      yield {
        property: path,
        must: "be published on 127.0.0.1 or not at all: set its ip, or remove it and use the network's name",
        isMet: () => {
          const port = Number(value(`ports.${index}.internal`));
          const isPrivate = privatePorts.includes(port) || movedPorts(subject).includes(port);
          return !isPrivate || isLoopback(value(`ports.${index}.ip`));
        },
      };
    }
    yield {
      property: "publishAllPorts",
      must: "be false: list the ports that others need",
      isMet: () => value("publishAllPorts") !== true,
    };
  },
});

/** Ports of the admin endpoint and of Postgres that the container's variables or command set. */
function movedPorts(subject: Subject): number[] {
  const named = ["ADMIN_PORT", "PGPORT"].flatMap((name) => environmentOf(subject, name));
  const inCommand = /(?:\s-p|\s--port|\bport)[=\s]*["']?(\d+)/.exec(` ${commandOf(subject)}`)?.[1];
  return [...named, isPostgres(subject) ? inCommand : undefined]
    .filter((port) => port !== undefined)
    .map(Number);
}

function isLoopback(ip: unknown): boolean {
  return typeof ip === "string" && /^(?:127\.\d+\.\d+\.\d+|::1)$/.test(ip);
}

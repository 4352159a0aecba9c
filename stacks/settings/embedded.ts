import type { z } from "zod";
import { object } from "../../infra/fields";
import type { Values } from "../../infra/properties";
import { loopbackUrl } from "../../infra/server/loopback-url";
import { port } from "../../infra/server/processes/port";
import { isOrigin } from "../../infra/url";
import { answerOf, type Problem } from "./configuration";

/** `logto-stack:embedded`, for the runtime of that name. */
export const embeddedSettings = object({
  /** Port of the embedded Postgres on 127.0.0.1. Default: a free port, which is then kept. */
  postgresPort: port.optional(),
  /** Port at which the outbox shows on this machine what the sandbox sent. Default: 3003. */
  outboxPort: port.default(3003),
});

export type EmbeddedSettings = z.infer<typeof embeddedSettings>;

const endpoints = ["logto:endpoint", "logto:adminEndpoint"];

/** Endpoints elsewhere, and ports of this machine that two settings ask for. */
export function embeddedProblems(values: Values): Problem[] {
  const elsewhere = endpoints.flatMap((key): Problem[] => {
    const value = values[key];
    if (typeof value !== "string" || !isOrigin(value)) return [];
    const message = answerOf(loopbackUrl, value);
    return message === undefined
      ? []
      : [{ key, message: `${message}, as the runtime is embedded` }];
  });
  return [...elsewhere, ...sharedPorts(values)];
}

/** Ports that two settings ask for. The message names the setting that is free to choose. */
function sharedPorts(values: Values): Problem[] {
  const key = "logto-stack:embedded";
  const parsed = embeddedSettings.default({}).safeParse(values[key]);
  if (!parsed.success) return [];
  const { outboxPort, postgresPort } = parsed.data;
  const taken = endpoints.flatMap((other): [number, string][] => {
    const value = values[other];
    return typeof value === "string" && isOrigin(value)
      ? [[Number(new URL(value).port || 80), other]]
      : [];
  });
  const clashes = (name: string, own: number | undefined, others: [number, string][]) =>
    others
      .filter(([other]) => other === own)
      .map(([other, owner]) => ({
        key: `${key}.${name}`,
        message: `expected a port other than ${other}, which is that of ${owner}`,
      }));
  return [
    ...clashes("outboxPort", outboxPort, taken),
    ...clashes("postgresPort", postgresPort, [...taken, [outboxPort, "outboxPort"]]),
  ];
}

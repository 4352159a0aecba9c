import { resourceRule } from "../rule";
import { docker } from "../types";
import { anyOf } from "../unknown";

/** Log drivers that keep everything on the host unless they are told otherwise; Docker's default is one. */
const growingLogs = ["json-file"];

/** Checks that one container cannot take memory, processes or disk from all others. */
export const containersHaveLimits = resourceRule({
  name: "containers-have-limits",
  description: "Checks that a container's memory, processes and log are limited.",
  level: "mandatory",
  types: [docker.container],
  *demands({ at, value }) {
    yield {
      property: "memory",
      must: "be a number of megabytes",
      isMet: () => Number(value("memory") ?? 0) > 0,
    };
    yield {
      property: "ulimits",
      must: "hold one for nproc, the number of processes",
      isMet: () => anyOf(at("ulimits.*.name"), (limit) => limit.value === "nproc"),
    };
    yield {
      property: "logOpts",
      must: "hold max-size and max-file, or the log fills the disk",
      isMet: () =>
        !growingLogs.includes((value("logDriver") ?? "json-file") as string) ||
        ["max-size", "max-file"].every((option) => value(`logOpts.${option}`) !== undefined),
    };
  },
});

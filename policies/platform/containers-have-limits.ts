import { stackRule, type Subject } from "../rule";
import { docker, server } from "../types";

/** Log drivers that keep everything on the host unless they are told otherwise; Docker's default is one. */
const growingLogs = ["json-file"];

/** What limits a container's processes and starts it: Docker's own plugin has no input for that. */
const limiting: readonly string[] = [server.readyContainer, server.finishedContainer];

/** Checks that one container cannot take memory, processes or disk from all others. */
export const containersHaveLimits = stackRule({
  name: "containers-have-limits",
  description: "Checks that a container's memory, processes and log are limited.",
  level: "mandatory",
  *demandsOfStack(subjects) {
    for (const subject of subjects.filter(({ type }) => type === docker.container)) {
      const { value } = subject;
      yield {
        subject,
        property: "memory",
        must: "be a number of megabytes",
        isMet: () => Number(value("memory") ?? 0) > 0,
      };
      yield {
        subject,
        property: "the number of its processes",
        must: "be limited: declare a ReadyContainer or a FinishedContainer of its name, with processLimit",
        isMet: () => hasFewProcesses(subject, subjects),
      };
      yield {
        subject,
        property: "logOpts",
        must: "hold max-size and max-file above 0, or the log fills the disk",
        isMet: () =>
          !growingLogs.includes((value("logDriver") ?? "json-file") as string) ||
          // Docker's own max-size is -1, which is none.
          ["max-size", "max-file"].every((option) =>
            /^[1-9]\d*[kmg]?$/i.test(String(value(`logOpts.${option}`))),
          ),
      };
    }
  },
});

/**
 * One that nobody starts has none. A ulimit for nproc does not do: it counts what a user has on the whole
 * machine, and root is free of it.
 */
function hasFewProcesses(container: Subject, subjects: readonly Subject[]): boolean {
  const own = subjects.filter(
    ({ type, value }) => limiting.includes(type) && value("name") === container.value("name"),
  );
  return own.length === 0
    ? container.value("start") === false
    : own.every(({ value }) => Number(value("processLimit") ?? 0) > 0);
}

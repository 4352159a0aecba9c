import { stackRule, type Subject } from "../rule";
import { docker, server } from "../types";

/** Log drivers whose logs grow without limit by default; Docker's default driver is one. */
const growingLogs = ["json-file"];

/** Resources that start a container and limit its processes: Docker's own plugin has no input for that. */
const limiting: readonly string[] = [server.readyContainer, server.finishedContainer];

/** Checks that one container cannot use up the memory, processes or disk of the others. */
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
          // Docker's default max-size is -1, which means no limit.
          ["max-size", "max-file"].every((option) =>
            /^[1-9]\d*[kmg]?$/i.test(String(value(`logOpts.${option}`))),
          ),
      };
    }
  },
});

/**
 * Whether the container's processes are limited; a container that is never started has no processes. A ulimit for nproc
 * is not enough: it counts all processes of a user on the machine, and does not apply to root.
 */
function hasFewProcesses(container: Subject, subjects: readonly Subject[]): boolean {
  const own = subjects.filter(
    ({ type, value }) => limiting.includes(type) && value("name") === container.value("name"),
  );
  return own.length === 0
    ? container.value("start") === false
    : own.every(({ value }) => Number(value("processLimit") ?? 0) > 0);
}

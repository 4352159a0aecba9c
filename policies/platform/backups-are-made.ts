import { type Subject, stackRule } from "../rule";
import { docker } from "../types";
import { anyOf } from "../unknown";
import { commandOf, isOneShot, isPostgres } from "./container";

/** Checks that a stack with a database of its own makes backups of it. */
export const backupsAreMade = stackRule({
  name: "backups-are-made",
  description:
    "Checks that a stack with a Postgres container has one that backs it up to a volume.",
  level: "mandatory",
  *demandsOfStack(subjects) {
    const containers = subjects.filter(({ type }) => type === docker.container);
    for (const subject of containers) {
      yield {
        subject,
        property: "the database",
        must: "be backed up: declare a container that runs pg_dump and keeps what it writes in a volume",
        // A container that only runs once on the data is not a server.
        isMet: () => anyOf(containers, makesBackups) || isOneShot(subject) || !isPostgres(subject),
      };
    }
  },
});

function makesBackups(container: Subject): boolean {
  return (
    /\bpg_(?:dump|dumpall|basebackup)\b/.test(commandOf(container)) &&
    anyOf(container.at("mounts.*", "volumes.*"), ({ value }) => value !== undefined)
  );
}

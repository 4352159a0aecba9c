import { variableOf } from "../secrets/credentials";
import type { Subject } from "../rule";
import { anyOf } from "../unknown";

/** Whether the container does its work and ends, such as one that seeds the database. */
export function isOneShot({ value }: Subject): boolean {
  return value("mustRun") === false;
}

/** A variable's value in the container's environment, where it is set in clear there. */
export function environmentOf({ at }: Subject, name: string): string | undefined {
  return at("envs.*")
    .map((entry) => variableOf(entry.value))
    .find((variable) => variable.name === name)?.value;
}

/** What the container is started with, in one line. */
export function commandOf({ at }: Subject): string {
  return at("entrypoints.*", "command.*")
    .map(({ value }) => String(value))
    .join(" ");
}

/** Whether it serves a database, or has one's files. */
export function isPostgres(container: Subject): boolean {
  return (
    environmentOf(container, "POSTGRES_DB") !== undefined ||
    anyOf(container.at("mounts.*.target", "volumes.*.containerPath"), ({ value }) =>
      String(value).startsWith("/var/lib/postgresql"),
    )
  );
}

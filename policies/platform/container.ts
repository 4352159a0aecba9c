import type { Subject } from "../rule";
import { variableOf } from "../secrets/credentials";
import { anyOf } from "../unknown";

/** Whether the container does its work and ends, like the one that seeds the database. */
export function isOneShot({ value }: Subject): boolean {
  return value("mustRun") === false;
}

/** A container's variable, and the property that sets it. */
export interface Variable {
  path: string;
  name: string;
  value: string;
}

/** Variables that a container's command and files set in shell syntax, such as `INTEGRATION_TEST=1 npm start`. */
export function variablesOfCommand({ at }: Subject): Variable[] {
  return at(
    ...["entrypoints.*", "command.*", "healthcheck.tests.*"],
    ...["uploads.*.content", "uploads.*.contentBase64"],
  ).flatMap(({ path, value }) => {
    const text = path.endsWith("Base64")
      ? Buffer.from(String(value), "base64").toString("utf8")
      : String(value);
    return [...text.matchAll(assignment)].map(([, name = "", given = ""]) => ({
      path,
      name,
      value: given.replace(/^["']|["']$/g, ""),
    }));
  });
}

const assignment = /(?<![\w.-])([A-Za-z_]\w{0,60})=("[^"]*"|'[^']*'|[^\s;&|"']*)/g;

/**
 * All values of a variable that the container's environment or command sets in clear. If it is set more than once,
 * the program decides which one counts, so each is judged.
 */
export function environmentOf(subject: Subject, name: string): string[] {
  return [
    ...subject.at("envs.*").map((entry) => variableOf(entry.value)),
    ...variablesOfCommand(subject),
  ]
    .filter((variable) => variable.name === name)
    .map(({ value }) => value);
}

/** The container's entrypoint and command, in one line. */
export function commandOf({ at }: Subject): string {
  return at("entrypoints.*", "command.*")
    .map(({ value }) => String(value))
    .join(" ");
}

/** Whether the container serves a Postgres database, or has the files of one. */
export function isPostgres(container: Subject): boolean {
  return (
    environmentOf(container, "POSTGRES_DB").length > 0 ||
    anyOf(container.at("mounts.*.target", "volumes.*.containerPath"), ({ value }) =>
      String(value).startsWith("/var/lib/postgresql"),
    )
  );
}

import path from "node:path";
import { readText } from "../../text-file";
import { secretsFolder } from "./secrets-folder";

/** The folder where a container that makes or restores backups has their volume. */
export const backupsFolder = "/backups";

/** What such a container can be told to do. */
export type BackupsCommand =
  ["make"] | ["list"] | ["restore", name: string, present: "keep" | "discard"];

export interface Backup {
  /** Made of the UTC time and of the newest alteration in the database that was backed up, in seconds since 1970. */
  name: string;
  bytes: number;
}

/**
 * The entry point of a container of the Postgres image that runs a command of the script backups.sh.
 *
 * It holds the whole script: a file would have to be put into the container or into the image.
 */
export function backupsEntrypoint(command: BackupsCommand): string[] {
  return ["sh", "-c", readText(path.join(__dirname, "backups.sh")), "sh", ...command];
}

/** The environment of such a container; `kept` is how many backups are kept. */
export function backupsEnvironment(kept: number): string[] {
  return [
    "PGHOST=postgres",
    "PGUSER=postgres",
    `PGPASSFILE=${secretsFolder}/pgpass`,
    "PGOPTIONS=--client-min-messages=warning",
    `BACKUPS_KEPT=${kept}`,
  ];
}

/** Content of such a container's secret file: the passwords of the superuser and of Logto's own role. */
export function passwordFile(superuserPassword: string, logtoPassword: string): string {
  return `postgres:5432:*:postgres:${superuserPassword}\npostgres:5432:*:logto:${logtoPassword}\n`;
}

/** What the script says once a backup has taken the database's place, whatever fails after that. */
export const sayingRestored = (name: string) => `The database is that of the backup ${name}.`;

const described = /^(\d{8}T\d{6}Z-[\d.]+\.dump) (\d+)$/;

/** The backups that the script's lines tell of: the newest first, after a command that lists them. */
export function backupsIn(lines: string): Backup[] {
  return lines.split("\n").flatMap((line) => {
    const [, name, bytes] = described.exec(line) ?? [];
    return name === undefined ? [] : [{ name, bytes: Number(bytes) }];
  });
}

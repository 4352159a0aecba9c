import { backupsIn } from "./backups";
import type { DockerArgs } from "./docker-args";

/** What to do if the image of Postgres cannot read the data. */
export function adviceOnData({ stack, name }: DockerArgs): string {
  const [up, backup, restore] = ["up", "backup", "restore"].map(
    (command) => `npm run ${command} -- ${stack}`,
  );
  return `Nothing was changed, and Postgres runs on as it was. Name an image of the data's version in logto-stack:docker.postgresImage, and run ${up} again. The way to a newer version is a backup: docker stop ${name}-logto, ${backup}, docker rm --force ${name}-postgres ${name}-postgres-check, docker volume rm ${name}-postgres-data, ${up}, which makes an empty Postgres of that version and says that the database is gone, ${restore} with the backup's name, and ${up}.`;
}

/**
 * What to do if this release does not start, in its trial or in its own container.
 *
 * @param lastLineOfBackup undefined while a stack is destroyed, or made in parts
 */
export function adviceOnStart(
  place: "trial" | "server",
  lastLineOfBackup: string | undefined,
  stack: string,
): string {
  const [backup] = backupsIn(lastLineOfBackup ?? "");
  const again = `run npm run up -- ${stack} again`;
  if (backup === undefined) {
    return `Put right what it says, and ${again}.`;
  }
  const restore = `npm run restore -- ${stack} ${backup.name}`;
  const goOn = `Put right what it says, or put back what was changed, and ${again}.`;
  return place === "trial"
    ? `Logto runs on as it was. ${goOn} If another release has changed the database by now, ${restore} puts back that of before it.`
    : `It had started in its trial, so the Logto of before has given it its place and is gone. ${goOn} To go back to an older release, put its database back with ${restore}, name its image in logto-stack:docker.logtoImage, and ${again}.`;
}

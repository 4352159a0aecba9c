import * as pulumi from "@pulumi/pulumi";
import { UpgradeCheck } from "../database/upgrade-check";
import { backupsEntrypoint, backupsEnvironment, backupsFolder, passwordFile } from "./backups";
import { type Containers, memory, oneShot } from "./containers";
import type { DockerArgs } from "./docker-args";
import type { FinishedContainer } from "./finished-container";
import type { LogtoContainer } from "./logto-container";
import { writableCache } from "./logto-image";
import type { DockerPostgres } from "./postgres";

/** What every change of the database waits for. */
export interface Upgrade {
  check: UpgradeCheck;
  backup: FinishedContainer;
}

/** What the upgrade needs to reach the database. */
export interface UpgradeArgs {
  databaseUrl: pulumi.Output<string>;
  /** What must exist before the database can be asked. */
  dependsOn: pulumi.Resource[];
  superuserPassword: pulumi.Output<string>;
  logtoPassword: pulumi.Output<string>;
}

/** The image of Logto is found not to be older than the database, which is then backed up. */
export function upgradeTo(
  logto: LogtoContainer,
  containers: Containers,
  postgres: DockerPostgres,
  args: DockerArgs,
  { databaseUrl, dependsOn, superuserPassword, logtoPassword }: UpgradeArgs,
): Upgrade {
  const { container, finished, inPostgres } = containers;
  const listed = finished(
    "logto-alterations",
    container("logto-alterations", {
      ...logto,
      ...oneShot,
      entrypoints: ["npm", "run", "--silent", "alteration", "list"],
      envs: writableCache,
      networkMode: "none",
    }),
    { secrets: {} },
  );
  const check = new UpgradeCheck(
    "upgrade-check",
    { databaseUrl, image: args.logtoImage, alteration: listed.lastLine, stack: args.stack },
    { ...inPostgres, dependsOn },
  );
  const pgpass = pulumi
    .all([superuserPassword, logtoPassword])
    .apply((both) => passwordFile(...both));
  const backup = finished(
    "logto-backup",
    // The container also serves a restore, if the check says that the database is gone.
    container(
      "logto-backup",
      {
        image: postgres.image,
        secrets: postgres.secretFiles("logto-backup", { pgpass }),
        ...oneShot,
        entrypoints: backupsEntrypoint(["make"]),
        envs: backupsEnvironment(args.backupsKept),
        mounts: [
          { type: "volume", source: containers.volume("backups").name, target: backupsFolder },
        ],
        tmpfs: { "/tmp": "" },
        ...memory(256),
      },
      [check],
    ),
    {
      secrets: { superuserPassword, logtoPassword },
      advice: `Nothing was changed, and Logto runs on as it was. npm run restore -- ${args.stack} lists the backups that there are.`,
      limit: 3600,
      // It runs before another release changes the database, and not again when that release is tried again.
      trigger: logto.image,
    },
    [check],
  );
  return { check, backup };
}

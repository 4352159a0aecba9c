import type * as pulumi from "@pulumi/pulumi";
import { adviceOnStart } from "./advice";
import { type Containers, oneShot, type SecretFiles } from "./containers";
import type { DockerArgs } from "./docker-args";
import type { FinishedContainer } from "./finished-container";
import type { LogtoContainer } from "./logto-container";
import {
  environmentOf,
  environmentOfTool,
  seedAndAlter,
  statusCheckAt,
  tryToStart,
  withSecrets,
  writableCache,
} from "./logto-image";
import type { LogtoSecrets } from "./logto-secrets";
import type { ReadyContainer } from "./ready-container";
import type { SecretWriter } from "./secret-files";
import type { Upgrade } from "./upgrade";

/** What the steps of one release of Logto share. */
export interface Release {
  args: DockerArgs;
  containers: Containers;
  logto: LogtoContainer;
  secrets: LogtoSecrets;
  /** Files of the trial's own: those of the Logto that runs stay as they were until these have been tried. */
  trialFiles: SecretFiles;
  upgrade: Upgrade;
}

/** A container of the image seeds the database and deploys the alterations. */
export function seed({
  args,
  containers,
  logto,
  secrets,
  trialFiles,
  upgrade,
}: Release): FinishedContainer {
  const container = containers.container(
    "logto-seed",
    {
      ...logto,
      ...oneShot,
      secrets: trialFiles,
      entrypoints: ["sh", "-c", withSecrets(seedAndAlter)],
      envs: [...writableCache, ...environmentOfTool(args)],
      // If an `up` was broken off, its container ends before another takes its place.
      destroyGraceSeconds: 600,
    },
    [upgrade.check],
  );
  return containers.finished(
    "logto-seed",
    container,
    {
      secrets: secrets.values,
      advice: adviceIn("trial", args, upgrade),
      trigger: upgrade.check.checkedAt,
    },
    [upgrade.backup],
  );
}

/** Another container tries whether Logto starts with its whole environment, as `seeded` left the database. */
export function trial(
  release: Release,
  seeded: pulumi.Resource,
  dependsOn: pulumi.Resource[],
): FinishedContainer {
  const { args, containers, secrets, trialFiles, upgrade } = release;
  const container = containers.container(
    "logto-trial",
    {
      ...serverOf(release),
      ...oneShot,
      secrets: trialFiles,
      entrypoints: ["sh", "-c", withSecrets(tryToStart(statusCheckOf(args)))],
    },
    [seeded],
  );
  return containers.finished(
    "logto-trial",
    container,
    {
      secrets: secrets.values,
      advice: adviceIn("trial", args, upgrade),
      trigger: upgrade.check.checkedAt,
    },
    dependsOn,
  );
}

/** Logto's own container: replaced once the release was `tried`, and ready once it answers `GET /api/status`. */
export function server(
  release: Release,
  secretFiles: SecretWriter,
  tried: pulumi.Resource,
): ReadyContainer {
  const { args, containers, secrets, upgrade } = release;
  const container = containers.container(
    "logto",
    {
      ...serverOf(release),
      secrets: secretFiles("logto", secrets.files, [tried]),
      entrypoints: ["sh", "-c", withSecrets("exec npm start")],
      ports: [
        { internal: 3001, external: args.port, ip: args.address },
        ...(args.adminEndpoint === undefined
          ? []
          : [{ internal: 3002, external: args.adminPort, ip: args.adminAddress }]),
      ],
      healthcheck: {
        tests: ["CMD", "node", "--eval", statusCheckOf(args)],
        interval: "10s",
        timeout: "10s",
        startPeriod: "60s",
        retries: 3,
      },
      destroyGraceSeconds: 10,
    },
    [tried],
  );
  return containers.ready("logto", container, secrets.values, {
    url: `${args.endpoint}/api/status`,
    advice: adviceIn("server", args, upgrade),
  });
}

/** What the server and its trial have in common. */
function serverOf({ args, logto }: Release) {
  return {
    ...logto,
    envs: [...writableCache, ...environmentOf(args)],
    hosts: Object.entries(args.extraHosts).map(([host, ip]) => ({ host, ip })),
  };
}

function statusCheckOf({ tls }: DockerArgs): string {
  return statusCheckAt(tls === undefined ? "http" : "https");
}

function adviceIn(
  place: "trial" | "server",
  { stack }: DockerArgs,
  { backup }: Upgrade,
): pulumi.Output<string> {
  return backup.lastLine.apply((line) => adviceOnStart(place, line, stack));
}

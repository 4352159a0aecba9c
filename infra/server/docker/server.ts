import * as docker from "@pulumi/docker";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { fingerprint } from "../../fingerprint";
import { Administrator } from "../database/administrator";
import {
  backupsEntrypoint,
  backupsEnvironment,
  backupsFolder,
  backupsIn,
  passwordFile,
} from "./backups";
import { ClosedConsole } from "../database/closed-console";
import { databaseUrl } from "../database/database";
import { DatabaseRole } from "../database/database-role";
import { FinishedContainer, type FinishedContainerArgs } from "./finished-container";
import { isServedHere } from "../loopback-url";
import {
  authoritiesFile,
  environmentOf,
  environmentOfTool,
  type LogtoEnvironment,
  secretEnvironment,
  seedAndAlter,
  statusCheckAt,
  tlsFiles,
  tryToStart,
  withSecrets,
  writableCache,
} from "./logto-image";
import { ManagementAccess } from "../database/management-access";
import { dataFolder, requireOwnData } from "./postgres-image";
import { PublishedPorts, type PublishedPortsArgs } from "./published-ports";
import { ReadyContainer, type ReadyContainerArgs } from "./ready-container";
import type { Server } from "../runtime";
import { secretsFolder } from "./secrets-folder";
import { asStored, containerOptions, type DeclaredContainer } from "./stored-container";
import { UpgradeCheck } from "../database/upgrade-check";

export interface DockerArgs extends LogtoEnvironment {
  /** Who signs in at the console, with `logto-stack:administratorPassword`. Default: nobody whom this stack knows. */
  administrator?: { username: string };
  clientId: string;
  /** The key of the fingerprints by which a changed secret replaces who reads it. Secret. */
  fingerprintKey: pulumi.Output<string>;
  /** The stack, for the commands that errors name. */
  stack: string;
  /** Begins the names of all that is made on the engine. Changing it makes another server, without the data. */
  name: string;
  logtoImage: string;
  postgresImage: string;
  /** Default: the engine of DOCKER_HOST, else that of this machine. */
  host?: string;
  /** The address of the engine's machine at which Logto is published at `port`. */
  address: string;
  port: number;
  adminPort: number;
  /** The same of the console, at `adminPort`. */
  adminAddress: string;
  /** Postgres is published on loopback. Of a remote engine it must be forwarded to here. */
  postgresPort: number;
  /** Names that Logto finds at the address beside them, or at the engine's machine: host-gateway. */
  extraHosts: Record<string, string>;
  /** Of Logto's cache. Default: none, it asks the database. Secret. */
  redisUrl?: pulumi.Output<string>;
  /** Megabytes; so is the next. */
  logtoMemory: number;
  postgresMemory: number;
  /** How many backups are kept, 1 to 100. */
  backupsKept: number;
  /** Whether the engine refuses to delete the volumes and the database. */
  protect: boolean;
}

const loopback = "127.0.0.1";

/** What every container has. */
const hardened = {
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  init: true,
  readOnly: true,
  logDriver: "json-file",
  logOpts: { "max-file": "3", "max-size": "10m" },
  restart: "unless-stopped",
} satisfies Partial<DeclaredContainer>;

/** Of each container that runs; Logto itself has about 30 of them, Postgres one for each connection. */
const processLimit = 1024;

/** Megabytes. Without a limit for swap beside it the plugin would see the engine's own as a difference. */
const memory = (megabytes: number) => ({ memory: megabytes, memorySwap: megabytes });

/**
 * The runtime `docker`: Postgres and Logto as containers of the official images, with the data in a volume.
 *
 * In this order: the image of Postgres is found to be of the data's version, Postgres is healthy, role and
 * database are made, the image of Logto is found not to be older than the database, which is then backed
 * up; a container of the image seeds it and deploys the alterations; the console is closed to strangers, and
 * given its administrator; another container tries whether Logto starts with its whole environment; only
 * then Logto's own container is made anew, and answers `GET /api/status`.
 * What fails before that leaves the one that is there running, with the secrets that it had.
 * Only Logto's ports are open to others, and only where `address` and `adminAddress` say so.
 *
 * What surprises: secrets lie in volumes of their own as files of mode 400, written through containers that
 * never run, because files cannot be put into a container whose root is read-only.
 *
 * @see https://docs.logto.io/logto-oss/deployment-and-configuration
 */
export function dockerServer(args: DockerArgs): Server {
  const engine = args.host && new docker.Provider("docker", { host: args.host });
  const onEngine = engine ? { provider: engine } : {};
  const data = volume("postgres-data");
  const inPostgres = { deletedWith: data };
  const superuserPassword = password("postgres-superuser-password");
  const logtoPassword = password("logto-database-password");

  const network = new docker.Network(
    "logto",
    { name: args.name, driver: "bridge" },
    { ...onEngine, dependsOn: new PublishedPorts("published-ports", publishedPorts(args)) },
  );
  const postgresImage = image("postgres", args.postgresImage);
  const logtoImage = image("logto", args.logtoImage);

  // Whatever is made of the image reads a secret, whose writer waits for this.
  const postgresCheck = finished(
    "postgres-check",
    container("postgres-check", {
      ...oneShot,
      image: postgresImage,
      entrypoints: ["sh", "-c", requireOwnData],
      // The data folder is the user postgres's own.
      capabilities: { adds: ["CAP_DAC_OVERRIDE"], drops: ["ALL"] },
      mounts: [{ type: "volume", source: data.name, target: dataFolder, readOnly: true }],
      networkMode: "none",
      ...memory(64),
    }),
    { secrets: {}, advice: adviceOnData(args) },
  );
  const postgres = container("postgres", {
    image: postgresImage,
    secrets: secretFiles("postgres", { password: superuserPassword }),
    // Its entry point makes the data folder the user postgres's own, and goes on as that user.
    capabilities: {
      adds: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID"],
      drops: ["ALL"],
    },
    envs: [`PGDATA=${dataFolder}`, `POSTGRES_PASSWORD_FILE=${secretsFolder}/password`],
    mounts: [{ type: "volume", source: data.name, target: dataFolder }],
    ports: [{ internal: 5432, external: args.postgresPort, ip: loopback }],
    healthcheck: {
      // Over TCP: while it makes the cluster, the server listens on the socket alone.
      tests: ["CMD", "pg_isready", "--host", loopback, "--username", "postgres"],
      interval: "2s",
      timeout: "5s",
      startPeriod: "30s",
      retries: 5,
    },
    tmpfs: { "/tmp": "", "/var/run/postgresql": "" },
    // Its shared memory, as Postgres's documentation for Docker advises.
    shmSize: 128,
    ...memory(args.postgresMemory),
    destroyGraceSeconds: 30,
  });
  const postgresReady = ready(
    "postgres",
    postgres,
    { superuserPassword },
    { port: args.postgresPort },
  );

  const published = { host: loopback, port: args.postgresPort };
  const superuser = new postgresql.Provider(
    "postgres",
    {
      ...published,
      username: "postgres",
      password: superuserPassword,
      sslmode: "disable",
    },
    { ...inPostgres, dependsOn: postgresReady },
  );
  const role = new DatabaseRole(
    "logto",
    {
      databaseUrl: superuserPassword.apply((ofSuperuser) =>
        databaseUrl({
          ...published,
          database: "postgres",
          user: "postgres",
          password: ofSuperuser,
        }),
      ),
      name: "logto",
      createRole: true,
      password: logtoPassword,
    },
    { ...inPostgres, dependsOn: postgresReady },
  );
  const database = new postgresql.Database(
    "logto",
    { name: "logto", owner: role.name },
    { ...inPostgres, provider: superuser, protect: args.protect },
  );
  const urlAt = (host: string, port: number) =>
    pulumi
      .all([database.name, role.name, logtoPassword])
      .apply(([name, user, ofRole]) =>
        databaseUrl({ host, port, database: name, user, password: ofRole }),
      );
  /** As this machine reaches it. */
  const publishedUrl = urlAt(loopback, args.postgresPort);

  const statusCheck = statusCheckAt(args.tls === undefined ? "http" : "https");
  const ofLogto = {
    image: logtoImage,
    tmpfs: { "/etc/logto/packages/cli/alteration-scripts": "", "/tmp": "" },
    ...memory(args.logtoMemory),
  };
  const listed = finished(
    "logto-alterations",
    container("logto-alterations", {
      ...ofLogto,
      ...oneShot,
      entrypoints: ["npm", "run", "--silent", "alteration", "list"],
      envs: writableCache,
      networkMode: "none",
    }),
    { secrets: {} },
  );
  const upgrade = new UpgradeCheck(
    "upgrade-check",
    {
      databaseUrl: publishedUrl,
      image: args.logtoImage,
      alteration: listed.lastLine,
      stack: args.stack,
    },
    { ...inPostgres, dependsOn: [postgresReady, database] },
  );
  const backup = finished(
    "logto-backup",
    // It is there for a restore, too, where the check says that the database is gone.
    container(
      "logto-backup",
      {
        image: postgresImage,
        secrets: secretFiles("logto-backup", {
          pgpass: pulumi
            .all([superuserPassword, logtoPassword])
            .apply((both) => passwordFile(...both)),
        }),
        ...oneShot,
        entrypoints: backupsEntrypoint(["make"]),
        envs: backupsEnvironment(args.backupsKept),
        mounts: [{ type: "volume", source: volume("backups").name, target: backupsFolder }],
        tmpfs: { "/tmp": "" },
        ...memory(256),
      },
      [upgrade],
    ),
    {
      secrets: { superuserPassword, logtoPassword },
      advice: `Nothing was changed, and Logto runs on as it was. npm run restore -- ${args.stack} lists the backups that there are.`,
      limit: 3600,
      // Before another release changes the database, and not again when that is tried again.
      trigger: logtoImage,
    },
    [upgrade],
  );

  const adviceBefore = backup.lastLine.apply((line) => adviceOn("trial", line, args.stack));
  const tlsKey = args.tls && pulumi.secret(args.tls.key);
  const secretsOfLogto = {
    logtoPassword,
    ...(args.redisUrl && {
      redisUrl: args.redisUrl,
      redisPassword: args.redisUrl.apply(passwordIn),
    }),
    ...(tlsKey && { tlsKey }),
  };
  const filesOfLogto = {
    env: secretEnvironment({ DB_URL: urlAt("postgres", 5432), REDIS_URL: args.redisUrl }),
    ...(args.tls && {
      [tlsFiles.certificate]: args.tls.certificate,
      [tlsFiles.key]: pulumi.secret(args.tls.key),
    }),
    ...(args.caCertificates !== undefined && { [authoritiesFile]: args.caCertificates }),
  };
  // In files of their own: those of the Logto that runs stay what they were until these have been tried.
  const secretsOfTrial = secretFiles("logto-trial", filesOfLogto);
  const seeded = finished(
    "logto-seed",
    container(
      "logto-seed",
      {
        ...ofLogto,
        ...oneShot,
        secrets: secretsOfTrial,
        entrypoints: ["sh", "-c", withSecrets(seedAndAlter)],
        envs: [...writableCache, ...environmentOfTool(args)],
        // One that an `up` was broken off beside ends before another takes its place.
        destroyGraceSeconds: 600,
      },
      [upgrade],
    ),
    { secrets: secretsOfLogto, advice: adviceBefore, trigger: upgrade.checkedAt },
    [backup],
  );
  const access = new ManagementAccess(
    "management-access",
    { databaseUrl: publishedUrl, clientId: args.clientId },
    { ...inPostgres, dependsOn: seeded },
  );
  // Without a console, too: one that is declared later is closed from its first moment on.
  const closedConsole = new ClosedConsole(
    "closed-console",
    { databaseUrl: publishedUrl },
    { ...inPostgres, dependsOn: seeded },
  );
  if (args.administrator !== undefined) {
    new Administrator(
      "administrator",
      { databaseUrl: publishedUrl, ...args.administrator },
      { ...inPostgres, dependsOn: closedConsole },
    );
  }
  const logto = {
    ...ofLogto,
    envs: [...writableCache, ...environmentOf(args)],
    hosts: Object.entries(args.extraHosts).map(([host, ip]) => ({ host, ip })),
  };
  const tried = finished(
    "logto-trial",
    container(
      "logto-trial",
      {
        ...logto,
        ...oneShot,
        secrets: secretsOfTrial,
        entrypoints: ["sh", "-c", withSecrets(tryToStart(statusCheck))],
      },
      [seeded],
    ),
    { secrets: secretsOfLogto, advice: adviceBefore, trigger: upgrade.checkedAt },
    [closedConsole],
  );
  const server = container(
    "logto",
    {
      ...logto,
      secrets: secretFiles("logto", filesOfLogto, [tried]),
      entrypoints: ["sh", "-c", withSecrets("exec npm start")],
      ports: [
        { internal: 3001, external: args.port, ip: args.address },
        ...(args.adminEndpoint === undefined
          ? []
          : [{ internal: 3002, external: args.adminPort, ip: args.adminAddress }]),
      ],
      healthcheck: {
        tests: ["CMD", "node", "--eval", statusCheck],
        interval: "10s",
        timeout: "10s",
        startPeriod: "60s",
        retries: 3,
      },
      destroyGraceSeconds: 10,
    },
    [tried],
  );
  const serverReady = ready("logto", server, secretsOfLogto, {
    url: `${args.endpoint}/api/status`,
    advice: backup.lastLine.apply((line) => adviceOn("server", line, args.stack)),
  });
  return { endpoint: args.endpoint, ready: [access, serverReady] };

  function volume(name: string): docker.Volume {
    const options = { ...onEngine, protect: args.protect };
    return new docker.Volume(name, { name: `${args.name}-${name}` }, options);
  }

  function image(name: string, tag: string): pulumi.Output<string> {
    // By its id: a tag that means another image later is no change that nobody asked for.
    return new docker.RemoteImage(name, { name: tag, keepLocally: true }, onEngine).imageId;
  }

  function container(
    name: string,
    { secrets, mounts = [], ...own }: ContainerOfServer,
    dependsOn: pulumi.Resource[] = [],
  ): docker.Container {
    return new docker.Container(
      name,
      asStored({
        ...hardened,
        name: `${args.name}-${name}`,
        ...(own.networkMode === undefined && {
          networksAdvanced: [{ name: network.name, aliases: [name] }],
        }),
        ...(secrets && {
          labels: [{ label: "logto-stack.secret-fingerprint", value: secrets.fingerprint }],
        }),
        mounts: [...mounts, ...(secrets ? [secrets.mount] : [])],
        ...own,
      }),
      {
        ...onEngine,
        ...containerOptions,
        dependsOn: [...(secrets ? [secrets.writer] : []), ...dependsOn],
      },
    );
  }

  /** Files that only root reads, in a volume; and what changes with their content and does not tell it. */
  function secretFiles(
    owner: string,
    files: Record<string, pulumi.Input<string>>,
    dependsOn: pulumi.Resource[] = [],
  ): SecretFiles {
    const name = `${owner}-secrets`;
    const { name: source } = volume(name);
    const writer = new docker.Container(
      name,
      asStored({
        ...hardened,
        ...oneShot,
        // Nothing runs in it; into one with a read-only root the engine puts no files.
        readOnly: false,
        name: `${args.name}-${name}`,
        // Whatever image: another of Logto's shall not touch its secrets.
        image: postgresImage,
        networkMode: "none",
        mounts: [{ type: "volume", source, target: secretsFolder }],
        uploads: Object.entries(files).map(([file, content]) => ({
          file: `${secretsFolder}/${file}`,
          content,
          permissions: "0400",
        })),
        ...memory(64),
      }),
      { ...onEngine, ...containerOptions, dependsOn: [postgresCheck, ...dependsOn] },
    );
    return {
      writer,
      mount: { type: "volume", source, target: secretsFolder, readOnly: true },
      fingerprint: pulumi.unsecret(
        pulumi
          .all([args.fingerprintKey, pulumi.all(Object.values(files))])
          .apply(([key, contents]) => fingerprint(key, contents.join("\n"))),
      ),
    };
  }

  function accessTo(name: string, { id }: docker.Container) {
    return {
      ...(args.host !== undefined && { host: args.host }),
      container: id,
      name: `${args.name}-${name}`,
      processLimit,
    };
  }

  function ready(
    name: string,
    of: docker.Container,
    secrets: ReadyContainerArgs["secrets"],
    other: { url?: string; port?: number; advice?: pulumi.Output<string> } = {},
  ): ReadyContainer {
    return new ReadyContainer(name, { ...accessTo(name, of), secrets, ...other });
  }

  /** A container of {@link oneShot} once it has done its work. */
  function finished(
    name: string,
    of: docker.Container,
    other: Omit<FinishedContainerArgs, "container" | "name">,
    dependsOn: pulumi.Resource[] = [],
  ): FinishedContainer {
    return new FinishedContainer(
      name,
      { ...accessTo(name, of), ...other },
      { ...inPostgres, dependsOn },
    );
  }
}

interface SecretFiles {
  writer: docker.Container;
  mount: { type: string; source: pulumi.Output<string>; target: string; readOnly: boolean };
  fingerprint: pulumi.Output<string>;
}

type ContainerOfServer = Omit<DeclaredContainer, "name"> & { secrets?: SecretFiles };

/** Each with the setting that gives it another one. */
function publishedPorts(args: DockerArgs): PublishedPortsArgs {
  const { name, endpoint, adminEndpoint, tls, host } = args;
  // Of an endpoint of this machine it is its own port.
  const settingOf = (url: string, own: string, otherwise: string) =>
    isServedHere(url, tls !== undefined) ? own : otherwise;
  const ofPostgres = "logto-stack:docker.postgresPort";
  const ofLogto = settingOf(endpoint, "logto:endpoint", "logto-stack:docker.port");
  const ports = [
    {
      port: args.postgresPort,
      address: loopback,
      container: `${name}-postgres`,
      setting: ofPostgres,
    },
    { port: args.port, address: args.address, container: `${name}-logto`, setting: ofLogto },
  ];
  if (adminEndpoint !== undefined) {
    const setting = settingOf(adminEndpoint, "logto:adminEndpoint", "logto-stack:docker.adminPort");
    ports.push({ port: args.adminPort, address: loopback, container: `${name}-logto`, setting });
  }
  return { ...(host !== undefined && { host }), ports };
}

/** What a container has that runs to its end, or not at all. */
const oneShot = { start: false, mustRun: false, restart: "no" };

/** What to do where the image of Postgres cannot read the data. */
function adviceOnData({ stack, name }: DockerArgs): string {
  const [up, backup, restore] = ["up", "backup", "restore"].map(
    (command) => `npm run ${command} -- ${stack}`,
  );
  return `Nothing was changed, and Postgres runs on as it was. Name an image of the data's version in logto-stack:docker.postgresImage, and run ${up} again. The way to a newer version is a backup: docker stop ${name}-logto, ${backup}, docker rm --force ${name}-postgres ${name}-postgres-check, docker volume rm ${name}-postgres-data, ${up}, which makes an empty Postgres of that version and says that the database is gone, ${restore} with the backup's name, and ${up}.`;
}

/**
 * What to do where this release does not start, in its trial or in its own container.
 *
 * @param lastLineOfBackup not there while a stack is destroyed, or made in parts
 */
function adviceOn(
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
    ? `Logto runs on as it was. ${goOn} Where another release has changed the database by now, ${restore} puts back that of before it.`
    : `It had started in its trial, so the Logto of before has given it its place and is gone. ${goOn} To go back to an older release, put its database back with ${restore}, name its image in logto-stack:docker.logtoImage, and ${again}.`;
}

const passwordIn = (url: string) => new URL(url).password;

/** Letters and digits, so that it needs no quoting in an address or in a file that a shell reads. */
function password(name: string): pulumi.Output<string> {
  return new random.RandomPassword(name, { length: 32, special: false }).result;
}

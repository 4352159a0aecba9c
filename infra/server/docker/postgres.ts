import type * as pulumi from "@pulumi/pulumi";
import { adviceOnData } from "./advice";
import { type Containers, memory, oneShot } from "./containers";
import type { DockerArgs } from "./docker-args";
import { loopback } from "./ports";
import { dataFolder, requireOwnData } from "./postgres-image";
import type { ReadyContainer } from "./ready-container";
import { type SecretWriter, secretWriter } from "./secret-files";
import { secretsFolder } from "./secrets-folder";

export interface DockerPostgres {
  image: pulumi.Output<string>;
  /** The server, once it is healthy. */
  ready: ReadyContainer;
  /** Writes the secrets of all containers: whatever reads one waits until the image is found to suit the data. */
  secretFiles: SecretWriter;
}

/** Postgres, once its image is found to be of the data's version. */
export function postgresIn(
  containers: Containers,
  args: DockerArgs,
  superuserPassword: pulumi.Output<string>,
): DockerPostgres {
  const { data, container } = containers;
  const image = containers.image("postgres", args.postgresImage);
  const check = containers.finished(
    "postgres-check",
    container("postgres-check", {
      ...oneShot,
      image,
      entrypoints: ["sh", "-c", requireOwnData],
      // The data folder belongs to the user postgres.
      capabilities: { adds: ["CAP_DAC_OVERRIDE"], drops: ["ALL"] },
      mounts: [{ type: "volume", source: data.name, target: dataFolder, readOnly: true }],
      networkMode: "none",
      ...memory(64),
    }),
    { secrets: {}, advice: adviceOnData(args) },
  );
  const secretFiles = secretWriter(containers, args.fingerprintKey, image, check);
  const server = container("postgres", {
    image,
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
    // Shared memory, as Postgres's documentation for Docker advises.
    shmSize: 128,
    ...memory(args.postgresMemory),
    destroyGraceSeconds: 30,
  });
  const ready = containers.ready(
    "postgres",
    server,
    { superuserPassword },
    { port: args.postgresPort },
  );
  return { image, ready, secretFiles };
}

import type * as pulumi from "@pulumi/pulumi";
import type { LogtoEnvironment } from "./logto-image";

/** What the runtime `docker` is told. */
export interface DockerArgs extends LogtoEnvironment {
  /** The user of the console, with `logto-stack:administratorPassword`. Default: no account of this stack's. */
  administrator?: { username: string };
  clientId: string;
  /** The key of the fingerprints by which a changed secret replaces the containers that read it. Secret. */
  fingerprintKey: pulumi.Output<string>;
  /** The stack, for the commands that errors name. */
  stack: string;
  /** Begins the names of all that is made on the engine. Changing it makes another server, without the data. */
  name: string;
  logtoImage: string;
  postgresImage: string;
  /** Default: the engine of DOCKER_HOST, else that of this machine. */
  host?: string;
  /** The address of the engine's machine at which Logto is published, at `port`. */
  address: string;
  port: number;
  adminPort: number;
  /** The address at which the console is published, at `adminPort`. */
  adminAddress: string;
  /** Loopback port of Postgres on the engine's machine. That of a remote engine must be forwarded to this machine. */
  postgresPort: number;
  /** Host names for Logto, each with its address, or `host-gateway` for the engine's machine. */
  extraHosts: Record<string, string>;
  /** Logto's cache. Default: none, it asks the database. Secret. */
  redisUrl?: pulumi.Output<string>;
  /** Memory limit of Logto's containers, in megabytes. */
  logtoMemory: number;
  /** Memory limit of Postgres, in megabytes. */
  postgresMemory: number;
  /** How many backups are kept, 1 to 100. */
  backupsKept: number;
  /** Whether the engine refuses to delete the volumes and the database. */
  protect: boolean;
}

import * as pulumi from "@pulumi/pulumi";
import { Administrator } from "../database/administrator";
import { ClosedConsole } from "../database/closed-console";
import { databaseUrl } from "../database/database";
import { generatedPassword } from "../database/generated-password";
import { ManagementAccess } from "../database/management-access";
import { roleAndDatabase } from "../database/role-and-database";
import type { Server } from "../runtime";
import { containersOf } from "./containers";
import type { DockerArgs } from "./docker-args";
import { type Release, seed, server, trial } from "./logto";
import { logtoContainer } from "./logto-container";
import { logtoSecrets } from "./logto-secrets";
import { loopback } from "./ports";
import { postgresIn } from "./postgres";
import { upgradeTo } from "./upgrade";

/**
 * The runtime `docker`: Postgres and Logto as containers of the official images, with the data in a volume.
 *
 * In this order: the image of Postgres is found to be of the data's version, Postgres is healthy, role and
 * database are made, the image of Logto is found not to be older than the database, which is then backed
 * up; a container of the image seeds it and deploys the alterations; the console is closed to strangers, and
 * given its administrator; another container tries whether Logto starts with its whole environment; only
 * then Logto's own container is replaced, and answers `GET /api/status`.
 * If a step before that fails, the present container keeps running, with the secrets that it had. Only Logto's
 * ports are open to others, and only if `address` and `adminAddress` say so.
 *
 * What surprises: secrets lie in volumes of their own as files of mode 400, written through containers that
 * never run, because files cannot be put into a container whose root is read-only.
 *
 * @see https://docs.logto.io/logto-oss/deployment-and-configuration
 */
export function dockerServer(args: DockerArgs): Server {
  const containers = containersOf(args);
  const { data, inPostgres } = containers;
  const superuserPassword = generatedPassword("postgres-superuser-password");
  const logtoPassword = generatedPassword("logto-database-password");

  const postgres = postgresIn(containers, args, superuserPassword);
  const published = { host: loopback, port: args.postgresPort };
  const { role, database } = roleAndDatabase(
    { ...published, superuserPassword, deletedWith: data, dependsOn: postgres.ready },
    logtoPassword,
    args.protect,
  );
  const urlAt = (host: string, port: number) =>
    pulumi
      .all([database.name, role.name, logtoPassword])
      .apply(([name, user, ofRole]) =>
        databaseUrl({ host, port, database: name, user, password: ofRole }),
      );
  /** Address at which this machine reaches the database. */
  const publishedUrl = urlAt(published.host, published.port);

  const logto = logtoContainer(containers, args);
  const upgrade = upgradeTo(logto, containers, postgres, args, {
    databaseUrl: publishedUrl,
    dependsOn: [postgres.ready, database],
    superuserPassword,
    logtoPassword,
  });
  const secrets = logtoSecrets(args, urlAt("postgres", 5432), logtoPassword);
  const trialFiles = postgres.secretFiles("logto-trial", secrets.files);
  const release: Release = { args, containers, logto, secrets, trialFiles, upgrade };

  const seeded = seed(release);
  const access = new ManagementAccess(
    "management-access",
    { databaseUrl: publishedUrl, clientId: args.clientId },
    { ...inPostgres, dependsOn: seeded },
  );
  // Closed without a console, too: a console that is declared later is then closed from its first moment on.
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
  const tried = trial(release, seeded, [closedConsole]);
  const ready = server(release, postgres.secretFiles, tried);
  return { endpoint: args.endpoint, ready: [access, ready] };
}

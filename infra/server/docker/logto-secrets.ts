import * as pulumi from "@pulumi/pulumi";
import type { DockerArgs } from "./docker-args";
import { authoritiesFile, secretEnvironment, tlsFiles } from "./logto-image";

/** The secrets that Logto's containers are given and nothing else may read. */
export interface LogtoSecrets {
  /** The files, by name. */
  files: Record<string, pulumi.Input<string>>;
  /** The secret values, which no message may show. */
  values: Record<string, pulumi.Output<string>>;
}

/** @param databaseUrl the database as Logto's container reaches it */
export function logtoSecrets(
  { redisUrl, tls, caCertificates }: DockerArgs,
  databaseUrl: pulumi.Output<string>,
  logtoPassword: pulumi.Output<string>,
): LogtoSecrets {
  return {
    files: {
      env: secretEnvironment({ DB_URL: databaseUrl, REDIS_URL: redisUrl }),
      ...(tls && {
        [tlsFiles.certificate]: tls.certificate,
        [tlsFiles.key]: pulumi.secret(tls.key),
      }),
      ...(caCertificates !== undefined && { [authoritiesFile]: caCertificates }),
    },
    values: {
      logtoPassword,
      ...(redisUrl && { redisUrl, redisPassword: redisUrl.apply(passwordIn) }),
      ...(tls && { tlsKey: pulumi.secret(tls.key) }),
    },
  };
}

const passwordIn = (url: string) => new URL(url).password;

import * as pulumi from "@pulumi/pulumi";
import { secretsFolder } from "./secrets-folder";

/** What Logto is told of the place where it runs. */
export interface LogtoEnvironment {
  /** Address at which users find Logto, such as http://localhost:3001: it tells its tenants apart by it. */
  endpoint: string;
  /** Address of its console. Default: none, it is turned off with the tenant `admin`. */
  adminEndpoint?: string;
  trustProxyHeader: boolean;
  /** The server's own TLS, in PEM form; then the endpoints are https. Default: none. */
  tls?: { certificate: string; /** Secret. */ key: string };
  /** Authorities that Logto trusts beyond the usual ones, in PEM form. Default: none. */
  caCertificates?: string;
  /** Proxy for Logto's requests to the world, except to the hosts of `exceptions`. Default: none. */
  proxy?: { url: string; exceptions: string[] };
  /** Connections of each of Logto's pools. Default: 20. */
  databasePoolSize?: number;
  /** In milliseconds. Default: 60000. */
  databaseStatementTimeout?: number | "DISABLE_TIMEOUT";
}

/** npm writes to its cache, and the root is read-only. */
export const writableCache = ["npm_config_cache=/tmp/.npm", "npm_config_update_notifier=false"];

/** The names of the TLS files in the folder of the secrets. */
export const tlsFiles = { certificate: "certificate.pem", key: "key.pem" };
export const authoritiesFile = "authorities.pem";

/** Asks Logto from within its container, under any name; TLS is not verified, as the server is the container's own. */
export function statusCheckAt(protocol: "http" | "https"): string {
  const options =
    "{ host: '127.0.0.1', port: 3001, path: '/api/status', rejectUnauthorized: false, timeout: 5000 }";
  return [
    `require('node:${protocol}').get(${options})`,
    ".on('response', ({ statusCode }) => process.exit(statusCode === 204 ? 0 : 1))",
    ".on('timeout', () => process.exit(1))",
    ".on('error', () => process.exit(1))",
  ].join("");
}

/**
 * Seeds a database that is empty, and deploys the alterations that are missing. Both may be run again. It ignores
 * the signal to end: the next run must not begin before this one has ended.
 */
export const seedAndAlter = `set -e
trap '' TERM
npm run cli db seed -- --swe
npm run alteration deploy latest`;

/**
 * Tries whether this release starts with this environment. It can run next to a Logto that runs, as Logto keeps
 * nothing outside the database. Other accounts on the engine's machine can reach it without any published port, so
 * the console of a new database has to be closed by then.
 */
export const tryToStart = (statusCheck: string) => `npm start &
until node --eval "${statusCheck}"; do
  waited=$((waited + 1))
  kill -0 $! || { echo 'Logto ended at its start.'; exit 1; }
  [ $waited -lt 120 ] || { echo 'Logto did not answer GET /api/status with 204.'; exit 1; }
  sleep 1
done
echo 'Logto starts.'`;

/** Sets variables in the environment of the program alone, where `docker inspect` does not show them. */
export function withSecrets(command: string): string {
  return `set -a; . ${secretsFolder}/env; set +a; ${command}`;
}

/** A file of variables for the shell. A value with `'` or a line's end would not pass. */
export function secretEnvironment(
  variables: Record<string, pulumi.Output<string> | undefined>,
): pulumi.Output<string> {
  const lines = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [pulumi.interpolate`${name}='${value}'\n`],
  );
  return pulumi.all(lines).apply((all) => all.join(""));
}

/** @see https://docs.logto.io/concepts/core-service/configuration#variables */
export function environmentOf(args: LogtoEnvironment): string[] {
  const { endpoint, adminEndpoint, tls, proxy } = args;
  return assigned({
    ENDPOINT: endpoint,
    // Without an address of its own the console would be at a default one.
    ...(adminEndpoint === undefined
      ? { ADMIN_DISABLE_LOCALHOST: 1 }
      : { ADMIN_ENDPOINT: adminEndpoint }),
    ...(args.trustProxyHeader && { TRUST_PROXY_HEADER: 1 }),
    ...(tls && {
      HTTPS_CERT_PATH: `${secretsFolder}/${tlsFiles.certificate}`,
      HTTPS_KEY_PATH: `${secretsFolder}/${tlsFiles.key}`,
    }),
    ...(args.caCertificates !== undefined && {
      NODE_EXTRA_CA_CERTS: `${secretsFolder}/${authoritiesFile}`,
    }),
    ...(proxy && {
      NODE_USE_ENV_PROXY: 1,
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: ["localhost", "127.0.0.1", ...proxy.exceptions].join(","),
    }),
    ...(args.databasePoolSize !== undefined && { DATABASE_POOL_SIZE: args.databasePoolSize }),
    ...variablesOfTool(args),
  });
}

/** The variables that Logto's command line tool takes of them. */
export function environmentOfTool(args: LogtoEnvironment): string[] {
  return assigned(variablesOfTool(args));
}

function variablesOfTool({ databaseStatementTimeout: timeout }: LogtoEnvironment) {
  return { ...(timeout !== undefined && { DATABASE_STATEMENT_TIMEOUT: timeout }) };
}

function assigned(variables: Record<string, string | number>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

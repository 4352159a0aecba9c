import { isIP, isIPv4 } from "node:net";
import { z } from "zod";
import { answer, flag, list, number, object, text, wholeNumber } from "../../infra/fields";
import { isObject, type Values } from "../../infra/properties";
import { administratorName } from "../../infra/server/database/credential";
import { dockerHostAddress } from "../../infra/server/docker/docker-connection";
import { port } from "../../infra/server/processes/port";
import { isOrigin } from "../../infra/url";
import { declaresAdministrator } from "../secret-settings";
import type { Problem } from "./configuration";
import { misroutedAddresses, publishedPort, sharedPorts } from "./docker-addresses";
import { type CertificateFiles, readCertificateFiles } from "./docker-certificates";
import type { LogtoSettings } from "./logto";

const publishedAddress = text("an IPv4 address, such as 127.0.0.1", (value) => isIPv4(value));
const pemFile = (name: string) => text(`a file in PEM form, such as tls/${name}.pem`);
const timeoutExpectation = "milliseconds, at least 1, or DISABLE_TIMEOUT";
const milliseconds = number(timeoutExpectation, (value) => Number.isInteger(value) && value >= 1);

/** `logto-stack:docker`, for the runtime of that name. */
export const dockerSettings = object({
  /** Image and tag; use a digest outside development. */
  logtoImage: text("an image, such as svhd/logto:1.43.0"),
  /** Image and tag of Postgres 14 to 17, as later ones keep their data in another folder; use a digest outside development. */
  postgresImage: text("an image, such as postgres:17-alpine"),
  /**
   * The Docker Engine, such as ssh://user@host; TLS for tcp:// is that of DOCKER_CERT_PATH. For an engine on another
   * machine postgresPort must be forwarded to this machine, as with `ssh -L 5433:127.0.0.1:5433 user@host`. Default:
   * that of DOCKER_HOST, else of this machine.
   */
  host: dockerHostAddress.optional(),
  /** Begins the names of containers, volumes and the network. Default: logto- and the stack's name. */
  name: text("a name of letters, digits, _ and -, such as logto-dev", (value) =>
    /^[A-Za-z0-9][\w-]*$/.test(value),
  ).optional(),
  /**
   * Port at which a reverse proxy finds Logto on the engine's machine. Default: 3001. A local endpoint's port is
   * set in the endpoint itself, and not here: Logto tells its tenants apart by the address that it is asked by.
   */
  port: port.optional(),
  /** The same for the admin endpoint. Default: 3002. */
  adminPort: port.optional(),
  /** The address of the engine's machine at which `port` is open; 0.0.0.0 is all of them. Default: 127.0.0.1. */
  address: publishedAddress.default("127.0.0.1"),
  /**
   * The same for `adminPort`. Anybody who reaches the console may guess at its administrator's password, so the
   * policy private-ports-stay-private allows loopback only, unless it is configured otherwise. Default: 127.0.0.1.
   */
  adminAddress: publishedAddress.default("127.0.0.1"),
  /** Port of Postgres on 127.0.0.1, for what this project writes into it. Default: 5433. */
  postgresPort: port.default(5433),
  /**
   * Whether a reverse proxy's X-Forwarded headers are believed: true behind one that speaks TLS, and only
   * if nothing gets past it. Default: false.
   */
  trustProxyHeader: flag().default(false),
  /** How many backups of the database are kept, 1 to 100; one is made before each change of logtoImage. Default: 7. */
  backupsKept: wholeNumber(1, 100).default(7),
  /** The server's own TLS. Then the endpoints are https, without a reverse proxy. Default: none. */
  tls: object({
    /** Its certificate and then the chain, in PEM form. */
    certificateFile: pemFile("certificate"),
    /** In PEM form, without a passphrase. */
    keyFile: pemFile("key"),
  }).optional(),
  /**
   * Authorities that Logto trusts beyond the usual ones, in PEM form. This machine does not trust them by that: if
   * Logto's own certificate is of one of them, NODE_EXTRA_CA_CERTS must name the file, too, wherever `up` runs.
   * Default: none.
   */
  caCertificatesFile: pemFile("authorities").optional(),
  /**
   * Host names for Logto's containers, each with its address, or host-gateway for the engine's machine.
   * Default: none.
   */
  extraHosts: z
    .record(
      z.string().refine(isHostName, "expected a host name, such as api.sendgrid.com"),
      text(
        "an IP address, or host-gateway",
        (value) => value === "host-gateway" || isIP(value) > 0,
      ),
      { errorMap: answer("an object of host names with an IP address each, or host-gateway") },
    )
    .default({}),
  /**
   * Proxy for Logto's requests to the world, except to the hosts of `exceptions`, such as .bookstore.example. It
   * relies on Node's own support of proxies: from Node 22.21 on, for http and https, not for Postgres or Redis, and
   * not if a library has an agent of its own. Default: none.
   */
  proxy: object({
    url: text(
      "an http or https URL without user and password, which the engine would show, such as http://proxy.bookstore.example:3128",
      isOrigin,
    ),
    exceptions: list(
      text("a host, such as .bookstore.example", (value) => /^[^\s,]+$/.test(value)),
      "a list of hosts, such as .bookstore.example",
    ).default([]),
  }).optional(),
  /** Connections to the database, of each of Logto's three pools, 1 to 1000. Default: Logto's own, 20. */
  databasePoolSize: wholeNumber(1, 1000).optional(),
  /**
   * Milliseconds that a statement may take, at least 1, or DISABLE_TIMEOUT, for a pooler that does not take
   * the parameter. Default: Logto's own, 60000.
   */
  databaseStatementTimeout: z
    .union([milliseconds, z.literal("DISABLE_TIMEOUT")], { errorMap: answer(timeoutExpectation) })
    .optional(),
  /** Megabytes that Logto may use, at least 256. Default: 1024. */
  logtoMemory: wholeNumber(256, undefined, "megabytes").default(1024),
  /** Megabytes that Postgres may use, at least 128. Default: 1024. */
  postgresMemory: wholeNumber(128, undefined, "megabytes").default(1024),
  /** Whether `destroy` refuses to delete the data. Default: true. */
  protect: flag().default(true),
  /**
   * The administrator of the console, with the secret `logto-stack:administratorPassword`. Needs logto:adminEndpoint,
   * without which there is no console. The console is closed to everybody else.
   * Default: no account of this stack's.
   */
  administrator: object({
    /** 1 to 128 letters, digits and _, and no digit at the beginning. */
    username: administratorName,
  }).optional(),
});

type DeclaredDocker = z.infer<typeof dockerSettings>;

export type DockerSettings = Omit<
  DeclaredDocker,
  "tls" | "caCertificatesFile" | "name" | "port" | "adminPort"
> &
  Required<Pick<DeclaredDocker, "name" | "port" | "adminPort">> &
  Omit<CertificateFiles, "problems">;

export function dockerSettingsOf(
  stack: string,
  { endpoint, adminEndpoint }: LogtoSettings,
  docker: DeclaredDocker,
  { problems: _none, ...certificates }: CertificateFiles,
): DockerSettings {
  const { tls, caCertificatesFile: _file, ...plain } = docker;
  const speaksTls = tls !== undefined;
  return {
    ...plain,
    ...certificates,
    name: docker.name ?? `logto-${stack}`,
    port: publishedPort(endpoint, speaksTls, docker.port ?? 3001),
    adminPort: publishedPort(adminEndpoint, speaksTls, docker.adminPort ?? 3002),
  };
}

/** Rules over several keys, for a stack of the runtime. Each is asked only if what it reads is well-formed. */
export function dockerProblems(values: Values): Problem[] {
  const key = "logto-stack:docker";
  const { data } = dockerSettings.safeParse(values[key]);
  return [
    ...(values[key] === undefined
      ? [{ key, message: "is missing: expected an object with logtoImage, postgresImage" }]
      : []),
    ...misroutedAddresses(values, isObject(values[key]) ? values[key] : {}),
    ...(declaresAdministrator(values) && values["logto:adminEndpoint"] === undefined
      ? [
          {
            key: `${key}.administrator`,
            message: "expected none, or logto:adminEndpoint, without which there is no console",
          },
        ]
      : []),
    ...(data === undefined ? [] : sharedPorts(values, data)),
  ];
}

/** What the files hold that the settings name, and all that is wrong with them. */
export function certificateFilesOf(values: Values): CertificateFiles {
  const { data } = dockerSettings.safeParse(values["logto-stack:docker"]);
  return data === undefined ? { problems: [] } : readCertificateFiles(values, data);
}

function isHostName(value: string): boolean {
  return /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(value);
}

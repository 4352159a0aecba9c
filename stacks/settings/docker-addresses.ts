import type { Values } from "../../infra/properties";
import { isServedHere } from "../../infra/server/loopback-url";
import { isOrigin } from "../../infra/url";
import type { Problem } from "./configuration";

const key = "logto-stack:docker";

interface Address {
  key: string;
  portName: "port" | "adminPort";
  url: URL;
}

/** The endpoints that are well-formed. */
function addressesOf(values: Values): Address[] {
  return (
    [
      ["logto:endpoint", "port"],
      ["logto:adminEndpoint", "adminPort"],
    ] as const
  ).flatMap(([name, portName]) => {
    const value = values[name];
    return typeof value === "string" && isOrigin(value)
      ? [{ key: name, portName, url: new URL(value) }]
      : [];
  });
}

/**
 * Addresses with which Logto would answer as the wrong tenant, or as several. It takes a request for its
 * tenant `admin` if scheme, host and port are those of the admin endpoint, or of localhost:3002, which
 * is its own port for it.
 *
 * @see https://docs.logto.io/concepts/core-service/configuration#variables
 */
export function misroutedAddresses(values: Values, docker: Values): Problem[] {
  const addresses = addressesOf(values);
  return [
    ...addresses.flatMap((address) => addressProblems(address, docker)),
    ...tenantProblems(addresses),
  ];
}

function addressProblems({ key: name, portName, url }: Address, docker: Values): Problem[] {
  const problems: Problem[] = [];
  const speaksTls = docker["tls"] !== undefined;
  if (url.hostname.includes("*")) {
    const message = "expected a host without *, which makes Logto many tenants";
    problems.push({ key: name, message });
  }
  if (url.protocol === "https:" && docker["trustProxyHeader"] !== true && !speaksTls) {
    problems.push({
      key: `${key}.trustProxyHeader`,
      message: `expected true, as the ${name} is https: the container speaks http with a reverse proxy that speaks TLS; or the server's own tls`,
    });
  }
  if (url.protocol === "http:" && speaksTls) {
    problems.push({ key: name, message: `expected https, as ${key}.tls is set` });
  }
  if (isServedHere(url.origin, speaksTls) && docker[portName] !== undefined) {
    problems.push({
      key: `${key}.${portName}`,
      message: `expected none, as the port is that of ${name}, which is of this machine`,
    });
  }
  return problems;
}

function tenantProblems([endpoint, adminEndpoint]: Address[]): Problem[] {
  if (endpoint?.portName !== "port" || adminEndpoint === undefined) return [];
  if (endpoint.url.origin === adminEndpoint.url.origin) {
    return [
      {
        key: "logto:adminEndpoint",
        message:
          "expected another address than logto:endpoint, or all requests are for the console",
      },
    ];
  }
  return endpoint.url.origin === "http://localhost:3002"
    ? [
        {
          key: "logto:endpoint",
          message: "expected another port, as Logto takes localhost:3002 for its console's",
        },
      ]
    : [];
}

/** The port of a local endpoint itself. For any other endpoint a proxy has that port, and finds Logto at `other`. */
export function publishedPort(
  endpoint: string | undefined,
  speaksTls: boolean,
  other: number,
): number {
  if (endpoint === undefined || !isServedHere(endpoint, speaksTls)) return other;
  const { port, protocol } = new URL(endpoint);
  return Number(port || (protocol === "https:" ? 443 : 80));
}

interface DeclaredPorts {
  port?: number | undefined;
  adminPort?: number | undefined;
  postgresPort: number;
  tls?: object | undefined;
}

/** Ports of the engine's machine that two settings ask for. */
export function sharedPorts(values: Values, docker: DeclaredPorts): Problem[] {
  const speaksTls = docker.tls !== undefined;
  const addresses = addressesOf(values);
  const portOf = (name: Address["portName"], other: number) => {
    const address = addresses.find(({ portName }) => portName === name);
    return publishedPort(address?.url.origin, speaksTls, docker[name] ?? other);
  };
  const clash = (name: string, own: number, other: number, owner: string): Problem[] =>
    own === other
      ? [
          {
            key: `${key}.${name}`,
            message: `expected a port other than ${other}, which is ${owner}`,
          },
        ]
      : [];
  const port = portOf("port", 3001);
  const problems = clash("postgresPort", docker.postgresPort, port, "Logto's");
  if (values["logto:adminEndpoint"] === undefined) return problems;
  const adminPort = portOf("adminPort", 3002);
  // Two local endpoints are compared as addresses, by {@link tenantProblems}.
  const areBothHere =
    addresses.length === 2 && addresses.every(({ url }) => isServedHere(url.origin, speaksTls));
  return [
    ...problems,
    ...clash("postgresPort", docker.postgresPort, adminPort, "that of Logto's console"),
    ...(areBothHere ? [] : clash("adminPort", adminPort, port, "Logto's")),
  ];
}

import { type Change, dockerStack, problemsOf, proxied, read } from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "an address with a port",
    dockerStack({ address: "0.0.0.0:80" }),
    "logto-stack:docker.address: expected an IPv4 address, such as 127.0.0.1",
  ],
  [
    "an address of the console that is a name",
    dockerStack({ adminAddress: "localhost" }),
    "logto-stack:docker.adminAddress: expected an IPv4 address, such as 127.0.0.1",
  ],
  [
    "an endpoint for many tenants",
    dockerStack({ trustProxyHeader: true }, { "logto:endpoint": "https://*.bookstore.example" }),
    "logto:endpoint: expected a host without *, which makes Logto many tenants",
  ],
  [
    "one address for users and console",
    dockerStack({}, { "logto:adminEndpoint": "http://localhost:3001/" }),
    "logto:adminEndpoint: expected another address than logto:endpoint, or all requests are for the console",
  ],
  [
    "an endpoint that Logto takes for its console's",
    dockerStack(
      {},
      { "logto:endpoint": "http://localhost:3002", "logto:adminEndpoint": "http://localhost:3001" },
    ),
    "logto:endpoint: expected another port, as Logto takes localhost:3002 for its console's",
  ],
  [
    "an admin endpoint whose TLS Logto does not hear of",
    dockerStack({}, { "logto:adminEndpoint": "https://admin.bookstore.example" }),
    "logto-stack:docker.trustProxyHeader: expected true, as the logto:adminEndpoint is https: the container speaks http with a reverse proxy that speaks TLS; or the server's own tls",
  ],
  [
    "another port than that of the endpoint",
    dockerStack({ port: 13001 }),
    "logto-stack:docker.port: expected none, as the port is that of logto:endpoint, which is of this machine",
  ],
  [
    "another port than that of the admin endpoint",
    dockerStack({ adminPort: 13002 }, { "logto:adminEndpoint": "http://localhost:3002" }),
    "logto-stack:docker.adminPort: expected none, as the port is that of logto:adminEndpoint, which is of this machine",
  ],
  [
    "Postgres on Logto's port",
    dockerStack({ postgresPort: 3001 }),
    "logto-stack:docker.postgresPort: expected a port other than 3001, which is Logto's",
  ],
  [
    "Postgres on the console's port behind a proxy",
    dockerStack({ trustProxyHeader: true, adminPort: 5433 }, proxied),
    "logto-stack:docker.postgresPort: expected a port other than 5433, which is that of Logto's console",
  ],
  [
    "the console on Logto's port behind a proxy",
    dockerStack({ trustProxyHeader: true, port: 8080, adminPort: 8080 }, proxied),
    "logto-stack:docker.adminPort: expected a port other than 8080, which is Logto's",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test("containers are published where their endpoints say, or where a proxy is told to find them", () => {
  const images = { logtoImage: "svhd/logto:1.43.0", postgresImage: "postgres:17-alpine" };
  const defaults = {
    ...images,
    name: "logto-local",
    address: "127.0.0.1",
    adminAddress: "127.0.0.1",
    postgresPort: 5433,
    trustProxyHeader: false,
    backupsKept: 7,
    extraHosts: {},
    logtoMemory: 1024,
    postgresMemory: 1024,
    protect: true,
  };
  const here = { "logto:endpoint": "http://localhost:8001" };
  expect(read(dockerStack({}, here)).docker).toEqual({ ...defaults, port: 8001, adminPort: 3002 });
  const behind = { trustProxyHeader: true };
  expect(read(dockerStack(behind, proxied)).docker).toEqual({
    ...defaults,
    ...behind,
    port: 3001,
    adminPort: 3002,
  });
  const own = { ...behind, port: 8080, adminPort: 8081 };
  expect(read(dockerStack(own, proxied)).docker).toEqual({ ...defaults, ...own });
});

import {
  administered,
  administratorPassword,
  type Change,
  dockerStack,
  password,
  problemsOf,
  read,
  setting,
} from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "a number of backups that is none",
    dockerStack({ backupsKept: 0 }),
    "logto-stack:docker.backupsKept: expected a whole number, 1 to 100",
  ],
  [
    "docker without images",
    setting("logto-stack:runtime", "docker"),
    "logto-stack:docker: is missing: expected an object with logtoImage, postgresImage",
  ],
  [
    "an engine of an unknown kind",
    dockerStack({ host: "http://bookstore.example" }),
    "logto-stack:docker.host: expected a Docker Engine, such as ssh://user@host",
  ],
  [
    "a name that Docker would not take",
    dockerStack({ name: "my logto" }),
    "logto-stack:docker.name: expected a name of letters, digits, _ and -, such as logto-dev",
  ],
  [
    "an administrator with a name that Logto would not take",
    dockerStack({ administrator: { username: "ada lovelace" } }, administered),
    "logto-stack:docker.administrator.username: expected a name of 1 to 128 letters, digits and _, with no digit at the beginning, such as admin",
  ],
  [
    "an administrator without a console",
    dockerStack({ administrator: { username: "ada" } }, { [administratorPassword]: password }),
    "logto-stack:docker.administrator: expected none, or logto:adminEndpoint, without which there is no console",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test.each<[string, object, string]>([
  [
    "an extra host without an address",
    { extraHosts: { "api.sendgrid.com": "here" } },
    "extraHosts.api.sendgrid.com: expected an IP address, or host-gateway",
  ],
  [
    "an extra host that is no name",
    { extraHosts: { "a:b": "127.0.0.1" } },
    "extraHosts.a:b: expected a host name, such as api.sendgrid.com",
  ],
  [
    "extra hosts as a text",
    { extraHosts: "host-gateway" },
    "extraHosts: expected an object of host names with an IP address each, or host-gateway",
  ],
  [
    "a proxy with a password",
    { proxy: { url: "http://me:canary4711@proxy.example:3128" } },
    "proxy.url: expected an http or https URL without user and password, which the engine would show, such as http://proxy.bookstore.example:3128",
  ],
  [
    "an exception that is two",
    { proxy: { url: "http://proxy.example:3128", exceptions: ["a,b"] } },
    "proxy.exceptions[0]: expected a host, such as .bookstore.example",
  ],
  [
    "a pool of none",
    { databasePoolSize: 0 },
    "databasePoolSize: expected a whole number, 1 to 1000",
  ],
  [
    "a time-out of no time",
    { databaseStatementTimeout: 0 },
    "databaseStatementTimeout: expected milliseconds, at least 1, or DISABLE_TIMEOUT",
  ],
  [
    "too little memory for Logto",
    { logtoMemory: 100 },
    "logtoMemory: expected megabytes, at least 256",
  ],
  [
    "too little memory for Postgres",
    { postgresMemory: "1g" },
    "postgresMemory: expected megabytes, at least 128",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(dockerStack(change))).toEqual([
    `Pulumi.local.yaml: logto-stack:docker.${problem}`,
  ]);
});

test("are read as they are", () => {
  const change = {
    extraHosts: { "api.sendgrid.com": "host-gateway", "ldap.example": "fd00::1" },
    proxy: { url: "http://proxy.example:3128", exceptions: [".example"] },
    databasePoolSize: 5,
    databaseStatementTimeout: "DISABLE_TIMEOUT",
    logtoMemory: 512,
    postgresMemory: 2048,
  };
  expect(read(dockerStack(change)).docker).toMatchObject(change);
});

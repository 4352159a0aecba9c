import { type Change, problemsOf, setting } from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "no endpoint",
    { without: ["logto:endpoint"] },
    "logto:endpoint: is missing: expected a URL without a path, such as http://localhost:3001",
  ],
  [
    "an endpoint without a scheme",
    setting("logto:endpoint", "localhost:3001"),
    "logto:endpoint: expected a URL without a path, such as http://localhost:3001",
  ],
  [
    "an endpoint with a path",
    setting("logto:endpoint", "http://localhost:3001/api"),
    "logto:endpoint: expected a URL without a path, such as http://localhost:3001",
  ],
  [
    "an embedded server elsewhere",
    setting("logto:endpoint", "https://auth.bookstore.example"),
    "logto:endpoint: expected http, a name of this machine and a port, such as http://localhost:3001, as the runtime is embedded",
  ],
  [
    "an admin endpoint that is no URL",
    setting("logto:adminEndpoint", "3002"),
    "logto:adminEndpoint: expected a URL without a path, such as http://localhost:3002",
  ],
  [
    "a client id of wrong characters",
    setting("logto:clientId", "Infra_1"),
    "logto:clientId: expected 1 to 21 lower-case letters, digits and hyphens",
  ],
  [
    "no requests at once",
    setting("logto:parallel", "0"),
    "logto:parallel: expected a number of requests at once, 1 to 100",
  ],
  [
    "a resource that is no URL",
    setting("logto:resource", "default"),
    "logto:resource: expected a URL, such as https://default.logto.app/api",
  ],
  [
    "a resource that is not that of the tenant of Logto Cloud",
    {
      config: {
        "logto-stack:runtime": "external",
        "logto:endpoint": "https://bookstore.logto.app",
      },
    },
    "logto:resource: expected https://bookstore.logto.app/api, as logto:endpoint is a tenant of Logto Cloud",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

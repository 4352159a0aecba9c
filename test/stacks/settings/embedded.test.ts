import { type Change, problemsOf, setting } from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "a port that is text",
    setting("logto-stack:embedded", { postgresPort: "5432" }),
    "logto-stack:embedded.postgresPort: expected a port, 1024 to 65535",
  ],
  [
    "a port out of range",
    setting("logto-stack:embedded", { postgresPort: 80 }),
    "logto-stack:embedded.postgresPort: expected a port, 1024 to 65535",
  ],
  [
    "an outbox on the port of the endpoint",
    setting("logto-stack:embedded", { outboxPort: 3001 }),
    "logto-stack:embedded.outboxPort: expected a port other than 3001, which is that of logto:endpoint",
  ],
  [
    "a database on the port of the outbox",
    setting("logto-stack:embedded", { postgresPort: 3003 }),
    "logto-stack:embedded.postgresPort: expected a port other than 3003, which is that of outboxPort",
  ],
  [
    "an outbox out of range",
    setting("logto-stack:embedded", { outboxPort: 70_000 }),
    "logto-stack:embedded.outboxPort: expected a port, 1024 to 65535",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

import {
  onSandbox,
  readable,
  replacedBySandbox,
  secretsOnSandbox,
} from "../../../../tools/review/offline/configuration";
import { allowedEnvironment } from "../../../../tools/review/offline/engine";

const place = { port: 4001, adminPort: 4002, outboxPort: 4003 };

test("encrypted values are taken out wherever they are, and named by their paths", () => {
  const { plain, encrypted } = readable({
    "logto:clientSecret": { secure: "v1:a" },
    "logto-stack:docker": { host: "tcp://a", tls: { key: { secure: "v1:b" }, ca: "c" } },
    "logto-stack:list": ["d", { e: { secure: "v1:f" } }],
  });
  expect(plain).toEqual({
    "logto-stack:docker": { host: "tcp://a", tls: { ca: "c" } },
    "logto-stack:list": ["d", {}],
  });
  expect([...encrypted]).toEqual([
    ["logto:clientSecret", "v1:a"],
    ["logto-stack:docker.tls.key", "v1:b"],
    ["logto-stack:list[1].e", "v1:f"],
  ]);
});

const external = {
  "logto:endpoint": "https://logto.example",
  "logto:adminEndpoint": "https://admin.logto.example",
  "logto:clientId": "LongIdOfTheRealServer",
  "logto:resource": "https://tenant.logto.app/api",
  "logto-stack:runtime": "external",
  "logto-stack:application": { name: "Bookstore", adoptId: "theirs" },
  "logto-stack:email": { fromEmail: "a@b.example", preflight: true, sendgridEndpoint: "https://c" },
};

test("the sandbox takes the place of the server, and what asks the real environment is left out", () => {
  expect(onSandbox(external, place)).toEqual({
    "logto:endpoint": "http://localhost:4001",
    "logto:adminEndpoint": "http://localhost:4002",
    "logto-stack:runtime": "embedded",
    "logto-stack:embedded": { outboxPort: 4003 },
    "logto-stack:application": { name: "Bookstore" },
    "logto-stack:email": { fromEmail: "a@b.example" },
  });
});

test("all that it takes the place of, and nothing else, is told of by itself", () => {
  const replaced = replacedBySandbox(external);
  expect(replaced["logto-stack:application"]).toEqual({ adoptId: "theirs" });
  expect(replaced["logto-stack:email"]).toEqual({ preflight: true, sendgridEndpoint: "https://c" });
  const { "logto:endpoint": _, ...withoutEndpoint } = external;
  expect(replacedBySandbox(withoutEndpoint)).not.toHaveProperty("logto:endpoint");
  expect(replacedBySandbox({ "logto-stack:application": { name: "Bookstore" } })).toEqual({});
});

test("the sandbox is given no secret of what it takes the place of", () => {
  const secrets = {
    "logto:clientSecret": "a",
    "logto-stack:redisUrl": "redis://b",
    "logto-stack:administratorPassword": "c",
  };
  expect(secretsOnSandbox(secrets)).toEqual({ "logto:clientSecret": "a" });
});

test("of the caller's environment the engine gets what is on the list, by whatever name the rest goes", () => {
  const env = { PATH: "/bin", PULUMI_ACCESS_TOKEN: "a", HOME: "/root", NEW_SECRET: "b", LANG: "C" };
  expect(allowedEnvironment(env)).toEqual({ PATH: "/bin", LANG: "C" });
});

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
    "no client secret",
    { without: ["logto:clientSecret"] },
    "logto:clientSecret: is missing: expected the secret of the machine-to-machine application that calls the Management API; set it with npm run pulumi -- config set --secret logto:clientSecret --stack local",
  ],
  [
    "a short client secret",
    setting("logto:clientSecret", "canary"),
    "logto:clientSecret: expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a client secret with a colon",
    setting("logto:clientSecret", "canary:hL2kP9xQ4vN7tR1wZ6"),
    "logto:clientSecret: expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a placeholder as a client secret",
    setting("logto:clientSecret", "changemechangemechangeme"),
    "logto:clientSecret: expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a short fingerprint key",
    setting("logto:fingerprintKey", "canary"),
    "logto:fingerprintKey: expected 16 to 128 letters and digits, and no placeholder: npm run up generates one if it is not set",
  ],
  [
    "a placeholder as an API key",
    setting("logto-stack:sendgridApiKey", "<your-api-key>"),
    "logto-stack:sendgridApiKey: is a placeholder: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "an API key in clear",
    { plain: ["logto-stack:sendgridApiKey"] },
    "logto-stack:sendgridApiKey: is stored in plaintext. Treat it as leaked: rotate it, then store the new value with npm run pulumi -- config set --secret logto-stack:sendgridApiKey --stack local",
  ],
  [
    "an endpoint that is encrypted",
    { encrypted: ["logto:endpoint"] },
    "logto:endpoint: is stored encrypted, but is no secret and would be shown: expected it without --secret",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

const redisUrl = "logto-stack:redisUrl";
test.each<[string, Change, string]>([
  [
    "a cache's address in clear",
    { config: { ...dockerStack({}).config, [redisUrl]: "redis://cache:6379" } },
    `is stored in plaintext`,
  ],
  [
    "a cache that is no Redis",
    {
      config: { ...dockerStack({}).config, [redisUrl]: "http://canary4711" },
      encrypted: [redisUrl],
    },
    "expected a redis:// or rediss:// URL",
  ],
  [
    "a cache's address that a shell would not read",
    {
      config: { ...dockerStack({}).config, [redisUrl]: "redis://:a'b@cache" },
      encrypted: [redisUrl],
    },
    "expected a redis:// or rediss:// URL",
  ],
  [
    "a cache of another runtime",
    { config: { [redisUrl]: "redis://cache:6379" }, encrypted: [redisUrl] },
    "expected none, as only the runtime docker sets up Logto's cache",
  ],
])("%s is refused", (_case, change, problem) => {
  const problems = problemsOf(change);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`${redisUrl}: ${problem}`);
  expect(problems[0]).not.toContain("canary4711");
});

const administrator = { username: "ada" };
const { [administratorPassword]: _, ...console } = administered;
const withPassword = (value: string) =>
  dockerStack({ administrator }, { ...administered, [administratorPassword]: value });
test.each<[string, Change, string]>([
  [
    "that is missing",
    dockerStack({ administrator }, console),
    "is missing: expected the password of the administrator of Logto's console; set it with npm run pulumi -- config set --secret logto-stack:administratorPassword --stack local",
  ],
  [
    "in clear",
    { ...withPassword(password), plain: [administratorPassword] },
    "is stored in plaintext. Treat it as leaked",
  ],
  ["that is short", withPassword("Canary4"), "expected 8 to 256 characters on one line"],
  ["that is a placeholder", withPassword("changeme-Canary"), "and no placeholder"],
  [
    "of no one",
    dockerStack({}, administered),
    "expected none, or logto-stack:docker.administrator as well, whose password it is",
  ],
  [
    "of another runtime",
    { config: { [administratorPassword]: password } },
    "expected none, or logto-stack:docker.administrator as well",
  ],
])("an administrator's password %s is refused", (_case, change, problem) => {
  const problems = problemsOf(change);
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(problems[0]).toContain(`Pulumi.local.yaml: ${administratorPassword}: `);
  expect(problems[0]).not.toContain("Canary");
});

test("an administrator is read, and the password is no plain setting", () => {
  const settings = read(dockerStack({ administrator }, administered));
  expect(settings.docker).toMatchObject({ administrator });
  expect(JSON.stringify(settings)).not.toContain(password);
  expect(read(dockerStack({})).docker).not.toHaveProperty("administrator");
});

test("a cache's address is no plain setting", () => {
  const config = { ...dockerStack({}).config, [redisUrl]: "rediss://:canary4711@cache:6379" };
  expect(JSON.stringify(read({ config, encrypted: [redisUrl] }))).not.toContain("canary4711");
});

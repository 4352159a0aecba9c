import { runtime } from "@pulumi/pulumi";
import fc from "fast-check";
import {
  findSecrets,
  readStack,
  secretsOfConfiguration,
  secretsOfState,
} from "../../../tools/review/secrets";

/** Neither JSON nor a URL takes it as it is. */
const value = 'canary+/"\\ é&4711';
const canary = { place: "the canary", value };

test.each<[string, string]>([
  ["in plain", value],
  ["in base64", Buffer.from(value).toString("base64")],
  ["in base64 of an URL", Buffer.from(value).toString("base64url")],
  ["in base64 after something else", Buffer.from(`client:${value}`).toString("base64")],
  ["in base64 between other things", Buffer.from(`ab${value}cd`).toString("base64")],
  ["URL-encoded", encodeURIComponent(value)],
  [
    "URL-encoded in small letters",
    encodeURIComponent(value).replace(/%../g, (c) => c.toLowerCase()),
  ],
  ["URL-encoded as a form", new URLSearchParams({ a: value }).toString()],
  ["JSON-escaped", JSON.stringify({ a: value })],
  ["JSON-escaped twice", JSON.stringify(JSON.stringify({ a: value }))],
  ["JSON-escaped with slashes", JSON.stringify(value).replaceAll("/", "\\/")],
  ["JSON-escaped beyond ASCII", JSON.stringify(value).replaceAll("é", "\\u00e9")],
])("a secret is found %s", (_form, text) => {
  expect(findSecrets(["nothing", `before ${text} after`], [canary])).toEqual(["the canary"]);
});

test("a secret is found in base64 whatever is around it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 8 }), fc.string(), (before, secret, after) => {
      const text = Buffer.from(before + secret + after).toString("base64");
      expect(findSecrets([text], [{ place: "it", value: secret }])).toEqual(["it"]);
    }),
  );
});

test("of a secret of several lines one is enough, but not the one that all such keys begin with", () => {
  const begin = ["-----BEGIN", "PRIVATE KEY-----"].join(" ");
  const key = { place: "key", value: `${begin}\nfirstLineOfIt\nsecondLineOfIt\n` };
  expect(findSecrets(["+ secondLineOfIt"], [key])).toEqual(["key"]);
  expect(findSecrets([begin], [key])).toEqual([]);
});

test("a password is found by itself, from an address or a container's environment", () => {
  const password = "pass%word4711";
  const url = `postgres://logto:${encodeURIComponent(password)}@localhost:5432/logto`;
  expect(findSecrets([password], [{ place: "url", value: url }])).toEqual(["url"]);
  expect(findSecrets([password], [{ place: "env", value: `PASSWORD=${password}` }])).toEqual([
    "env",
  ]);
});

test("a text without a secret holds none, and one too short to search for is not found by chance", () => {
  expect(findSecrets(["logto-stack"], [canary, { place: "short", value: "log" }])).toEqual([]);
});

const sealed = (held: unknown) => ({
  [runtime.specialSigKey]: runtime.specialSecretSig,
  plaintext: JSON.stringify(held),
});

test("the secrets of a configuration are those that are marked, those in an object too", () => {
  expect(
    secretsOfConfiguration({
      "logto:clientSecret": { value: "one", secret: true },
      "logto:endpoint": { value: "http://localhost", secret: false },
      "logto-stack:keys": { value: "{}", objectValue: { a: ["two"] }, secret: true },
    }),
  ).toEqual([
    { place: "logto:clientSecret", value: "one" },
    { place: "logto-stack:keys", value: "two" },
  ]);
});

test("the secrets of a state are in inputs and outputs, and name their place", () => {
  const state = {
    deployment: {
      resources: [
        {
          urn: "urn:pulumi:local::logto-stack::a::connector",
          inputs: { config: { apiKey: sealed("one"), fromName: "Bookstore" }, name: "three" },
          outputs: {
            original: sealed({ apiKey: "two", fromName: "Bookstore", password: "three" }),
          },
        },
      ],
    },
  };
  // What an object that is secret as a whole has at the same place as one in clear is none.
  expect(secretsOfState(state)).toEqual([
    { place: "connector, config, apiKey", value: "one" },
    { place: "connector, original", value: "two" },
    { place: "connector, original", value: "three" },
  ]);
});

const stateOf = (inputs: object) => ({
  deployment: { resources: [{ urn: "urn:pulumi:dev::logto-stack::a::server", inputs }] },
});

/** As the vendor's plugins mark them: whole. */
test("of a secret object only what can be a secret is searched for, not paths, modes, owners and the like", () => {
  const password = "hunter2hunter2";
  const state = stateOf({
    uploads: sealed([
      {
        ...{ file: "/run/secrets/pgpass", source: "./certificates/ca.pem", permissions: "0400" },
        ...{ owner: "postgres", group: "nodejs12", executable: true, content: `*:${password}` },
      },
    ]),
    envs: sealed([
      ...[
        "NODE_ENV=production",
        "PGPASSFILE=/run/secrets/pgpass",
        "ENDPOINT=https://auth.example/",
      ],
      `DB_URL=postgres://logto:${password}@postgres:5432/logto`,
      "SEED=correct-horse-battery",
    ]),
    labels: sealed([{ label: "logto-stack.role", value: "unguessable4711" }]),
    mounts: sealed([{ type: "volume", source: "logto-dev-secrets", target: "/run/secrets" }]),
    registryAuth: sealed([
      { address: "https://registry.example:5000", username: "deployer", password: "letmein9" },
    ]),
    triggers: sealed([`sha256:${"0123456789abcdef".repeat(4)}`, "a-phrase-of-ours-4711"]),
    healthcheck: sealed({
      tests: ["CMD", "pg_isready", "--username", "postgres"],
      interval: "1m0s",
    }),
  });
  expect(secretsOfState(state).map(({ value }) => value)).toEqual([
    `*:${password}`,
    `DB_URL=postgres://logto:${password}@postgres:5432/logto`,
    "SEED=correct-horse-battery",
    "unguessable4711",
    "letmein9",
    "a-phrase-of-ours-4711",
    "pg_isready",
  ]);
});

test("a name that tells of a path or an owner makes no public part of what looks like neither", () => {
  const odd = {
    file: "k3J/9xQ+77vBzA==",
    owner: "k3J9xQ77vBzA",
    address: "https://a.example/hooks/T00/k3J9",
  };
  const state = stateOf({
    uploads: sealed([odd]),
    envs: sealed(["HOOK=https://a.example/T0/k3J9"]),
  });
  expect(secretsOfState(state)).toHaveLength(4);
});

test("what any report may hold is no secret, though a property or a setting of its own is marked", () => {
  const common = ["true", "root", "0400", "postgres", "/run/secrets/pgpass"];
  expect(secretsOfState(stateOf({ one: common.map(sealed) }))).toEqual([]);
  expect(
    secretsOfConfiguration(
      Object.fromEntries(common.map((value, index) => [`a:${index}`, { value, secret: true }])),
    ),
  ).toEqual([]);
  const own = ["/9j/4AAQSkZJRgABAQEA", "rootroot1", "hunter2hunter2", "04001234"];
  expect(secretsOfState(stateOf({ one: own.map(sealed) }))).toHaveLength(own.length);
});

describe("where the secrets cannot be read there is no report, and the reason holds none", () => {
  const failing = (output: string) => ({
    pulumi: () => Promise.resolve({ failed: true, output, stdout: "" }),
  });

  test("for a stack that was never up", async () => {
    await expect(readStack(failing("no stack named 'x' found"), "x")).rejects.toThrow(
      "The stack x has no state yet, so there is nothing to compare with: run npm run up -- x first.",
    );
  });

  test("for a wrong passphrase", async () => {
    const error = await readStack(failing("incorrect passphrase, see canary4711"), "x").catch(
      (caught: unknown) => caught as Error & { exitCode: number },
    );
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("cannot be read (incorrect passphrase)") as string,
    });
    expect((error as Error).message).not.toContain("canary");
  });
});

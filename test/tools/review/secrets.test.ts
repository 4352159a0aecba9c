import { createHash } from "node:crypto";
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

const hexadecimal = (text: string) => Buffer.from(text).toString("hex");
const base64 = (text: string) => Buffer.from(text).toString("base64");
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const reversed = (text: string) => Array.from(text).reverse().join("");
const base32 = (text: string) => {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => letters[Number.parseInt(group.padEnd(5, "0"), 2)])
    .join("");
};
const entities = (text: string) =>
  Array.from(text)
    .map((one) => `&#${one.codePointAt(0)};`)
    .join("");
const units = (text: string, escape: (code: string) => string) =>
  Array.from(text)
    .map((one) => escape(one.charCodeAt(0).toString(16)))
    .join("");

/** Each takes any secret. */
const hidings: [how: string, hide: (text: string) => string][] = [
  ["in hexadecimal", hexadecimal],
  ["in hexadecimal in capitals", (text) => hexadecimal(text).toUpperCase()],
  ["in hexadecimal after something else", (text) => `0a${hexadecimal(`client:${text}`)}`],
  ["in hexadecimal with colons", (text) => hexadecimal(text).replace(/..(?=.)/g, "$&:")],
  [
    "in hexadecimal of C",
    (text) => (hexadecimal(text).match(/../g) ?? []).map((b) => `0x${b}`).join(", "),
  ],
  ["in base32", base32],
  ["in base32 in small letters", (text) => base32(text).toLowerCase()],
  ["in base32 after something else", (text) => base32(`client:${text}`)],
  ["in base64 twice", (text) => base64(base64(text))],
  ["in base64 three times", (text) => base64(base64(base64(text)))],
  ["in base64 of JSON in base64", (text) => base64(JSON.stringify({ a: base64(`a:${text}`) }))],
  ["in base64 in an address", (text) => encodeURIComponent(base64(`${text}?>`))],
  ["in base64 of UTF-16", (text) => utf16(text).toString("base64")],
  ["in UTF-16", (text) => utf16(text).toString("latin1")],
  ["in the other UTF-16", (text) => utf16(text).swap16().toString("latin1")],
  ["in hexadecimal of UTF-16", (text) => utf16(text).toString("hex")],
  ["in HTML's entities", entities],
  [
    "in HTML's entities by name",
    (text) => text.replaceAll("+", "&plus;").replaceAll("é", "&eacute;").replaceAll('"', "&quot;"),
  ],
  ["in HTML's entities in hexadecimal", (text) => units(text, (code) => `&#x${code};`)],
  ["in JSON's escapes", (text) => units(text, (code) => `\\u${code.padStart(4, "0")}`)],
  ["in a URL's escapes twice", (text) => encodeURIComponent(encodeURIComponent(text))],
  ["reversed", reversed],
  ["reversed in base64", (text) => base64(reversed(text))],
  ["in base64, reversed", (text) => reversed(base64(text))],
  ["as a list of characters", (text) => JSON.stringify(Array.from(text))],
  ["as a list of characters on lines", (text) => JSON.stringify(Array.from(text), undefined, 8)],
  ["with hyphens between its characters", (text) => Array.from(text).join("-")],
  ["as a list of bytes", (text) => JSON.stringify([...Buffer.from(text)])],
  ["as a buffer in JSON", (text) => JSON.stringify(Buffer.from(text), undefined, 4)],
  ["by its first half", (text) => `"${text.slice(0, Math.ceil(text.length / 2))}"`],
  ["by its second half", (text) => `"${text.slice(Math.ceil(text.length / 2))}"`],
  ["by what is between", (text) => `"${text.slice(3, 3 + Math.ceil(text.length / 2))}"`],
  ["by a half in base64", (text) => base64(text.slice(0, Math.ceil(text.length / 2)))],
];

test.each(hidings)("a secret is found %s", (_how, hide) => {
  for (const secret of [value, "xK7vQ2mN9pL4wR8tZ3bY6cJ1dF5gH0sA"]) {
    const text = `| key | before ${hide(secret)} after |`;
    expect({
      text,
      found: findSecrets(["nothing", text], [{ place: "it", value: secret }]),
    }).toEqual({ text, found: ["it"] });
  }
});

test("half of what is no chance is found in any report, so it is not searched for", () => {
  const secrets = [
    "postgres://logto:xK7vQ2mN9p@postgres.internal:5432/logto?sslmode=verify-full",
    "bookstore-production-passphrase",
    "no-reply@bookstore.example",
    "Some words that somebody marked as a secret",
    "/etc/bookstore/certificates/authority-2026.pem",
    "EmailVerificationCode",
    "2026-11-25T01:50:00.000Z",
  ].map((secret, index) => ({ place: String(index), value: secret }));
  const report =
    "bookstore-production at postgres://logto@postgres.internal:5432/logto?sslmode=verify-full, from help@bookstore.example: Some words that somebody marked, /etc/bookstore/certificates/2026, PhoneVerificationCode, 2026-11-25T01:51:10.000Z";
  expect(findSecrets([report], secrets)).toEqual([]);
});

test("what is no secret is none in any encoding, in a report as large as one gets", () => {
  const digests = Array.from({ length: 2000 }, (_, index) =>
    createHash("sha256").update(`${index}`),
  );
  const lines = digests.map((digest, index) =>
    index % 2 === 0
      ? `~ image: "sha256:${digest.digest("hex")}" => <p>Your code: &nbsp;{{code}}</p>`
      : `+ font: url(data:font/woff2;base64,${digest.digest("base64")}) a-b-c-d-e-f [104,117,110,116,101,114]`,
  );
  const secrets = Array.from({ length: 40 }, (_, index) => ({
    place: `${index}`,
    value: createHash("sha512")
      .update(`secret ${index}`)
      .digest("base64url")
      .slice(0, 6 + index),
  }));
  expect(findSecrets([lines.join("\n")], secrets)).toEqual([]);
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

describe("if the secrets cannot be read there is no report, and the reason holds none", () => {
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

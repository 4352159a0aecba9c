import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { credentialShapes } from "../../../policies/secrets/credential-shapes";
import { chance, credentials } from "../credentials";

test.each(Object.entries(credentials))(
  "%s has the shape of a credential",
  async (_, credential) => {
    expect(await credentialShapes(credential)).not.toEqual([]);
    expect(await credentialShapes(`before "${credential}" after`)).not.toEqual([]);
  },
);

test("a shape is named, and never shown", async () => {
  const [shape = ""] = await credentialShapes(credentials.sendGrid);
  expect(shape).toBe("a credential (sendgrid)");
});

test("a comment in the text does not switch the rules off", async () => {
  const text = `<!-- secretlint-disable -->\n${credentials.gitHub}\n/* secretlint-disable */`;
  expect(await credentialShapes(text)).toEqual(["a credential (github)"]);
});

test("of random texts of 32 characters 1 in 20 at most is let through", async () => {
  const texts = Array.from({ length: 500 }, (_, index) => chance(`text ${index}`, 32));
  const found = await Promise.all(texts.map(credentialShapes));
  expect(found.filter((shapes) => shapes.length === 0).length).toBeLessThanOrEqual(25);
});

test("no name of this project looks random", async () => {
  const root = path.join(__dirname, "../../..");
  const folders = ["infra", "stacks", "policies", "tools", "sandbox"];
  const names = folders
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(path.join(root, folder, name), "utf8")),
    )
    .flatMap((source) => source.match(/[\w/.-]{12,}/g) ?? []);
  const unique = [...new Set(names)];
  expect(unique.length).toBeGreaterThan(1000);
  const found = await Promise.all(
    unique.map(async (name) => ((await credentialShapes(name)).length > 0 ? [name] : [])),
  );
  expect(found.flat()).toEqual([]);
});

const digits = "0123456789";
const hexadecimal = `${digits}abcdef`;
const lowerCase = `${digits}abcdefghijklmnopqrstuvwxyz`;

test("of a megabyte every part is looked at, however often something begins and does not end", async () => {
  const long = "s".repeat(500_000);
  const text = `${long} ${credentials.gitHub} ${"ssh-".repeat(50_000)}${"a.b-c".repeat(50_000)}`;
  expect(await credentialShapes(text)).toEqual(["a credential (github)"]);
});

test.each([
  ["a digest of an image", `postgres:17@sha256:${chance("digest", 64, hexadecimal)}`],
  ["a UUID", "3f2b8c1d-9a4e-4f6b-8d2c-1e5a7b9c0d3f"],
  ["a picture in the text", `<img src="data:image/png;base64,${chance("picture", 400)}">`],
  ["the integrity of a script", `sha384-${chance("integrity", 64)}`],
  ["a certificate", pem(chance("certificate", 64))],
  ["a public key", `ssh-ed25519 AAAA${chance("public", 64)} team@bookstore.example`],
  ["an id of an application", chance("id", 21, lowerCase)],
  ["an address with a user name", "postgres://logto@postgres:5432/logto"],
  ["an address with a variable", "https://bookstore.example/?user={{userId}}&next=/orders"],
  [
    "an application at Google",
    `${chance("g", 12, digits)}-${chance("google id", 32, lowerCase)}.apps.googleusercontent.com`,
  ],
  ["an application at GitHub", `Ov23li${chance("gh", 14)}`],
  ["an application at Amazon", `amzn1.application-oa2-client.${chance("am", 32, hexadecimal)}`],
  ["an account at Twilio", `AC${chance("tw", 32, hexadecimal)}`],
  ["a version", "17-alpine3.22-20261101T120000Z"],
])("%s is public", async (_, text) => {
  expect(await credentialShapes(text)).toEqual([]);
});

test.each([
  ["a key at Twilio", `SK${chance("tw", 32, hexadecimal)}`],
  ["a password in the form of a certificate", pem(`${chance("password", 32)}!`)],
  [
    "a password next to a certificate",
    `${pem(chance("certificate", 64))}${chance("password", 32)}`,
  ],
])("%s is not", async (_, text) => {
  expect(await credentialShapes(text)).not.toEqual([]);
});

function pem(body: string): string {
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stackFileHoldsNoCredential } from "../../../policies/secrets/stack-file-holds-no-credential";
import { judge, type Judgement } from "../../support/policies";
import { temporaryFolder } from "../../support/programs";
import { chance, credentials } from "../credentials";

const encrypted = (of: string) => `v1:${chance(of, 16)}:${chance(`${of} text`, 60)}`;
const right = `
encryptionsalt: v1:${chance("salt", 11)}=:${encrypted("check")}
config:
  logto:endpoint: https://auth.bookstore.example
  logto:clientSecret:
    secure: ${encrypted("client")}
  logto-stack:application:
    name: Bookstore
    redirectUris: [https://bookstore.example/callback]
    nested: { token: { secure: "${encrypted("token")}" } }
`;

/** As the pack runs: in its folder below the project's root. */
async function sentences(content: string | undefined, judgement: Judgement = {}, shared = "") {
  const root = temporaryFolder();
  mkdirSync(path.join(root, "policies"));
  writeFileSync(path.join(root, "Pulumi.yaml"), `name: logto-stack\n${shared}`);
  if (content !== undefined) writeFileSync(path.join(root, "Pulumi.staging.yaml"), content);
  jest.spyOn(process, "cwd").mockReturnValue(path.join(root, "policies"));
  const stack = { type: "pulumi:pulumi:Stack", name: "logto-stack-staging", inputs: {} };
  const findings = await judge([stackFileHoldsNoCredential], [stack], {
    ...judgement,
    stack: "staging",
  });
  return findings.map(({ message }) => message);
}
afterEach(() => jest.restoreAllMocks());

const sentence = (place: string) =>
  `In the Stack "logto-stack-staging", ${place} of Pulumi.staging.yaml must be encrypted: replace it where it is valid, and set the new one with npm run pulumi -- config set --secret. If it is right as it is: "stack-file-holds-no-credential": {"exceptions":["${place}"]} in policies/configuration/staging.json.`;

test.each<[string, string | undefined]>([
  ["with encrypted credentials", right],
  ["that is empty", ""],
  ["without configuration", "encryptionsalt: v1:AAAA\n"],
  ["that is not there", undefined],
])("a file %s is right", async (_, content) => {
  expect(await sentences(content)).toEqual([]);
});

test("a credential that all stacks share is found in Pulumi.yaml", async () => {
  const shared = `config:\n  logto-stack:note:\n    value: ${credentials.sendGrid}\n`;
  expect(await sentences(right, {}, shared)).toEqual([
    sentence("logto-stack:note").replace("Pulumi.staging.yaml", "Pulumi.yaml"),
  ]);
});

test.each([
  ["docker:registryPassword: { value: hunter2 }", "docker:registryPassword"],
  ["docker:registryPassword: { type: string, default: hunter2 }", "docker:registryPassword"],
  ["logto-stack:mail: { value: { apiKey: hunter2 } }", "logto-stack:mail.apiKey"],
  ["logto-stack:tokens: { value: [hunter2] }", "logto-stack:tokens[0]"],
  ["docker:registryPassword: hunter2", "docker:registryPassword"],
])("the name of a credential is found in Pulumi.yaml: %s", async (line, place) => {
  expect(await sentences(right, {}, `config:\n  ${line}\n`)).toEqual([
    sentence(place).replace("Pulumi.staging.yaml", "Pulumi.yaml"),
  ]);
});

test("what Pulumi.yaml says of a credential is none", async () => {
  const shared =
    "config:\n  logto:clientSecret: { type: string, secret: true, description: ours }\n";
  expect(await sentences(right, {}, shared)).toEqual([]);
});

test.each<[string, string, string]>([
  ["a setting", `  logto-stack:note: ${credentials.sendGrid}\n`, "logto-stack:note"],
  ["a list", `  logto-stack:notes: [a, ${credentials.gitHub}]\n`, "logto-stack:notes[1]"],
  ["an object", `  logto-stack:a: { b: ${credentials.postgresUrl} }\n`, "logto-stack:a.b"],
  ["another namespace", `  aws:note: ${credentials.awsKeyId}\n`, "aws:note"],
  ["the name of a credential", "  docker:registryPassword: hunter2\n", "docker:registryPassword"],
  [
    "the name of the administrator's",
    "  logto-stack:administratorPassword: correct horse\n",
    "logto-stack:administratorPassword",
  ],
  ["a list of them", "  docker:passwords: [hunter2]\n", "docker:passwords[0]"],
  ["a list in a list", "  a:pairs: { apiKey: [[hunter2]] }\n", "a:pairs.apiKey[0][0]"],
  ["the name of one, with a number", "  logto:pinSecret: 1234\n", "logto:pinSecret"],
])("a credential in clear is found in %s", async (_, line, place) => {
  expect(await sentences(right + line)).toEqual([sentence(place)]);
});

test("the client id of an application is public, and nothing else in its place or of its shape is", async () => {
  const id = chance("application id", 21);
  expect(await sentences(`${right}  logto:clientId: ${id}\n`)).toEqual([]);
  expect(await sentences(`${right}  logto:clientId: ${chance("secret", 32)}\n`)).toEqual([
    sentence("logto:clientId"),
  ]);
  expect(await sentences(`${right}  logto:note: ${id}\n`)).toEqual([sentence("logto:note")]);
});

test("what only looks like one can be excepted by its key", async () => {
  const configuration = { [stackFileHoldsNoCredential.name]: { exceptions: ["logto-stack:note"] } };
  const content = `${right}  logto-stack:note: ${credentials.hexadecimal}\n`;
  expect(await sentences(content)).toEqual([sentence("logto-stack:note")]);
  expect(await sentences(content, { configuration })).toEqual([]);
});

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { endpointsAreHttps } from "../../../policies/platform/endpoints-are-https";
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
  `In the Stack "logto-stack-staging", ${place} of Pulumi.staging.yaml must be encrypted: rotate it, as it counts as leaked, and set the new one with npm run pulumi -- config set --secret. If it is right as it is: "stack-file-holds-no-credential": {"exceptions":["${place}"]} in policies/configuration/staging.json.`;

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

const ofFile = (place: string) =>
  expect.stringContaining(`, ${place} of Pulumi.staging.yaml must `) as string;

test.each<[string, string, string]>([
  ["a comment", "  # logto-stack:smtpPassword: hunter2\n", "the comment in line 11"],
  ["a comment after a value", "  logto-stack:note: a # token=hunter2\n", "the comment in line 11"],
  ["a comment with a shape", `# once ${credentials.gitHub}\n`, "the comment in line 11"],
  ["a key outside config", "backup:\n  password: hunter2\n", "backup.password"],
  ["a list outside config", `notes: [${credentials.slack}]\n`, "notes[0]"],
  [
    "binary",
    `  logto-stack:a: !!binary ${Buffer.from(credentials.sendGrid).toString("base64")}\n`,
    "logto-stack:a",
  ],
  [
    "binary with its name",
    "  logto-stack:dbPassword: !!binary aHVudGVyMg==\n",
    "logto-stack:dbPassword",
  ],
  [
    "what only says that it is encrypted",
    "  logto-stack:a: { secure: hunter2 }\n",
    "logto-stack:a",
  ],
  ["an alias", "  logto-stack:note: &a hunter2\n  logto-stack:token: *a\n", "logto-stack:token"],
  ["another document", "---\npassword: hunter2\n", "password"],
  ["JSON in a text", '  logto-stack:a: \'{"apiKey": "hunter2"}\'\n', "logto-stack:a"],
  ["arguments", "  logto-stack:a: serve --admin-password hunter2\n", "logto-stack:a"],
  ["a connection string", "  logto-stack:a: Server=db;Password=hunter2\n", "logto-stack:a"],
  ["a folded text", "  logto-stack:a: >-\n    password=hunter2\n", "logto-stack:a"],
  ["an old number", "  logto-stack:apiKey: 0123\n", "logto-stack:apiKey"],
])("a credential in clear is found in disguise: %s", async (_, text, place) => {
  expect(await sentences(right + text)).toEqual([ofFile(place)]);
});

test("http for Logto's own address is refused, of the file of a stack without containers too", async () => {
  const root = temporaryFolder();
  mkdirSync(path.join(root, "policies"));
  writeFileSync(path.join(root, "Pulumi.yaml"), "name: logto-stack\n");
  writeFileSync(
    path.join(root, "Pulumi.staging.yaml"),
    "config:\n  logto:endpoint: http://auth.b.example\n  logto:adminEndpoint: https://localhost:3002\n",
  );
  jest.spyOn(process, "cwd").mockReturnValue(path.join(root, "policies"));
  const stack = { type: "pulumi:pulumi:Stack", name: "logto-stack-staging", inputs: {} };
  const found = await judge([endpointsAreHttps], [stack], { stack: "staging" });
  expect(found.map(({ message }) => message)).toEqual([
    expect.stringContaining("logto:endpoint must be an https address"),
    expect.stringContaining("logto:adminEndpoint must be an address that users can reach"),
  ]);
});

test.each([
  "# npm run pulumi -- config set --secret logto:clientSecret\n",
  "# The secrets (logto:clientSecret, logto:fingerprintKey) are generated when it first runs.\n",
  "# password: see the vault\n",
  "  logto-stack:links: { resetPassword: https://b.example/reset }\n",
  `  logto-stack:commit: ${chance("git", 40, "0123456789abcdef")}\n`,
  `  logto-stack:recaptchaSiteKey: 6Ld${chance("site", 37)}\n`,
  "secretsprovider: awskms://alias/logto?region=eu-central-1\n",
  "  logto-stack:a: { passwordFile: /run/secrets/a }\n",
])("what is no credential raises nothing: %s", async (text) => {
  expect(await sentences(right + text)).toEqual([]);
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

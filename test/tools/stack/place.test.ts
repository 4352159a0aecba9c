import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { backendIn } from "../../../tools/stack/backend";
import { placeOf } from "../../../tools/stack/place";
import { cleanEnvironment } from "../../../tools/engine/environment";
import { temporaryFolder } from "../../support/programs";

const salt = "encryptionsalt: v1:bZ2kZC8RF8c=:v1:N24+VPmdG+nDNK6e:UKQcrSHJXxJT6axxI\n";

/** A clone, and the environment of a user who has never used Pulumi. */
function clone() {
  const project = temporaryFolder();
  const credentials = temporaryFolder();
  const env: NodeJS.ProcessEnv = { PULUMI_CREDENTIALS_PATH: credentials };
  return { project, credentials, env, passphrase: path.join(project, ".logto-stack/passphrase") };
}

test("without a back end or a passphrase of the user's, both lie below .logto-stack", () => {
  const { project, env, passphrase } = clone();
  expect(placeOf(project, "local", env).env).toEqual({
    PULUMI_BACKEND_URL: backendIn(path.join(project, ".logto-stack/backend")),
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
  });
  expect(readFileSync(passphrase, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
});

test("no one else can read the passphrase or the state", () => {
  const { project, env, passphrase } = clone();
  placeOf(project, "local", env);
  expect(mode(passphrase)).toBe("600");
  expect(mode(path.join(project, ".logto-stack/backend"))).toBe("700");
  // As root, Postgres runs as another user below it.
  expect(mode(path.join(project, ".logto-stack"))).toBe(process.getuid?.() === 0 ? "711" : "700");
});

test("the passphrase is made up once, and for each stack", () => {
  const { project, env, passphrase } = clone();
  placeOf(project, "local", env);
  const first = readFileSync(passphrase, "utf8");
  placeOf(project, "local", env);
  expect(readFileSync(passphrase, "utf8")).toBe(first);
  placeOf(project, "acme/logto-stack/dev", env);
  expect(readdirSync(path.dirname(passphrase)).sort()).toEqual([
    "backend",
    "passphrase",
    "passphrase-dev",
  ]);
  expect(readFileSync(`${passphrase}-dev`, "utf8")).not.toBe(first);
});

test("a back end of the user's wins, and one that is a mere store still needs the passphrase", () => {
  const { project, env, passphrase } = clone();
  const place = placeOf(project, "local", { ...env, PULUMI_BACKEND_URL: "s3://states" });
  expect(place).toMatchObject({ backend: "s3://states", passphrase });
  expect(place.env).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: passphrase });
  expect(existsSync(path.join(project, ".logto-stack/backend"))).toBe(false);
});

test("a stack has one passphrase, whether it is named with its organization or not", () => {
  const { project, env } = clone();
  const { passphrase } = placeOf(project, "local", env);
  expect(placeOf(project, "acme/logto-stack/local", env).passphrase).toBe(passphrase);
});

test("an address of a back end that is none is refused by the setting that holds it", () => {
  const { project, env } = clone();
  const refusal = (setting: string) => `${setting} is not an address of a back end`;
  expect(() => placeOf(project, "local", { ...env, PULUMI_BACKEND_URL: "../state" })).toThrow(
    refusal("PULUMI_BACKEND_URL"),
  );
  writeFileSync(path.join(project, "Pulumi.yaml"), "backend:\n  url: my state\n");
  expect(() => placeOf(project, "local", env)).toThrow(refusal("backend.url of Pulumi.yaml"));
});

test("a note of logins that is cut short is named, with what to do", () => {
  const { project, credentials, env } = clone();
  writeFileSync(path.join(credentials, "credentials.json"), '{"curr');
  expect(() => placeOf(project, "local", env)).toThrow(
    `${path.join(credentials, "credentials.json")}, Pulumi's note of your logins, is cut short: remove it and log in again.`,
  );
});

test("an access token means Pulumi's service, which needs neither back end nor passphrase", () => {
  const { project, env } = clone();
  const place = placeOf(project, "local", { ...env, PULUMI_ACCESS_TOKEN: "pul-canary" });
  expect(place.env).toEqual({});
  expect(JSON.stringify(place)).not.toContain("canary");
  expect(existsSync(path.join(project, ".logto-stack"))).toBe(false);
});

test("a login of the user's wins", () => {
  const { project, env, credentials } = clone();
  const login = path.join(credentials, "credentials.json");
  writeFileSync(login, JSON.stringify({ current: "https://api.example.com" }));
  expect(placeOf(project, "dev", env)).toMatchObject({
    env: {},
    backend: "https://api.example.com",
  });
  // What `pulumi logout` leaves.
  writeFileSync(login, JSON.stringify({ current: "" }));
  expect(placeOf(project, "dev", env).env).toHaveProperty("PULUMI_BACKEND_URL");
});

test("a back end that Pulumi.yaml names wins", () => {
  const { project, env } = clone();
  writeFileSync(path.join(project, "Pulumi.yaml"), "name: x\nbackend:\n  url: gs://states\n");
  expect(placeOf(project, "local", env).env).not.toHaveProperty("PULUMI_BACKEND_URL");
});

test.each(["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])(
  "%s of the user's wins, also for a stack with secrets",
  (name) => {
    const { project, env, passphrase } = clone();
    writeFileSync(path.join(project, "Pulumi.local.yaml"), salt);
    const place = placeOf(project, "local", { ...env, [name]: "canary" });
    expect(place.env).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
    expect(place.passphrase).toBe(name);
    expect(existsSync(passphrase)).toBe(false);
  },
);

test("a stack with secrets whose passphrase this clone lacks is refused, and none is made up", () => {
  const { project, env } = clone();
  writeFileSync(path.join(project, "Pulumi.dev.yaml"), salt);
  expect(() => placeOf(project, "dev", env)).toThrow(
    expect.objectContaining({
      stack: expect.stringMatching(
        /^Pulumi\.dev\.yaml holds secrets .*PULUMI_CONFIG_PASSPHRASE_FILE .*\.logto-stack\/passphrase-dev;.*remove encryptionsalt/,
      ) as string,
    }) as Error,
  );
  expect(existsSync(path.join(project, ".logto-stack"))).toBe(false);
});

test("a key service encrypts in a passphrase's place, whatever the back end", () => {
  const { project, env } = clone();
  writeFileSync(path.join(project, "Pulumi.dev.yaml"), "secretsprovider: awskms://alias/logto\n");
  const shared = { ...env, PULUMI_BACKEND_URL: "s3://states" };
  const place = placeOf(project, "dev", shared);
  expect(place).toEqual({ env: {}, backend: "s3://states", passphrase: "none, awskms encrypts" });
  // As `stack init --secrets-provider` says it, when the file does not yet.
  expect(placeOf(project, "new", shared, "gcpkms://projects/a")).toMatchObject({ env: {} });
  expect(existsSync(path.join(project, ".logto-stack"))).toBe(false);
});

test("the secrets provider passphrase needs one", () => {
  const { project, env, passphrase } = clone();
  writeFileSync(path.join(project, "Pulumi.local.yaml"), "secretsprovider: passphrase\n");
  expect(placeOf(project, "local", env).env).toHaveProperty(
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    passphrase,
  );
});

test("what a workflow sets to nothing, for a secret that its repository does not have, is not set", () => {
  const { project, env, passphrase } = clone();
  const empty = {
    PULUMI_ACCESS_TOKEN: "",
    PULUMI_BACKEND_URL: "",
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_CONFIG_PASSPHRASE_FILE: "",
  };
  expect(placeOf(project, "local", { ...env, ...empty }).env).toEqual({
    PULUMI_BACKEND_URL: backendIn(path.join(project, ".logto-stack/backend")),
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
  });
  expect(cleanEnvironment({ ...empty, AWS_REGION: "" })).toEqual({ AWS_REGION: "" });
});

function mode(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

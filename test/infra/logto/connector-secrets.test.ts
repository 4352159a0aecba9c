import * as pulumi from "@pulumi/pulumi";
import { kind } from "../../../infra/logto/connector";
import { secretPlaces, secretsIn } from "../../../infra/logto/mechanism/secret-inputs";
import { secretPlacesOf } from "../../../infra/logto/connector-secrets";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

test("the secrets of each of Logto's own factories are known", async () => {
  const factories = (await logto.get("/api/connector-factories")) as unknown as { id: string }[];
  expect(factories.length).toBeGreaterThan(0);
  const none = { anything: { key: "canary" } };
  const unknown = factories.filter(({ id }) => secretPlacesOf(id, none).includes("anything.key"));
  expect(unknown).toEqual([]);
});

test("in the config of any other factory a text under a name that sounds like a secret counts as one", () => {
  const config = {
    host: "mail.example",
    appKey: "canary-1",
    auth: { user: "books", passphrase: "canary-2", tokens: { first: "canary-3" } },
    authorization: pulumi.output("canary-4"),
    sender: pulumi.output("books"),
  };
  expect(secretPlacesOf("pigeon-post", config)).toEqual([
    "appKey",
    "auth.user",
    "auth.passphrase",
    "auth.tokens.first",
    "authorization",
  ]);
});

test("a secret that no declaration names has a fingerprint and is marked", () => {
  const inputs = {
    factoryId: "simple-mail-transfer-protocol",
    config: { host: "mail.example", auth: { user: "books", pass: "canary", type: "login" } },
  };
  const { pathsOf, fingerprintsOf } = secretPlaces(kind.secretInputs);
  expect([...secretsIn(inputs, pathsOf(inputs)).values()]).toEqual(["canary"]);
  expect(Object.keys(fingerprintsOf(inputs, "key"))).toEqual(["auth.pass"]);
});

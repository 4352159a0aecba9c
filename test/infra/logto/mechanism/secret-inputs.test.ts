import * as pulumi from "@pulumi/pulumi";
import {
  fingerprintsOf,
  secretPlaces,
  secretsIn,
  withSecretsMarked,
  withSecretsOf,
} from "../../../../infra/logto/mechanism/secret-inputs";

const paths = ["config.apiKey", "config.headers.*"];
const inputs = {
  name: "audit",
  config: {
    url: "https://a.example",
    apiKey: "one",
    headers: { authorization: "two", x: "three" },
  },
};

test("each secret is found under its own path", () => {
  expect([...secretsIn(inputs, paths)]).toEqual([
    ["config.apiKey", "one"],
    ["config.headers.authorization", "two"],
    ["config.headers.x", "three"],
  ]);
});

test("a fingerprint tells that one of them changed, and none is made without a key", () => {
  const before = fingerprintsOf(inputs, paths, "key");
  const after = fingerprintsOf(
    { config: { ...inputs.config, headers: { authorization: "two", x: "changed" } } },
    paths,
    "key",
  );
  const changed = Object.keys(before).filter((path) => before[path] !== after[path]);
  expect(changed).toEqual(["config.headers.x"]);
  expect(JSON.stringify(before)).not.toMatch(/"(one|two|three)"/);
  expect(fingerprintsOf(inputs, paths, undefined)).toEqual({});
});

test("a secret that somebody else set gives way to the declared one, and what was taken away stays away", () => {
  const live = {
    config: { url: "https://b.example", apiKey: "by hand", headers: { x: "by hand" } },
  };
  expect(withSecretsOf(live, inputs, paths)).toEqual({
    config: { url: "https://b.example", apiKey: "one", headers: { x: "three" } },
  });
});

test("only the secret parts are marked, and an output on the way to them is secret as a whole", async () => {
  const isSecret = (value: unknown) => pulumi.isSecret(value as pulumi.Output<unknown>);
  const { name, config } = withSecretsMarked(inputs, paths) as unknown as typeof inputs;
  expect([name, config.url].map((value) => pulumi.Output.isInstance(value))).toEqual([
    false,
    false,
  ]);
  expect(await isSecret(config.apiKey)).toBe(true);
  expect(await isSecret(config.headers.x)).toBe(true);
  const later = withSecretsMarked({ config: pulumi.output(inputs.config) }, paths);
  expect(await isSecret(later["config"])).toBe(true);
});

test("inputs that say themselves where their secrets are have fingerprints by the names that they say", () => {
  const places = secretPlaces({ below: "config", paths: ({ fields }) => fields as string[] });
  const declared = { ...inputs, fields: ["apiKey", "headers.x"] };
  expect(places.pathsOf(declared)).toEqual(["config.apiKey", "config.headers.x"]);
  const fingerprints = places.fingerprintsOf(declared, "key");
  expect(Object.keys(fingerprints)).toEqual(["apiKey", "headers.x"]);
  expect(Object.keys(fingerprints).map(places.pathOf)).toEqual(places.pathsOf(declared));
  // Logto's object does not say it: the declaration does.
  expect(places.fingerprintsOf(inputs, "key", declared)).toEqual(fingerprints);
  expect([places.exist, secretPlaces(paths).exist, secretPlaces().exist]).toEqual([
    true,
    true,
    false,
  ]);
});

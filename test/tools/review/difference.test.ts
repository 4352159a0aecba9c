import { runtime } from "@pulumi/pulumi";
import { unknownValue } from "../../../infra/checks";
import { differences, isChange, unknownPaths } from "../../../tools/review/difference";

/** As the engine's events have it. */
const secret = { [runtime.specialSigKey]: runtime.specialSecretSig, ciphertext: "[secret]" };

test("a property that is the same at any depth, in any order of keys, is no difference", () => {
  expect(differences({ a: { b: [1, { c: 2 }], d: 1 } }, { a: { d: 1, b: [1, { c: 2 }] } })).toEqual(
    [],
  );
});

test("the provider's own text is no property", () => {
  expect(differences({ __provider: "old" }, { __provider: "new" })).toEqual([]);
});

test("what a plugin notes for itself is no property, however deep it lies", () => {
  const noted = {
    __defaults: ["retries"],
    __meta: "{}",
    healthcheck: { __defaults: [], retries: 3 },
  };
  expect(differences({ healthcheck: { retries: 3 } }, noted)).toEqual([]);
  expect(differences({}, { uploads: [noted.healthcheck] })).toEqual([
    { path: "uploads[0].retries", kind: "added", after: 3 },
  ]);
  // A user's own data may have a key of that name.
  expect(differences({ customData: {} }, { customData: { __defaults: "ours" } })).toHaveLength(1);
});

test("values are added, removed and changed under their paths, in the order of these", () => {
  expect(differences({ c: 1, a: { b: 1, gone: {} } }, { c: "1", a: { b: 2, new: [] } })).toEqual([
    { path: "a.b", kind: "changed", before: 1, after: 2 },
    { path: "a.gone", kind: "removed", before: {} },
    { path: "a.new", kind: "added", after: [] },
    { path: "c", kind: "changed", before: 1, after: "1" },
  ]);
});

test("a list of plain values is what was added and removed, each as often as it was", () => {
  expect(differences({ a: ["x", "y", "y"] }, { a: ["y", "z", "x"] })).toEqual([
    { path: "a", kind: "set", removed: ["y"], added: ["z"], order: ["y", "z", "x"] },
  ]);
  expect(differences({ a: ["x", "y"] }, { a: ["y"] })).toEqual([
    { path: "a", kind: "set", removed: ["x"], added: [] },
  ]);
});

test("the objects of a list are found again by their name, wherever they moved", () => {
  const before = [
    { usageType: "Register", subject: "1" },
    { usageType: "SignIn", subject: "2" },
  ];
  const after = [
    { usageType: "SignIn", subject: "3" },
    { usageType: "Register", subject: "1" },
  ];
  expect(differences({ templates: before }, { templates: after })).toEqual([
    { path: "templates[SignIn].subject", kind: "changed", before: "2", after: "3" },
    {
      path: "templates",
      kind: "changed",
      before: ["Register", "SignIn"],
      after: ["SignIn", "Register"],
    },
  ]);
});

test("a list whose order means nothing differs only in what it holds", () => {
  const mount = (target: string, readOnly = false) => ({ target, source: "data", readOnly });
  const before = {
    envs: ["B=2", "A=1"],
    mounts: [mount("/b"), mount("/a")],
    templates: [
      { usageType: "SignIn", subject: "1" },
      { usageType: "Register", subject: "2" },
    ],
  };
  const turned = Object.fromEntries(
    Object.entries(before).map(([key, list]) => [key, [...list].reverse()]),
  );
  const unordered = Object.keys(before);
  expect(differences(before, turned, unordered)).toEqual([]);
  expect(differences(before, turned).map(({ path }) => path)).toContain("templates");
  const changed = {
    envs: ["A=1", "C=3", "B=2"],
    mounts: [mount("/a", true), mount("/b"), mount("/c")],
    templates: [{ usageType: "Register", subject: "3" }],
  };
  expect(differences(before, changed, unordered)).toEqual([
    { path: "envs", kind: "set", added: ["C=3"], removed: [] },
    { path: "mounts[1].readOnly", kind: "changed", before: false, after: true },
    { path: "mounts[2].readOnly", kind: "added", after: false },
    { path: "mounts[2].source", kind: "added", after: "data" },
    { path: "mounts[2].target", kind: "added", after: "/c" },
    { path: "templates[Register].subject", kind: "changed", before: "2", after: "3" },
    { path: "templates[SignIn].subject", kind: "removed", before: "1" },
    { path: "templates[SignIn].usageType", kind: "removed", before: "SignIn" },
  ]);
});

test("objects without a name that tells them apart are compared by their place", () => {
  const [one, two] = [
    { name: "a", port: 1 },
    { name: "a", port: 2 },
  ];
  expect(differences({ ports: [one, one] }, { ports: [one, two] })).toEqual([
    { path: "ports[1].port", kind: "changed", before: 1, after: 2 },
  ]);
});

test("a text of several lines is a diff with three lines around what changed", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9";
  expect(differences({ css: before }, { css: before.replace("5", "five") })).toEqual([
    {
      path: "css",
      kind: "text",
      lines: ["@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"],
    },
  ]);
});

test("a line's end that a text gains or loses shows", () => {
  const [difference] = differences({ css: "1\n2" }, { css: "1\n2\n" });
  expect(difference).toMatchObject({
    lines: ["@@ -1,2 +1,2 @@", " 1", "-2", "\\ No newline at end of file", "+2"],
  });
});

describe("a secret", () => {
  const connector = (print: unknown, apiKey: unknown = secret) => ({
    config: { apiKey, fromEmail: "a@b.example" },
    secretFingerprints: { apiKey: print },
  });

  test.each([
    ["changed", connector("1"), connector("2"), true],
    ["unchanged", connector("1"), connector("1"), false],
    ["known after the apply", connector("1"), connector(unknownValue), true],
    ["became secret", connector("1", "in clear"), connector("1"), true],
    ["is no longer secret", connector("1"), connector("1", "in clear"), true],
  ])("is %s by the fingerprint next to it", (state, before, after, isOne) => {
    const found = differences(before, after);
    expect(found).toEqual([{ path: "config.apiKey", kind: "secret", state }]);
    expect(found.some(isChange)).toBe(isOne);
    expect(JSON.stringify(found)).not.toContain('in clear"');
  });

  test("that is in no property is named by its key in the configuration", () => {
    expect(differences({ clientSecretFingerprint: "1" }, { clientSecretFingerprint: "2" })).toEqual(
      [{ path: "logto:clientSecret", kind: "secret", state: "changed" }],
    );
  });

  test("is changed by the fingerprint that is called after it", () => {
    const before = { url: secret, urlFingerprint: "1" };
    const states = [before, { url: secret, urlFingerprint: "2" }, { url: secret }].map((after) =>
      differences(before, after),
    );
    expect(states).toEqual([
      [{ path: "url", kind: "secret", state: "unchanged" }],
      [{ path: "url", kind: "secret", state: "changed" }],
      [{ path: "url", kind: "secret", state: "not compared" }],
    ]);
  });

  test("without a fingerprint is not compared, which is no change", () => {
    const found = differences({ url: secret }, { url: secret });
    expect(found).toEqual([{ path: "url", kind: "secret", state: "not compared" }]);
    expect(found.some(isChange)).toBe(false);
  });

  test("in a list or an object that comes, goes or turns into something else is not shown", () => {
    const found = [
      ...differences({}, { envs: [secret, "A=b"], files: [{ content: secret }] }),
      ...differences({ envs: ["A=b", secret] }, { envs: ["A=b"] }),
      ...differences({ config: { key: secret } }, { config: "x" }),
    ];
    expect(JSON.stringify(found)).not.toContain("ciphertext");
    expect(found.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      "envs[0] secret",
      "envs[1] added",
      "files[0].content secret",
      "envs[1] secret",
      "config secret",
    ]);
  });
});

test("what only the apply brings is known after it, wherever it is", () => {
  expect(differences({ a: "x" }, { a: unknownValue, b: [unknownValue] })).toEqual([
    { path: "a", kind: "unknown" },
    { path: "b[0]", kind: "unknown" },
  ]);
  expect(unknownPaths({ a: { b: [1, unknownValue] }, c: secret })).toEqual(["a.b[1]"]);
});

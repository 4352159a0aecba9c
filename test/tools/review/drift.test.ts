import { randomBytes } from "node:crypto";
import { runtime } from "@pulumi/pulumi";
import fc from "fast-check";
import { compareWithServer, isFingerprintKeyChanged } from "../../../tools/review/drift";
import { exitCodeOf } from "../../../tools/review/exit-codes";
import { codeOf } from "../../../tools/commands/review";
import { markdownOf } from "../../../tools/review/markdown";
import { reviewOf } from "../../../tools/review/review";
import type { StackContent } from "../../../tools/review/secrets";
import { providerText } from "../../../infra/provider/dynamic-resource";
import { query, serverUrl } from "../../support/database";
import { evaluateProvider } from "../../support/provider";
import { type Sandbox, startSandboxProcess } from "../../support/sandbox";

/** Against a sandbox, with a state as the engine would have written it: the engine has no part in it. */
jest.setTimeout(120_000);

const fingerprintKey = "fingerprintKeyOfTheTest4711";
let sandbox: Sandbox;
let configuration: StackContent["configuration"];
let appId: string;
let stored: Record<string, unknown>;

const declared = {
  name: "Bookstore",
  description: "Sells books",
  type: "Traditional",
  oidcClientMetadata: { redirectUris: ["http://a.example/callback"], postLogoutRedirectUris: [] },
  managedBy: "urn:pulumi:test::logto-stack::a::bookstore",
};

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  const { clientId, clientSecret } = await sandbox.managementCredential();
  const values = {
    "logto:endpoint": sandbox.endpoint,
    "logto:clientId": clientId,
    "logto:clientSecret": clientSecret,
    "logto:fingerprintKey": fingerprintKey,
  };
  configuration = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, secret: false }]),
  );
  const type = "logto:Application";
  const provider = evaluateProvider<object, object>(type, values);
  const { inputs = {} } = await provider.check({}, declared);
  const { id, outs } = await provider.create(inputs);
  const { clientSecret: secret, ...others } = outs as Record<string, unknown>;
  appId = id;
  stored = {
    urn: declared.managedBy,
    type: `pulumi-nodejs:dynamic/${type}`,
    id,
    inputs: { ...inputs, __provider: providerText(type) },
    outputs: { ...others, clientSecret: sealed(secret), __provider: providerText(type) },
  };
});
afterAll(() => sandbox.stop());

function sealed(value: unknown): object {
  return {
    [runtime.specialSigKey]: runtime.specialSecretSig,
    plaintext: JSON.stringify(value),
  };
}

function content(...resources: object[]): StackContent {
  return { state: { deployment: { resources } }, configuration };
}

async function drift(...resources: object[]) {
  const { refreshes, notLookedAt, unreachable, undeclaredSecrets } = await compareWithServer(
    content(...resources),
    "test",
  );
  const preview = {
    ...{ steps: [], refreshes, outputs: undefined, findings: [], errors: [] },
    ...{ unchanged: 0, isEnded: true },
  };
  const about = { stack: "test", isRefreshed: true, isDriftCheck: true } as const;
  return { ...reviewOf(preview, about), notLookedAt, unreachable, undeclaredSecrets };
}

test("what is unchanged is no drift, and nothing but reads is sent", async () => {
  const before = sandbox.writes().length;
  expect((await drift(stored)).drift).toEqual([]);
  expect(sandbox.writes()).toHaveLength(before);
});

test("whatever somebody changes, just the declared places that differ are drift", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
  const edit = fc.record(
    {
      name: fc.oneof(fc.constant(declared.name), text),
      description: fc.oneof(fc.constant(declared.description), text),
      redirectUris: fc.subarray(["http://a.example/callback", "http://b.example/callback"]),
      // Next to what is declared.
      idTokenTtl: fc.integer({ min: 1, max: 9999 }),
    },
    { requiredKeys: ["name", "description", "redirectUris"] },
  );
  await fc.assert(
    fc.asyncProperty(edit, async ({ name, description, redirectUris, idTokenTtl }) => {
      const { status } = await sandbox.request("PATCH", `/api/applications/${appId}`, {
        name,
        description,
        oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
        customClientMetadata: idTokenTtl === undefined ? {} : { idTokenTtl },
      });
      expect(status).toBe(200);
      const [found] = (await drift(stored)).drift;
      const isSame = redirectUris.length === 1 && redirectUris[0] === "http://a.example/callback";
      expect((found?.differences ?? []).map(({ path }) => path)).toEqual([
        ...(description === declared.description ? [] : ["description"]),
        ...(name === declared.name ? [] : ["name"]),
        ...(isSame ? [] : ["oidcClientMetadata.redirectUris"]),
      ]);
    }),
    { numRuns: 40 },
  );
});

test("what is gone is drift; what is not Logto's is not looked at, nor what waits to be deleted", async () => {
  const gone = { ...stored, id: "nobodyhasthisid", urn: "urn:pulumi:test::p::a::gone" };
  const container = {
    ...{ urn: "urn:pulumi:test::p::a::postgres", type: "docker:index/container:Container" },
    ...{ id: "a", inputs: {}, outputs: {} },
  };
  const provider = { ...container, type: "pulumi:providers:docker" };
  const found = await drift(gone, container, provider, { ...gone, delete: true });
  expect(found.drift).toMatchObject([{ name: "gone", isGone: true }]);
  expect(found.notLookedAt).toEqual(["postgres (docker:Container)"]);
});

/** A resource that stands in Logto's database, as the engine would have stored it. */
function inDatabase(type: string, databaseUrl: string, inputs: object = {}) {
  const own = { ...inputs, databaseUrl: sealed(databaseUrl), __provider: providerText(type) };
  return {
    urn: "urn:pulumi:test::p::a::access",
    type: `pulumi-nodejs:dynamic/${type}`,
    id: "admin",
    inputs: own,
    outputs: own,
  };
}

test.each([
  "logto-server:ManagementAccess",
  "logto-server:ClosedConsole",
  "logto-server:Administrator",
  "logto-server:DatabaseRole",
])(
  "the database of %s that is out of reach is named, and why; that nothing changed is not said",
  async (type) => {
    const access = inDatabase(type, "postgres://logto:canary4711@127.0.0.1:1/logto");
    const review = await drift(access);
    const { unreachable, notLookedAt } = review;
    expect(unreachable).toEqual([
      expect.stringMatching(/^access \(logto-server:\w+\): .*ECONNREFUSED/),
    ]);
    expect(unreachable[0]).toContain(type);
    expect(unreachable.join()).not.toContain("canary4711");
    expect([review.drift, notLookedAt]).toEqual([[], []]);
    expect(codeOf(review)).toBe(3);
    expect(codeOf({ ...review, unreachable: [] })).toBe(0);
    const one = { urn: "a", type: "a", name: "a", isGone: true, differences: [] };
    expect(codeOf({ ...review, drift: [one] })).toBe(1);
  },
);

test("a console that somebody has opened is drift", async () => {
  const closed = { signInMode: "SignIn" };
  const console = inDatabase("logto-server:ClosedConsole", sandbox.databaseUrl, closed);
  const { drift: found } = await drift(console);
  expect(found).toMatchObject([{ name: "access", differences: [{ path: "signInMode" }] }]);
});

test("a right that somebody has granted to Logto's role is drift", async () => {
  const name = `role_${randomBytes(4).toString("hex")}`;
  const url = `${serverUrl()}/postgres`;
  const password = "canaryPassword4711";
  const type = "logto-server:DatabaseRole";
  const { inputs } = await evaluateProvider<object, object>(type, {}).check(
    {},
    { databaseUrl: url, name, password },
  );
  await evaluateProvider<object, object>(type, {}).create(inputs as object);
  await query(url, `grant pg_read_all_data to ${name}`);
  const role = inDatabase(type, url, { ...inputs, password: sealed(password) });
  const { drift: found } = await drift(role);
  expect(found).toMatchObject([{ name: "access", differences: [{ path: "memberOf" }] }]);
  expect(JSON.stringify(found)).not.toContain("canary");
});

test("a server that refuses is 2 and one that does not answer 3, each said once", async () => {
  const other = { ...stored, urn: "urn:pulumi:test::p::a::other" };
  const failing = async (key: string, value: string) => {
    const wrong = {
      ...content(stored, other),
      configuration: { ...configuration, [key]: { value } },
    };
    return compareWithServer(wrong, "test").catch((error: unknown) => error as Error);
  };
  const refused = (await failing("logto:clientSecret", "wrong")) as Error;
  expect(refused.message).toMatch(
    /^The stack test cannot be compared with the server:\n.*401[^\n]*$/,
  );
  expect(exitCodeOf(refused)).toBe(2);
  const unreachable = (await failing("logto:endpoint", "http://127.0.0.1:1")) as Error;
  expect(unreachable.message).toContain("does not answer (ECONNREFUSED)");
  expect(exitCodeOf(unreachable)).toBe(3);
});

test("a client secret that somebody added by hand is told by its name, and is no drift", async () => {
  const secrets = `/api/applications/${appId}/secrets`;
  const before = await drift(stored);
  expect(before.undeclaredSecrets).toEqual([]);
  const { body } = await sandbox.request("POST", secrets, { name: "by hand" });
  const { value } = body as { value: string };
  try {
    const review = await drift(stored);
    expect(review.undeclaredSecrets).toEqual([
      'bookstore (logto:Application): the client secret "by hand"',
    ]);
    expect(review.drift).toEqual(before.drift);
    expect(codeOf({ ...review, drift: [] })).toBe(0);
    const report = markdownOf(review);
    expect(report).toContain("## Client secrets that nothing declares");
    expect(report).toContain("**1 client secret of declared applications is not declared");
    expect(report).not.toContain(value);
    // An adopted application that declares none keeps those that it had.
    const { inputs } = stored as { inputs: Record<string, unknown> };
    const adopted = { ...stored, inputs: { ...inputs, secrets: undefined, adoptId: appId } };
    expect((await drift(adopted)).undeclaredSecrets).toHaveLength(1);
    const known = { "Default secret": "a", "by hand": "b" };
    const outputs = { ...(stored["outputs"] as object), secretValues: sealed(known) };
    expect((await drift({ ...adopted, outputs })).undeclaredSecrets).toEqual([]);
  } finally {
    await sandbox.request("DELETE", `${secrets}/by%20hand`);
  }
});

test("another fingerprint key than that of the last up is found out", () => {
  const provider = (key: string) => ({
    urn: "urn:pulumi:test::p::pulumi:providers:pulumi-nodejs::default",
    type: "pulumi:providers:pulumi-nodejs",
    inputs: { "logto:fingerprintKey": sealed(key) },
  });
  expect(isFingerprintKeyChanged(content(provider(fingerprintKey)))).toBe(false);
  expect(isFingerprintKeyChanged(content(provider("anotherKey")))).toBe(true);
  expect(isFingerprintKeyChanged(content(stored))).toBe(false);
});

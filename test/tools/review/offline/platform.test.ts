import { runtime } from "@pulumi/pulumi";
import { unknownValue } from "../../../../infra/checks";
import { provider as managementAccess } from "../../../../infra/server/database/management-access";
import type { Preview, Step } from "../../../../tools/review/events";
import {
  platformSteps,
  replacingBy,
  replacingOfOurs,
} from "../../../../tools/review/offline/platform";
import { reviewOf } from "../../../../tools/review/review";

const secret = { [runtime.specialSigKey]: runtime.specialSecretSig };
const container = "docker:index/container:Container";
const password = "random:index/randomPassword:RandomPassword";
const ready = "pulumi-nodejs:dynamic/logto-server:ReadyContainer";

interface Declared {
  type: string;
  inputs: Record<string, unknown>;
  /** By property, of which resources it is made. */
  of?: Record<string, string[]>;
  isProtected?: true;
}

/** What a side declares, by name. */
function declared(resources: Record<string, Declared>): Preview {
  const entries = Object.entries(resources);
  return {
    steps: entries.map(([urn, { type, inputs, isProtected = false }]): Step => ({
      operation: "create",
      urn,
      type,
      before: undefined,
      after: inputs,
      replacedBy: [],
      wasProtected: false,
      isProtected,
    })),
    dependencies: new Map(entries.map(([urn, { of = {} }]) => [urn, of])),
    refreshes: [],
    outputs: undefined,
    findings: [],
    errors: [],
    unchanged: 0,
    isEnded: true,
  };
}

const schemas: Record<string, object> = {
  docker: {
    resources: {
      [container]: {
        inputProperties: { image: { willReplaceOnChanges: true }, memory: {}, envs: {} },
      },
    },
  },
  random: {
    resources: { [password]: { inputProperties: { length: { replaceOnChanges: true } } } },
  },
};

const schemaOf = (name: string) =>
  Promise.resolve(schemas[name] === undefined ? undefined : JSON.stringify(schemas[name]));

/** What happens, as `operation name: properties that it is replaced by`, and what may change. */
async function stepsOf(
  before: Record<string, Declared>,
  after: Record<string, Declared>,
): Promise<Record<string, [string, ...string[]]>> {
  const sides = { before: declared(before), after: declared(after) };
  const steps = await platformSteps(sides, replacingBy(schemaOf));
  return Object.fromEntries(
    steps.map(({ urn, operation, replacedBy, mayChange = [] }) => [
      urn,
      [
        [operation, ...replacedBy].join(" "),
        ...mayChange.map(({ path, kind }) => `${path} ${kind}`),
      ],
    ]),
  );
}

/** @param image of which password it is made */
const stack = (length: number, memory = 1, image = "other"): Record<string, Declared> => ({
  password: { type: password, inputs: { length } },
  other: { type: password, inputs: { length: 8 } },
  server: {
    type: container,
    inputs: { image: unknownValue, memory, envs: [{ value: unknownValue }] },
    of: { image: [image], envs: ["password"] },
  },
  ready: {
    type: ready,
    inputs: { container: unknownValue, password: secret, name: "server" },
    of: { container: ["server"], password: ["password"], name: ["password"] },
  },
});

test("what is made of nothing that changes stays, known or not", async () => {
  const steps = await stepsOf(stack(32), stack(32));
  expect(Object.values(steps)).toEqual([["same"], ["same"], ["same"], ["same"]]);
});

test("what the plugin's schema says cannot be changed in place is replaced, and what is made of it may change", async () => {
  expect(await stepsOf(stack(32), stack(40))).toEqual({
    password: ["replace length"],
    other: ["same"],
    server: ["may update", "envs[0].value unknown"],
    // A container that is updated in place keeps its id.
    ready: ["may update", "password secret"],
  });
});

test("what may be another one and cannot be changed in place may be replaced, and so on", async () => {
  const [before, after] = [stack(32, 1, "password"), stack(40, 1, "password")];
  expect(await stepsOf(before, after)).toMatchObject({
    server: ["may replace image", "image unknown", "envs[0].value unknown"],
    ready: ["may update", "container unknown", "password secret"],
  });
});

test("a plugin's resource that is updated in place opens nothing", async () => {
  expect(await stepsOf(stack(32, 1), stack(32, 2))).toEqual({
    password: ["same"],
    other: ["same"],
    server: ["update"],
    ready: ["same"],
  });
});

test("what is made of others than before may change", async () => {
  expect((await stepsOf(stack(32), stack(32, 1, "password")))["server"]).toEqual([
    "may replace image",
    "image unknown",
  ]);
});

test("a secret whose fingerprint is another one changes, whatever else may", async () => {
  const account = (print: string): Declared => ({
    type: ready,
    inputs: { password: secret, passwordFingerprint: print, url: unknownValue },
    of: { url: ["password"] },
  });
  const [before, after] = [stack(32), stack(40)];
  const steps = await stepsOf({ ...before, b: account("one") }, { ...after, b: account("other") });
  expect(steps["b"]).toEqual(["update", "url unknown"]);
});

test("if no schema says what is replaced, what changes may be", async () => {
  const bucket = (name: string): Declared => ({ type: "aws:s3/bucket:Bucket", inputs: { name } });
  expect(await stepsOf({ a: bucket("one") }, { a: bucket("other") })).toEqual({
    a: ["may replace name"],
  });
});

test("what comes and goes is created and deleted, and Logto's own is left to the sandbox", async () => {
  const [one, other] = [stack(32)["password"], stack(32)["other"]] as [Declared, Declared];
  const application = { type: "pulumi-nodejs:dynamic/logto:Application", inputs: { name: "A" } };
  expect(await stepsOf({ one, application }, { other, application })).toEqual({
    one: ["delete"],
    other: ["create"],
  });
});

test("our own resources are replaced by what their providers say", async () => {
  const inputs = { databaseUrl: "", clientId: "one", clientSecretFingerprint: "" };
  const { replaces } = await managementAccess.diff(
    "",
    inputs as never,
    { ...inputs, clientId: "other" } as never,
  );
  expect(replacingOfOurs["logto-server:ManagementAccess"]).toEqual(replaces);
});

test("the report says of one that is protected that it cannot be", async () => {
  const volume = (name: string): Declared => ({
    type: "docker:index/volume:Volume",
    inputs: { name },
    isProtected: true,
  });
  const sides = { before: declared({ data: volume("a") }), after: declared({ data: volume("b") }) };
  const steps = await platformSteps(sides, replacingBy(schemaOf));
  const { changes } = reviewOf(
    { ...declared({}), steps },
    { stack: "production", isRefreshed: false },
  );
  expect(changes).toMatchObject([
    {
      operation: "may replace",
      consequence:
        "Every account, session and setting in it is lost unless a backup is restored. As it is protected, the engine refuses to replace it, and the up fails.",
    },
  ]);
});

import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runtime } from "@pulumi/pulumi";
import type { Tools } from "../../../tools/engine/tools";
import { exitCodeOf } from "../../../tools/review/exit-codes";
import { failureOf, previewOf } from "../../../tools/review/preview";
import { reviewOf } from "../../../tools/review/review";
import { temporaryFolder } from "../../support/programs";

const project = path.resolve(__dirname, "../../..");

/** An engine that prints this. */
function engine(stdout: string, stderr = "") {
  const started: { args: string[]; env: Record<string, string> }[] = [];
  const tools = (env: Record<string, string>): Pick<Tools, "pulumi" | "with"> => ({
    with: (more) => tools({ ...env, ...more }) as Tools,
    pulumi: (args) => {
      started.push({ args, env });
      return Promise.resolve({
        failed: stderr !== "",
        stdout,
        output: `${stderr} ${stdout}`.trim(),
      });
    },
  });
  return { tools: tools({}), started };
}
const lines = (...events: object[]) => events.map((event) => JSON.stringify(event)).join("\n");
const about = (stack: string) => ({ project, stack, isRefreshed: false });
const ended = { summaryEvent: { resourceChanges: { same: 3 } } };
const error = (message: string) => ({ diagnosticEvent: { severity: "error", message } });
const violation = {
  policyEvent: {
    policyName: "rule",
    enforcementLevel: "mandatory",
    resourceUrn: "urn:a",
    message: "Checks that it is right.\nIt must be right.\n",
  },
};

test("the policies judge with the configuration of the stack's environment, or with production's", async () => {
  const { tools, started } = engine(lines(ended));
  await previewOf(tools, { ...about("acme/logto-stack/dev"), isRefreshed: true });
  await previewOf(tools, about("elsewhere"));
  expect(started.map(({ args }) => args.join(" "))).toEqual([
    "preview --json --stack acme/logto-stack/dev --non-interactive --refresh --policy-pack policies --policy-pack-config policies/configuration/dev.json",
    "preview --json --stack elsewhere --non-interactive --policy-pack policies",
  ]);
  expect(started[0]?.env).toEqual({ PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" });
});

test("if the engine writes its events into a file, it also tells what depends on what", async () => {
  const eventLog = path.join(temporaryFolder(), "events.jsonl");
  writeFileSync(eventLog, lines(violation, ended));
  const steps = [
    { urn: "urn:a", newState: { propertyDependencies: { image: ["urn:b"] } } },
    { urn: "urn:b", newState: {} },
  ];
  const { tools, started } = engine(JSON.stringify({ steps }, null, 2));
  const preview = await previewOf(tools, { ...about("local"), judge: undefined, eventLog });
  expect(started).toEqual([
    {
      args: `preview --json --stack local --non-interactive --event-log ${eventLog}`.split(" "),
      env: { PULUMI_DEBUG_COMMANDS: "true" },
    },
  ]);
  expect(preview.dependencies?.get("urn:a")).toEqual({ image: ["urn:b"] });
  expect(preview.dependencies?.get("urn:b")).toEqual({});
  expect(preview).toMatchObject({ unchanged: 3, errors: [], findings: [{ policy: "rule" }] });
});

test("an engine that is killed before it has written an event has not ended", async () => {
  const eventLog = path.join(temporaryFolder(), "events.jsonl");
  const { tools } = engine("", "signal: killed");
  const preview = await previewOf(tools, { ...about("local"), eventLog });
  expect(preview).toMatchObject({ isEnded: false, errors: ["signal: killed"] });
});

test("the policies of another project judge with their own configuration", async () => {
  const { tools, started } = engine(lines(ended));
  const judge = temporaryFolder();
  const configuration = path.join(judge, "policies/configuration");
  cpSync(path.join(project, "policies/configuration"), configuration, { recursive: true });
  await previewOf(tools, { ...about("dev"), judge });
  const [pack, ofDev] = ["policies", "policies/configuration/dev.json"].map((file) =>
    path.relative(project, path.join(judge, file)),
  );
  expect(started[0]?.args.slice(-4)).toEqual([
    ...["--policy-pack", pack, "--policy-pack-config", ofDev],
  ]);
});

test.each<[string, object[], string, number]>([
  [
    "a server that does not answer",
    [error("Could not read: Logto at http://a does not answer (ECONNREFUSED)"), ended],
    "",
    3,
  ],
  ["an engine that ends without a word", [], "", 3],
  ["an engine that says why it cannot start", [], "error: the back end is not there", 3],
  ["a stack whose settings are wrong", [error("Pulumi.a.yaml: b is missing"), ended], "", 2],
])("%s is no review", async (_name, events, stderr, code) => {
  const preview = await previewOf(engine(lines(...events), stderr).tools, about("local"));
  const failure = failureOf(preview, "local");
  expect(failure?.message).toMatch(/^The stack local cannot be previewed:\n./);
  expect(failure && exitCodeOf(failure)).toBe(code);
});

test("a violated policy is a review, though the engine calls it a failure", async () => {
  const events = [violation, error("preview failed\n"), ended];
  const preview = await previewOf(engine(lines(...events)).tools, about("local"));
  expect(preview.errors).toEqual([]);
  expect(preview.findings).toMatchObject([{ policy: "rule", message: "It must be right." }]);
  expect(failureOf(preview, "local")).toBeUndefined();
});

test("an error stays next to a violated policy in the review", async () => {
  const events = [violation, error("error: oops\n"), error("oops"), ended];
  const preview = await previewOf(engine(lines(...events)).tools, about("local"));
  expect(preview.errors).toEqual(["oops"]);
  expect(failureOf(preview, "local")).toBeUndefined();
});

describe("what a refresh found", () => {
  const role = "postgresql:index/role:Role";
  const metadata = (
    op: string,
    type: string,
    old: object,
    wanted: object,
    diff: object | null,
  ) => ({
    ...{ op, urn: `urn:pulumi:dev::logto-stack::${type}::logto`, type, detailedDiff: diff },
    ...{ old, new: wanted },
  });
  const reviewed = async (...events: object[]) => {
    const preview = await previewOf(engine(lines(...events, ended)).tools, about("dev"));
    return reviewOf(preview, { stack: "dev", isRefreshed: true });
  };

  test("in a property that is no input, such as a role that was granted by hand, is drift and a change", async () => {
    const inputs = { name: "logto", __defaults: ["encryptedPassword"] };
    const before = { inputs, outputs: { ...inputs, roles: [] } };
    const after = { inputs, outputs: { ...inputs, roles: ["pg_monitor"], __defaults: [] } };
    const { drift, changes } = await reviewed(
      {
        resOutputsEvent: {
          metadata: metadata("refresh", role, before, after, {
            "roles[0]": { diffKind: "add", inputDiff: false },
          }),
        },
      },
      {
        resourcePreEvent: {
          metadata: metadata(
            "update",
            role,
            after,
            { inputs },
            {
              "roles[0]": { diffKind: "delete", inputDiff: false },
            },
          ),
        },
      },
    );
    expect(drift.map(({ differences }) => differences)).toEqual([
      [{ path: "roles[0]", kind: "added", after: "pg_monitor" }],
    ]);
    expect(changes.map(({ differences }) => differences)).toEqual([
      [{ path: "roles[0]", kind: "removed", before: "pg_monitor" }],
    ]);
  });

  test("inside a property that is secret as a whole is drift of a secret, and is not shown", async () => {
    const inputs = { name: "logto" };
    const uploads = { [runtime.specialSigKey]: runtime.specialSecretSig, ciphertext: "[secret]" };
    const { drift } = await reviewed({
      resOutputsEvent: {
        metadata: metadata(
          ...(["refresh", "docker:index/container:Container"] as const),
          { inputs, outputs: { ...inputs, "up.loads": [{ content: "old" }] } },
          { inputs, outputs: { ...inputs, "up.loads": uploads } },
          { '["up.loads"][0].content': { diffKind: "update", inputDiff: false } },
        ),
      },
    });
    expect(drift[0]?.differences).toEqual([
      { path: "up.loads[0].content", kind: "secret", state: "became secret" },
    ]);
  });

  test("in the order alone of a list whose order means nothing is none", async () => {
    const [before, after] = [
      ["B=2", "A=1"],
      ["A=1", "B=2"],
    ].map((envs) => ({ inputs: { envs, command: envs }, outputs: {} })) as [object, object];
    const { drift } = await reviewed({
      resOutputsEvent: {
        metadata: metadata("refresh", "docker:index/container:Container", before, after, {}),
      },
    });
    expect(drift[0]?.differences.map(({ path }) => path)).toEqual(["command"]);
  });
});

test("a bug is neither an answer nor wrong use", () => {
  expect(exitCodeOf(new TypeError("oops"))).toBe(3);
});

import { createRequire } from "node:module";
import path from "node:path";
import { quirks, hasQuirk } from "../../../tools/engine/quirks";
import { requirePolicyHost } from "../../../tools/engine/policy-host";
import { prepareTools } from "../../../tools/engine/tools";
import { temporaryFolder, writeProgram } from "../../support/programs";
import { failureOf } from "../../support/tools";

const project = path.join(__dirname, "../../..");
const policies = ["preview", "--policy-pack", "policies"];

/** A language host that answers the call as `answer` says, and nothing else. */
function hostAnswering(answer: string): string {
  const bin = temporaryFolder();
  const own = createRequire(__filename);
  const module = (name: string) => JSON.stringify(own.resolve(name));
  const program = [
    `const grpc = require(${module("@grpc/grpc-js")});`,
    `const { LanguageRuntimeService } = require(${module("@pulumi/pulumi/proto/language_grpc_pb")});`,
    "const server = new grpc.Server();",
    `server.addService(LanguageRuntimeService, { runPlugin: (call) => { ${answer} } });`,
    'server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => console.log(port));',
  ].join("\n");
  writeProgram(bin, "pulumi-language-nodejs", `exec ${process.execPath} -e '${program}'`);
  return bin;
}
const engine = (version: string, bin: string) => ({
  engine: { version, bin, origin: "on PATH" },
  env: { ...process.env },
});

test("a language host that is older than its engine is named before the policies are to judge", async () => {
  const { engine: own, env } = await prepareTools({ project, env: process.env, isThorough: false });
  const newer = { engine: { ...own, version: "3.276.0" }, env };
  expect(await failureOf(requirePolicyHost(newer, policies))).toMatch(
    /^The engine 3\.276\.0 \(.*\) cannot run the policies: the pulumi-language-nodejs .* older Pulumi\. Install .*, or take this engine off PATH/,
  );
  await requirePolicyHost(newer, ["preview"]);
  await requirePolicyHost({ engine: { ...own, version: "3.174.0" }, env }, policies);
});

test.each([
  ["starts what it is told to", "call.end();"],
  ["has nothing to start", 'call.emit("error", { code: 2, details: "no program to run" });'],
])("a language host that %s runs policies", async (_what, answer) => {
  await requirePolicyHost(engine("3.200.0", hostAnswering(answer)), policies);
});

test("what versions do otherwise is told by semantic versions, also before a release", () => {
  const having = (version: string) =>
    (Object.keys(quirks) as (keyof typeof quirks)[]).filter((name) => hasQuirk(version, name));
  expect(having("3.170.0")).toContain("panicAtReplacement");
  expect(having("3.170.0")).not.toContain("policiesByLanguageHost");
  expect(having("3.186.9")).toContain("panicAtReplacement");
  expect(having("3.187.0")).not.toContain("panicAtReplacement");
  expect(having("3.175.0-alpha.1")).not.toContain("uncheckedRefresh");
  expect(having("3.300.0-dev.0")).toEqual(
    expect.arrayContaining(["policiesByLanguageHost", "uncheckedRefresh"]),
  );
});

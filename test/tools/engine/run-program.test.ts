import { runtime } from "@pulumi/pulumi";
import { environmentOf, runsProgram } from "../../../tools/engine/run-program";
import { needsTodaysConnection } from "../../../tools/engine/todays-connection";

test.each<[string, boolean]>([
  ["refresh --yes", true],
  ["destroy --yes --stack dev", true],
  ["down", true],
  ["--cwd up refresh", true],
  // With the program, a refresh with targets can leave a state that nothing reads.
  ["refresh --target urn:a", false],
  ["refresh --exclude=urn:a", false],
  // These run it anyway, and old engines panic where something is replaced.
  ["up --refresh", false],
  ["preview --refresh --json", false],
  ["-C refresh preview", false],
  ["stack export", false],
])("of `pulumi %s` it is %s that the program is run first", (command, isRun) => {
  const args = command.split(" ");
  expect(runsProgram(args)).toBe(isRun);
  const inherited = { PULUMI_RUN_PROGRAM: String(!isRun), PATH: "/bin" };
  expect(environmentOf(args, inherited)).toEqual({
    PULUMI_RUN_PROGRAM: String(isRun),
    PATH: "/bin",
  });
});

const sealed = (value: string) => ({
  [runtime.specialSigKey]: runtime.specialSecretSig,
  plaintext: JSON.stringify(value),
});
const connection = { "logto:endpoint": "http://a", "logto-stack:other": "x" };
const lastUp = { ...connection, "logto:clientSecret": sealed("one") };
const provider = { urn: "urn:p", type: "pulumi:providers:pulumi-nodejs", inputs: lastUp };

function stackWith(resources: object[], secret: string, more = {}) {
  const configuration = {
    "logto:endpoint": { value: "http://a" },
    "logto:clientSecret": { value: secret, secret: true },
    "logto-stack:runtime": { value: "external" },
    ...more,
  };
  const pulumi = jest.fn(([command]: string[]) => {
    const answer = command === "config" ? configuration : { deployment: { resources } };
    const stdout = JSON.stringify(answer);
    return Promise.resolve({ failed: false, output: stdout, stdout });
  });
  return { pulumi };
}

test("a refresh within an up or a preview needs it only if a Logto of others is reached otherwise than before", async () => {
  const flags = ["preview", "--refresh"];
  const isNeeded = (tools: ReturnType<typeof stackWith>, args = flags) =>
    needsTodaysConnection(tools, "dev", args);
  expect(await isNeeded(stackWith([provider], "one"))).toBe(false);
  expect(await isNeeded(stackWith([provider], "two"))).toBe(true);
  const more = { "logto:parallel": { value: "4" }, "logto-stack:other": { value: "y" } };
  expect(await isNeeded(stackWith([provider], "one", more))).toBe(true);
  expect(await isNeeded(stackWith([], "two"))).toBe(false);
  // A server of the stack's own is given the new secret by the up, and has the old one until then.
  const own = { "logto-stack:runtime": { value: "docker" } };
  expect(await isNeeded(stackWith([provider], "two", own))).toBe(false);
  const untouched = stackWith([provider], "two");
  expect(await isNeeded(untouched, ["preview"])).toBe(false);
  expect(await isNeeded(untouched, ["refresh"])).toBe(false);
  expect(untouched.pulumi).not.toHaveBeenCalled();
});

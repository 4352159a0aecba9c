import type { ResourceValidationPolicy } from "@pulumi/policy";
import { policiesFor, resourceRule, stackRule } from "../../policies/rule";
import { judge, type Registered, secret, unknown } from "../support/policies";

/**
 * What the rules stand on: the SDK's marks for secrets and its proxies for what is unknown, as its own
 * server makes them of the engine's messages. A new version of the SDK that breaks any of it fails here.
 */
function resource(inputs: object, name = "one"): Registered {
  return { type: "example:index:Thing", name, inputs };
}

/** Asks of every property that it is no secret. */
const nothingIsSecret = resourceRule({
  name: "nothing-is-secret",
  description: "Checks that nothing is secret.",
  level: "mandatory",
  *demands({ leaves, branches }) {
    for (const property of [...leaves(), ...branches()]) {
      yield { property: property.path, must: "be in clear", isMet: () => !property.isSecret };
    }
  },
});

/** Asks of every text that it is `right`. */
const textsAreRight = resourceRule({
  name: "texts-are-right",
  description: "Checks that texts are right.",
  level: "mandatory",
  *demands({ leaves }) {
    for (const leaf of leaves()) {
      yield { property: leaf.path, must: "be right", isMet: () => leaf.value === "right" };
    }
  },
});

const secretPaths = async (inputs: object) =>
  (await judge([nothingIsSecret], [resource(inputs)])).map(
    ({ message }) => /, (\S+) must be in clear\. /.exec(message)?.[1] ?? message,
  );

describe("secrets", () => {
  test.each<[string, object, string[]]>([
    ["a text", { key: secret("s"), name: "n" }, ["key"]],
    ["a text inside an object", { config: { key: secret("s"), name: "n" } }, ["config.key"]],
    ["a whole object", { config: secret({ key: "s" }) }, ["config.key", "config"]],
    ["an element of a list", { envs: ["a", secret("b")] }, ["envs[1]"]],
    ["an object in a list", { files: [{ text: secret("b") }, { text: "c" }] }, ["files[0].text"]],
    ["a whole list", { envs: secret(["a"]) }, ["envs[0]", "envs"]],
    ["a number", { port: secret(5432) }, ["port"]],
    ["a key with a dot in it", { "logto:a.b": secret("s"), "logto:a": { b: "n" } }, ["logto:a.b"]],
    ["nothing", { key: "s", config: { list: ["a"] } }, []],
  ])("are told from plaintext: %s", async (_, inputs, paths) => {
    expect(await secretPaths(inputs)).toEqual(paths);
  });

  test("are those of this judgement, not of the one before", async () => {
    expect(await secretPaths({ key: secret("s") })).toEqual(["key"]);
    expect(await secretPaths({ key: "s" })).toEqual([]);
  });

  test("count as unknown if their value is, because the mark does not reach a policy then", async () => {
    expect(await judge([nothingIsSecret], [resource({ key: unknown })])).toEqual([
      {
        policy: "judged-in-up",
        level: "advisory",
        message: expect.stringContaining(
          'In the Thing "one", key must wait for the up to be judged by nothing-is-secret.',
        ) as string,
      },
    ]);
  });

  test("that cannot be told, because a configuration took the level away, fail every rule that asks", async () => {
    const configuration = { "secrets-are-told-apart": "mandatory" as const };
    const never = { ...resource({ key: "s" }), name: "never judged before" };
    expect(await judge([nothingIsSecret], [never], { configuration })).toEqual([
      {
        policy: "secrets-are-told-apart",
        level: "mandatory",
        message:
          'In the Thing "never judged before", secrets must be told from plaintext: leave the policy secrets-are-told-apart at its level remediate.',
      },
      {
        policy: "nothing-is-secret",
        level: "mandatory",
        message:
          'In the Thing "never judged before", key must be judged, which needs the policy secrets-are-told-apart at its level remediate.',
      },
    ]);
  });

  test("and the rest are left as they are by the policy that sees them", () => {
    const [seeing] = policiesFor([]) as ResourceValidationPolicy[];
    expect(
      seeing?.remediateResource?.({ urn: "urn", props: { key: "s" } } as never),
    ).toBeUndefined();
  });
});

describe("what is not known yet", () => {
  test("is put off, and what is known is judged all the same", async () => {
    const findings = await judge(
      [textsAreRight],
      [resource({ a: unknown, b: "wrong", c: "right" })],
    );
    expect(findings.map(({ policy, level }) => `${level} ${policy}`)).toEqual([
      "mandatory texts-are-right",
      "advisory judged-in-up",
    ]);
    expect(findings[0]?.message).toBe(
      'In the Thing "one", b must be right. If it is right as it is: "texts-are-right": "advisory" in policies/configuration/production.json.',
    );
    expect(findings[1]?.message).toContain(
      "a must wait for the up to be judged by texts-are-right",
    );
  });

  test.each<[string, object, string]>([
    ["a whole object", { config: unknown }, "config"],
    ["an element of a list", { list: ["right", unknown] }, "list[1]"],
    ["a property of an object in a list", { list: [{ text: unknown }] }, "list[0].text"],
  ])("is named where it is: %s", async (_, inputs, path) => {
    const [finding] = await judge([textsAreRight], [resource(inputs)]);
    expect(finding?.message).toContain(`"one", ${path} must wait`);
  });

  test("stays advisory whatever level a configuration gives", async () => {
    const configuration = { "judged-in-up": "mandatory" as const };
    const findings = await judge([textsAreRight], [resource({ a: unknown })], { configuration });
    expect(findings.map(({ level }) => level)).toEqual(["advisory"]);
  });

  test("is a violation in the up itself, and nothing is said to wait", async () => {
    const findings = await judge([textsAreRight], [resource({ a: unknown })], { isApply: true });
    expect(findings).toEqual([
      {
        policy: "texts-are-right",
        level: "mandatory",
        message: 'In the Thing "one", a must be known in the up, to be judged.',
      },
    ]);
  });

  test("is put off as well if a rule reads it to find out what to ask", async () => {
    const eager = resourceRule({
      name: "eager",
      description: "Checks nothing.",
      level: "mandatory",
      *demands({ value }) {
        yield {
          property: "b",
          must: "be right",
          isMet: () => false,
        };
        if (value("a") === "right") return;
        yield { property: "c", must: "be right", isMet: () => false };
      },
    });
    const findings = await judge([eager], [resource({ a: unknown })]);
    expect(findings.map(({ level }) => level)).toEqual(["mandatory", "advisory"]);
    const [, ofTheUp] = await judge([eager], [resource({ a: unknown })], { isApply: true });
    expect(ofTheUp?.message).toBe('In the Thing "one", a must be known in the up, to be judged.');
  });

  test("of one resource is put off by a rule over the whole stack, and is a violation in the up", async () => {
    const overAll = stackRule({
      name: "over-all",
      description: "Checks that all are right.",
      level: "mandatory",
      *demandsOfStack(subjects) {
        for (const subject of subjects) {
          yield {
            subject,
            property: "a",
            must: "be right",
            isMet: () => subject.value("a") === "right",
          };
        }
      },
    });
    const resources = [resource({ a: "wrong" }, "one"), resource({ a: unknown }, "two")];
    const inPreview = await judge([overAll], resources);
    expect(inPreview.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'mandatory: In the Thing "one", a must be right. If it is right as it is: "over-all": "advisory" in policies/configuration/production.json.',
      expect.stringMatching(
        /^advisory: .* In the Thing "two", a must wait for the up to be judged\.$/,
      ),
    ]);
    const inUp = await judge([overAll], resources, { isApply: true });
    expect(inUp.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'mandatory: In the Thing "one", a must be right. If it is right as it is: "over-all": "advisory" in policies/configuration/production.json.',
      'mandatory: In the Thing "two", a must be known in the up, to be judged.',
    ]);
  });
});

test("what is wrong in a rule itself is an error with its stack and passes nothing", async () => {
  const broken = resourceRule({
    name: "broken",
    description: "Checks nothing.",
    level: "mandatory",
    *demands() {
      yield {
        property: "a",
        must: "be right",
        isMet: () => {
          throw new Error("a bug");
        },
      };
    },
  });
  await expect(judge([broken], [resource({})])).rejects.toThrow(/policy 'broken'[\s\S]*a bug/);
});

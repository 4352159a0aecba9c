import type { ResourceRule, StackRule } from "../../policies/rule";
import { rules } from "../../policies/rules";
import { type Finding, judge, type Registered, unknown } from "../support/policies";
import { registeredBy, shippedProgram, shippedSettings } from "../support/registered";
import { isPossible, put } from "./changes";
import { type Fault, faults } from "./faults";
import { type ShippedStack, shippedStacks, type StackName, stackNames } from "./stacks";

type Rule = ResourceRule | StackRule;

let stacks: Record<StackName, ShippedStack>;
beforeAll(async () => {
  stacks = await shippedStacks();
});

function judged(
  name: StackName,
  change: (resources: Registered[]) => Registered[],
  { only = rules, isApply = false }: { only?: readonly Rule[]; isApply?: boolean } = {},
) {
  const { resources, configuration } = stacks[name];
  return judge(only, change(resources), { configuration, isApply, stack: name });
}

/** The shipped stacks in which the fault can be planted. */
function placesOf({ change }: Fault): StackName[] {
  return stackNames.filter((name) => isPossible(change, stacks[name].resources));
}

/** The texts that a fault plants, which no message may show. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null
    ? Object.values<unknown>({ ...value }).flatMap(textsIn)
    : [];
}

test.each(stackNames)("the shipped stack %s breaks no rule", async (name) => {
  expect(await judged(name, (resources) => resources)).toEqual([]);
  expect(await judged(name, (resources) => resources, { isApply: true })).toEqual([]);
});

describe.each(faults)("$rule stops $what", (fault: Fault) => {
  const { rule, change, says, allowedIn, level = "mandatory", isMisfit = false } = fault;
  const own = rules.filter(({ name }) => name === rule);
  /** Findings of every rule in the first stack that stops it, and of its own rule in the others. */
  const findings = new Map<StackName, Finding[]>();
  let first: StackName | undefined;
  beforeAll(async () => {
    const places = placesOf(fault);
    first = places.find((name) => !allowedIn.includes(name));
    for (const name of places) {
      findings.set(name, await judged(name, change.apply, { only: name === first ? rules : own }));
    }
  });
  const sentences = says.map((start) => ({
    policy: rule,
    level,
    message: expect.stringMatching(startingWith(start)) as string,
  }));
  const warnings = isMisfit
    ? [{ ...sentences[0], policy: "redirect-uris-fit-the-application", level: "advisory" }]
    : [];

  test("with its sentence and no other", () => {
    expect(findings.get(first as StackName)).toEqual([...sentences, ...warnings]);
  });

  test("in every shipped stack that it can be planted in, unless the environment allows it", () => {
    for (const [name, found] of findings) {
      const own = allowedIn.includes(name) ? [] : sentences;
      const expected = name === first ? [...own, ...warnings] : own;
      expect({ name, found }).toEqual({ name, found: expected });
    }
  });

  test("in words that hold no value", () => {
    const planted = textsIn(change.put?.value).filter((text) => text.length > 8);
    for (const { message } of [...findings.values()].flat()) {
      for (const text of planted) expect(message).not.toContain(text);
    }
  });
});

function startingWith(start: string): RegExp {
  return new RegExp(`^${start.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&")}[^.].*\\.$`);
}

test("a console that the settings open to other machines is stopped", async () => {
  const settings = shippedSettings("dev");
  Object.assign(settings.docker ?? {}, { adminAddress: "0.0.0.0" });
  const resources = await registeredBy("dev", shippedProgram(settings));
  expect(await judged("dev", () => resources)).toEqual([
    {
      policy: "private-ports-stay-private",
      level: "mandatory",
      message: expect.stringMatching(
        startingWith('In the Container "logto", ports[1] must be published on 127.0.0.1'),
      ) as string,
    },
  ]);
});

test("every rule has a fault, but the one about the stack's file, which has tests of its own", () => {
  const covered = new Set([...faults.map(({ rule }) => rule), "stack-file-holds-no-credential"]);
  expect([...covered].sort()).toEqual(rules.map(({ name }) => name).sort());
});

test("in each shipped stack at least 40 faults can be planted that are stopped there", () => {
  const stopped = stackNames.map((name) => {
    const own = faults.filter(
      (fault) => placesOf(fault).includes(name) && !fault.allowedIn.includes(name),
    );
    return [name, own.length] as const;
  });
  for (const [name, count] of stopped) {
    expect({ name, isEnough: count >= 40, count }).toMatchObject({ name, isEnough: true });
  }
});

/** What is faulty in one property, and in the property itself and not in its being secret as a whole. */
const inOneProperty = faults.filter(
  ({ change, rule }) => change.put?.value !== undefined && rule !== "only-leaves-are-secret",
);

describe.each(inOneProperty)(
  "$rule judges $what in the up, where a preview does not know it",
  (fault: Fault) => {
    const { rule, change, allowedIn, level = "mandatory" } = fault;
    const { kind = "", path = "" } = change.put ?? {};
    const hidden = put(kind, path, unknown).apply;
    const only = rules.filter(({ name }) => name === rule);
    const stack = () =>
      placesOf(fault).findLast((name) => !allowedIn.includes(name)) ?? "production";

    test("and says so in the preview", async () => {
      const findings = await judged(stack(), hidden, { only });
      expect(findings).toEqual([
        {
          policy: expect.stringMatching(`^(judged-in-up|${rule})$`) as string,
          level: "advisory",
          message: expect.stringContaining("must wait for the up to be judged") as string,
        },
      ]);
      expect(findings[0]?.message).toContain(rule);
    });

    test("and does not let it pass if the up does not know it either", async () => {
      const findings = await judged(stack(), hidden, { only, isApply: true });
      expect(findings).toContainEqual({
        policy: rule,
        level,
        message: expect.stringContaining("must be known in the up") as string,
      });
    });
  },
);

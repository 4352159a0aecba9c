import type { ResourceRule, StackRule } from "../../policies/rule";
import { rules } from "../../policies/rules";
import { type Finding, judge, type Registered, unknown } from "../support/policies";
import { put } from "./changes";
import { type Fault, faults } from "./faults";
import { type RightStack, rightStacks } from "./stacks";

type Rule = ResourceRule | StackRule;

let stacks: RightStack[];
beforeAll(async () => {
  stacks = await rightStacks();
});

function right(name: string): RightStack {
  const found = stacks.find((stack) => stack.name === name);
  if (found === undefined) throw new Error(`there is no right stack ${name}`);
  return found;
}

function judged(
  name: string,
  change: (resources: Registered[]) => Registered[],
  { only = rules, isApply = false }: { only?: readonly Rule[]; isApply?: boolean } = {},
) {
  const { resources, configuration } = right(name);
  return judge(only, change(resources), { configuration, isApply, stack: name });
}

/** The texts that a fault plants, which no message may show. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null
    ? Object.values<unknown>({ ...value }).flatMap(textsIn)
    : [];
}

test.each(["local", "dev", "staging", "production"])(
  "the right stack %s breaks no rule",
  async (name) => {
    expect(await judged(name, (resources) => resources)).toEqual([]);
    expect(await judged(name, (resources) => resources, { isApply: true })).toEqual([]);
  },
);

describe.each(faults)(
  "$rule stops $what",
  ({ rule, change, says, stack = "production" }: Fault) => {
    let findings: Finding[];
    beforeAll(async () => {
      findings = await judged(stack, change.apply);
    });

    test("with its sentence and no other", () => {
      expect(findings).toEqual(
        says.map((start) => ({
          policy: rule,
          level: "mandatory",
          message: expect.stringMatching(startingWith(start)) as string,
        })),
      );
    });

    test("in words that hold no value", () => {
      const planted = textsIn(change.put?.value).filter((text) => text.length > 8);
      for (const { message } of findings) {
        for (const text of planted) expect(message).not.toContain(text);
      }
    });
  },
);

function startingWith(start: string): RegExp {
  return new RegExp(`^${start.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&")}[^.].*\\.$`);
}

test("every rule has a fault, but the one about the stack's file, which has tests of its own", () => {
  const covered = new Set([...faults.map(({ rule }) => rule), "stack-file-holds-no-credential"]);
  expect([...covered].sort()).toEqual(rules.map(({ name }) => name).sort());
  expect(faults.length).toBeGreaterThanOrEqual(40);
});

/** What is faulty in one property, and in the property itself and not in its being secret as a whole. */
const inOneProperty = faults.filter(
  ({ change, rule }) => change.put?.value !== undefined && rule !== "only-leaves-are-secret",
);

describe.each(inOneProperty)(
  "$rule judges $what in the up, where a preview does not know it",
  ({ rule, change, stack = "production" }: Fault) => {
    const { kind = "", path = "" } = change.put ?? {};
    const hidden = put(kind, path, unknown).apply;
    const only = rules.filter(({ name }) => name === rule);

    test("and says so in the preview", async () => {
      const findings = await judged(stack, hidden, { only });
      expect(findings).toEqual([
        {
          policy: expect.stringMatching(`^(judged-in-up|${rule})$`) as string,
          level: "advisory",
          message: expect.stringContaining("must wait for the up to be judged") as string,
        },
      ]);
      expect(findings[0]?.message).toContain(rule);
    });

    test("and does not let it pass where the up does not know it either", async () => {
      const findings = await judged(stack, hidden, { only, isApply: true });
      expect(findings).toContainEqual({
        policy: rule,
        level: "mandatory",
        message: expect.stringContaining("must be known in the up") as string,
      });
    });
  },
);

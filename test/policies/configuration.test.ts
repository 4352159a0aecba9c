import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { policiesFor } from "../../policies/rule";
import { rules } from "../../policies/rules";
import { configurationOf } from "./stacks";

const environments = readdirSync(path.join(__dirname, "../../policies/configuration"))
  .map((file) => path.parse(file).name)
  .sort();

test("there is a configuration for each environment", () => {
  expect(environments).toEqual(["dev", "local", "production", "staging"]);
});

test.each(environments)(
  "the configuration of %s sets levels and options that there are",
  (name) => {
    for (const [rule, chosen] of Object.entries(configurationOf(name))) {
      const { options = {} } = rules.find((one) => one.name === rule) ?? {};
      expect({ rule, isThere: rules.some((one) => one.name === rule) }).toEqual({
        rule,
        isThere: true,
      });
      if (typeof chosen === "string") {
        expect(["advisory", "disabled"]).toContain(chosen);
        continue;
      }
      for (const [option, value] of Object.entries(chosen)) {
        const type = options[option]?.type;
        const isRight = type === "array" ? Array.isArray(value) : typeof value === type;
        expect({ rule, option, isRight }).toEqual({ rule, option, isRight: true });
      }
    }
  },
);

test.each(["staging", "production"])("%s is as strict as the rules are by themselves", (name) => {
  for (const [rule, chosen] of Object.entries(configurationOf(name))) {
    const { options = {} } = rules.find((one) => one.name === rule) ?? {};
    const defaults = Object.keys(chosen).map((option): [string, unknown] => [
      option,
      options[option]?.default,
    ]);
    expect({ [rule]: chosen }).toEqual({ [rule]: Object.fromEntries(defaults) });
  }
});

test("every rule is told from the others and says what it checks", () => {
  const names = policiesFor(rules).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, description } of rules) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)+$/);
    expect(description).toMatch(/^Checks that .*\.$/);
  }
});

test("the pack sees secrets first, and says last what it put off", () => {
  const names = policiesFor(rules).map(({ name }) => name);
  expect(names.at(0)).toBe("secrets-are-told-apart");
  expect(names.at(-1)).toBe("judged-in-up");
});

/** As the table of the README has it: `mandatory`, `disabled`, `mandatory, allowTags`. */
function levelIn(
  environment: string,
  { name, level, options = {} }: (typeof rules)[number],
): string {
  const chosen = configurationOf(environment)[name] ?? {};
  if (typeof chosen === "string") return chosen;
  const own = Object.entries(chosen).filter(
    ([option, value]) => !isDeepStrictEqual(value, options[option]?.default),
  );
  return [level, ...own.map(([option]) => `\`${option}\``)].join(", ");
}

test("the table of the README has every rule, what it stops, and its level in each environment", () => {
  const readme = readFileSync(path.join(__dirname, "../../README.md"), "utf8");
  const section = readme.split(/^## /m).find((one) => one.startsWith("Policies\n")) ?? "";
  const [head = [], , ...rows] = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  const [, , ...columns] = head.map((cell) => cell.replaceAll("`", ""));
  expect([...columns].sort()).toEqual(environments);
  expect(rows).toEqual(
    rules.map((rule) => [
      `\`${rule.name}\``,
      expect.stringMatching(/^\S.{10,}[^.]$/) as string,
      ...columns.map((environment) => levelIn(environment, rule)),
    ]),
  );
  expect(section).toContain(`${rules.length} rules`);
});

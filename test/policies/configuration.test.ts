import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { policiesFor } from "../../policies/rule";
import { rules } from "../../policies/rules";
import { configurationOf } from "./stacks";

const environments = readdirSync(path.join(__dirname, "../../policies/configuration"))
  .map((file) => path.parse(file).name)
  .sort();

test("there is a configuration for each environment", () => {
  expect(environments).toEqual(["dev", "local", "production", "staging"]);
});

test.each(environments)("the configuration of %s sets options that there are", (environment) => {
  for (const [name, chosen] of Object.entries(configurationOf(environment))) {
    const options = rules.find((rule) => rule.name === name)?.options;
    expect({ name, options }).toEqual({ name, options: expect.anything() as unknown });
    for (const [option, value] of Object.entries(chosen)) {
      const { type } = options?.[option] ?? {};
      const isRight = type === "array" ? Array.isArray(value) : typeof value === type;
      expect({ name, option, isRight }).toEqual({ name, option, isRight: true });
    }
  }
});

test.each(["staging", "production"])("the options of %s are as strict as the defaults", (name) => {
  for (const [rule, chosen] of Object.entries(configurationOf(name))) {
    for (const [option, value] of Object.entries(chosen)) {
      const { default: strict } = rules.find((one) => one.name === rule)?.options?.[option] ?? {};
      expect(value).toEqual(strict);
    }
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

test("the table of the README has every rule, at its level, and says where environments differ", () => {
  const readme = readFileSync(path.join(__dirname, "../../policies/README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([\w-]+)` +\| .+? \| (\w+) +\| (.+?) +\|$/gm)].map(
    ([, name = "", level = "", elsewhere = ""]) => ({
      name,
      level,
      isSame: elsewhere === "the same",
    }),
  );
  const local = configurationOf("local");
  expect(rows).toEqual(
    rules.map(({ name, level }) => ({ name, level, isSame: local[name] === undefined })),
  );
});

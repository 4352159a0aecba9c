import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { secretOutputsAreDeclared } from "../../../policies/secrets/secret-outputs-are-declared";
import { declaredKinds } from "../../../policies/types";
import { judge, type Registered } from "../../support/policies";
import { shippedStacks } from "../stacks";

/** One resource of each of this project's types, as its own class registers it. */
let declaring: Registered[];
beforeAll(async () => {
  const stacks = Object.values(await shippedStacks());
  const own = stacks
    .flatMap(({ resources }) => resources)
    .filter(({ additionalSecretOutputs: outputs = [] }) => outputs.length > 0)
    .filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
  declaring = [...new Map(own.map((resource) => [resource.type, resource])).values()];
});

test("the shipped stacks have a resource of every class that declares secret outputs in its own file", () => {
  const infra = path.join(__dirname, "../../../infra");
  const files = readdirSync(infra, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .filter((file) =>
      /additionalSecretOutputs: \[/.test(readFileSync(path.join(infra, file), "utf8")),
    );
  expect(files.length).toBeGreaterThan(5);
  // A declared kind says in its declaration what is secret: test/infra/logto/declared-kinds.test.ts.
  const types = declaring.map(({ type }) => type).filter((type) => !declaredKinds.includes(type));
  expect(types).toHaveLength(files.length);
});

test("every secret output that a class declares is asked for by the rule", async () => {
  for (const resource of declaring) {
    const { type, name, additionalSecretOutputs: outputs = [] } = resource;
    const undeclared = { ...resource, additionalSecretOutputs: [] };
    const findings = await judge([secretOutputsAreDeclared], [undeclared]);
    const kind = type.split(":").at(-1);
    expect(findings.map(({ message }) => message)).toEqual(
      outputs.map(
        (output) =>
          `In the ${kind} "${name}", the option additionalSecretOutputs must name ${output}, or it is stored in clear. If it is right as it is: "secret-outputs-are-declared": "advisory" in policies/configuration/production.json.`,
      ),
    );
  }
});

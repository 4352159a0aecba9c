import { rules } from "../../policies/rules";
import { isPossible, valueAt } from "../policies/changes";
import { chance, credentials } from "../policies/credentials";
import { type Fault, faults } from "../policies/faults";
import { shippedStacks } from "../policies/stacks";
import { describeWithDocker } from "../support/docker";
import type { Registered } from "../support/policies";
import { Project, type Run } from "../support/project";

/**
 * The pack on the real engine: over a stack that breaks every rule, over values that only the up knows, and
 * over the shipped stacks, which break none. What breaks rules is registered as components: the engine
 * hands those to policies like any resource, and needs no plugin and no server for them.
 */
jest.setTimeout(300_000);

const canaries = {
  "logto:clientSecret": chance("client", 32),
  "logto:fingerprintKey": chance("fingerprint", 32),
  "logto-stack:sendgridApiKey": `SG.${chance("canary", 22)}.${chance("key", 43)}`,
};
/** The stacks that declare who administers a console. */
const canariesOfConsole = {
  ...canaries,
  "logto-stack:administratorPassword": chance("console", 32),
};
const notKnown = "<known after the apply>";

let project: Project;
/** The resources of the shipped stack `production`, which break no rule. */
let right: Registered[];
beforeAll(async () => {
  project = await Project.copy();
  await project.useFreePorts();
  right = (await shippedStacks()).production.resources;
});
afterAll(async () => {
  await project.pulumi("destroy", "--yes", "--stack", "local");
  project.remove();
});

/** Registers what stacks/resources.json says, with the engine's own marks for secrets. */
const program = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const password = new random.RandomPassword("password", { length: 32, special: false });

function input(value: any): any {
  if (value === "${notKnown}") return password.result;
  if (Array.isArray(value)) return value.map(input);
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.specialSigKey in value) return pulumi.secret(input(value.value));
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, input(held)]));
}

class Declared extends pulumi.Resource {
  constructor({ type, name, inputs, ...options }: any) {
    super(type, name, false, input(inputs), options);
    pulumi.runtime.registerResourceOutputs(this, input(inputs));
  }
}

for (const resource of JSON.parse(readFileSync("stacks/resources.json", "utf8"))) {
  new Declared(resource);
}
`;

/** Runs with the program above instead of the project's own. */
async function withResources<Result>(resources: Registered[], work: () => Promise<Result>) {
  const own = project.read("stacks/index.ts");
  project.write("stacks/index.ts", program);
  project.write("stacks/resources.json", JSON.stringify(resources));
  try {
    return await work();
  } finally {
    project.write("stacks/index.ts", own);
  }
}

function withPack(command: "preview" | "up", stack: string, environment: string): Promise<Run> {
  return project.pulumi(
    command,
    ...(command === "up" ? ["--yes", "--skip-preview"] : []),
    ...["--stack", stack, "--policy-pack", "policies"],
    ...["--policy-pack-config", `policies/configuration/${environment}.json`],
  );
}

async function newStack(stack: string): Promise<void> {
  await project.pulumi("stack", "init", stack, "--no-select");
}

/** The resource that a fault changes, or that is at fault for what is not there, under a name of its own. */
function atFault({ change, says }: Fault, name: string): Registered {
  const [, kind = "", own = ""] = /^In the (\w+) "(.+?)"/.exec(says[0] ?? "") ?? [];
  const isNamed = (one: Registered) => one.type.endsWith(`:${kind}`) && one.name === own;
  const found = change.apply(right).find((one) => !right.includes(one)) ?? right.find(isNamed);
  if (found === undefined) throw new Error(`nothing is at fault for ${says.join()}`);
  return { ...found, name };
}

/** By policy, the sentences that a run's report holds. */
function reported({ output }: Run, level: "mandatory" | "advisory"): string[] {
  const findings = output.matchAll(/- \[(\w+)\] +([\w-]+) .*\n((?: {10}.*\n)+)/g);
  return [...findings]
    .filter(([, found]) => found === level)
    .map(
      ([, , policy = "", lines = ""]) =>
        `${policy}: ${lines.trim().split("\n").at(-1)?.trim() ?? ""}`,
    );
}

test("npm run up stops the fault of every rule by itself, in one sentence with neither secret nor value", async () => {
  // The one about the stack's file finds its fault there; production's configuration does for all others.
  const planted = rules
    .filter(({ name }) => name !== "stack-file-holds-no-credential")
    .map(({ name }) => {
      const found = faults.filter(
        ({ rule, change, allowedIn }) =>
          rule === name && isPossible(change, right) && !allowedIn.includes("production"),
      );
      // If the fault is that something is there, and not that something is missing, nothing else is needed.
      return found.find(({ change }) => change.put !== undefined) ?? found[0];
    })
    .filter((fault) => fault !== undefined);
  await newStack("faults");
  project.write(
    "Pulumi.faults.yaml",
    `${project.read("Pulumi.faults.yaml")}config:\n  logto:endpoint: https://auth.bookstore.example\n  logto-stack:note: ${credentials.sendGrid}\n`,
  );
  const named = planted.map((fault, index) => atFault(fault, `fault-${index}`));
  const run = await withResources(named, () => project.npm("up", ["faults"]));
  expect(run.code).not.toBe(0);
  expect(run.output).toContain(
    "The policies judge faults, as production, as there is no policies/configuration/faults.json.",
  );
  expect(run.output).toContain("Previewing update (faults)");
  expect(run.output).not.toContain("Updating (faults)");
  // One rule only warns.
  const sentences = [...reported(run, "mandatory"), ...reported(run, "advisory")];
  planted.forEach(({ rule, says }, index) => {
    const start = says[0]?.replace(/"(.+?)"/, `"fault-${index}"`) ?? "";
    expect(sentences).toContainEqual(expect.stringContaining(`${rule}: ${start}`));
  });
  expect(sentences).toContainEqual(
    expect.stringContaining(
      'stack-file-holds-no-credential: In the Stack "logto-stack-faults", logto-stack:note of Pulumi.faults.yaml must ',
    ),
  );
  const fired = new Set(sentences.map((sentence) => sentence.split(":")[0]));
  expect([...fired].sort()).toEqual(rules.map(({ name }) => name).sort());
  for (const value of Object.values(credentials)) expect(run.output).not.toContain(value);
});

test("what a preview does not know is named there and judged in the up", async () => {
  const container = atFault(
    faults.find(({ rule }) => rule === "backups-are-made") as Fault,
    "postgres",
  );
  const known = valueAt([container], "Container", "envs") as string[];
  const place = `envs[${known.length}]`;
  const envs = [...known, notKnown];
  // A container that is not started needs no limit on its processes, and no volume or network of the stack's.
  const {
    mounts: _,
    networksAdvanced: __,
    ...inputs
  } = container.inputs as Record<string, unknown>;
  const resources = [{ ...container, inputs: { ...inputs, envs, start: false } }];
  await newStack("later");
  await withResources(resources, async () => {
    const preview = await withPack("preview", "later", "local");
    expect(reported(preview, "mandatory")).toEqual([]);
    expect(reported(preview, "advisory")).toEqual([
      expect.stringContaining(`In the Container "postgres", ${place} must wait for the up`),
    ]);
    expect(preview.code).toBe(0);
    const up = await withPack("up", "later", "local");
    expect(reported(up, "mandatory")).toEqual([
      expect.stringContaining(
        `container-secrets-come-in-files: In the Container "postgres", ${place} must hold no secret`,
      ),
    ]);
    expect(up.code).not.toBe(0);
  });
});

describe("the shipped stacks break no rule", () => {
  test("local: neither in its first preview nor in its first up", async () => {
    await newStack("local");
    await project.setSecrets("local", canaries);
    const preview = await withPack("preview", "local", "local");
    expect(reported(preview, "mandatory")).toEqual([]);
    expect(reported(preview, "advisory")).not.toEqual([]);
    expect(preview.code).toBe(0);
    const up = await withPack("up", "local", "local");
    expect(up.output).toContain("+ 14 created");
    expect([...reported(up, "mandatory"), ...reported(up, "advisory")]).toEqual([]);
    expect(up.code).toBe(0);
  });
});

describeWithDocker("the shipped stacks of the runtime docker break no rule", () => {
  test.each(["dev", "staging", "production"])("%s: not in its first preview", async (stack) => {
    await newStack(stack);
    await project.setSecrets(stack, canariesOfConsole);
    const preview = await withPack("preview", stack, stack);
    expect(reported(preview, "mandatory")).toEqual([]);
    expect(preview.output).toMatch(/docker:index:Container +logto +create/);
    expect(preview.code).toBe(0);
  });
});

test("no secret was printed", () => {
  for (const canary of Object.values(canariesOfConsole))
    expect(project.printed).not.toContain(canary);
});

import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { DynamicResource, providerText } from "../../../infra/provider/dynamic-resource";
import { providerOf, resourceTypes } from "../../../infra/registry";
import { formerModules, formerText } from "../../support/former-states";
import { temporaryFolder } from "../../support/programs";

const root = path.resolve(__dirname, "../../..");

/**
 * The text lies in the state once per resource, and stays there until the resource changes. Whatever follows
 * it has to answer this one too.
 */
test("the engine stores one constant line with a resource, which names its type, and it is this", () => {
  expect(providerText("logto:Application")).toBe(
    'exports.handler=()=>require("module").createRequire(process.cwd()+"/_")("logto-stack/provider")("logto:Application")',
  );
});

/**
 * What a check answers, or the stack of its error, where the SDK evaluates the text: in a process whose current
 * folder is that of a project.
 */
function checkedIn(project: string, text: string, inputs: object): unknown {
  const script = `
    const evaluate = require(${JSON.stringify(require.resolve("require-from-string"))});
    Promise.resolve()
      .then(() => evaluate(${JSON.stringify(text)}).handler().check({}, ${JSON.stringify(inputs)}))
      .then(({ inputs }) => console.log(JSON.stringify(inputs)))
      .catch((error) => console.log(JSON.stringify(error.stack)));`;
  const output = execFileSync(process.execPath, ["--eval", script], {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output);
}

/** A user's project without a file of ours, but with what `npm pack` makes of this one among its packages. */
function projectWithThePackage(): string {
  const project = temporaryFolder();
  const installed = path.join(project, "node_modules/logto-stack");
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "of-a-user" }));
  const options = { cwd: root, encoding: "utf8", stdio: "pipe" } as const;
  const pack = ["pack", "--ignore-scripts", "--pack-destination", project];
  const archive = execFileSync("npm", pack, options).trim();
  execFileSync("tar", [
    "-xzf",
    path.join(project, archive),
    "-C",
    installed,
    "--strip-components=1",
  ]);
  symlinkSync(path.join(root, "node_modules"), path.join(installed, "node_modules"));
  return project;
}

test("the text finds the provider in this repository, and in a project that has it as a package", () => {
  const text = providerText("logto-server:PublishedPorts");
  const inputs = { ports: [] };
  expect(checkedIn(root, text, inputs)).toEqual(inputs);
  expect(checkedIn(projectWithThePackage(), text, inputs)).toEqual(inputs);
});

test.each(Object.entries(formerModules))(
  "a state that names the former module of %s gets the provider of today",
  (type, module) => {
    expect(providerOf(type)).toBeDefined();
    expect(evaluated(formerText(module))).toBe(providerOf(type));
    expect(evaluated(providerText(type))).toBe(providerOf(type));
  },
);

test.each([
  ["logto:OfANewerVersion", providerText("logto:OfANewerVersion")],
  ["toString", providerText("toString")],
  ["infra/logto/of-a-newer-version", formerText("infra/logto/of-a-newer-version")],
])("%s, which another version declared, is refused in one line", (what, text) => {
  expect(checkedIn(root, text, {})).toBe(
    `The state holds a resource of ${what}, which this version of logto-stack does not know, so a newer one declared it: run the command again with that version. The resource is left as it is.`,
  );
});

test("every type in the registry has a provider with all that the engine calls", () => {
  const methods = ["configure", "check", "diff", "create", "read", "update", "delete"];
  for (const type of resourceTypes) {
    expect([type, Object.keys(providerOf(type))]).toEqual([type, expect.arrayContaining(methods)]);
  }
});

function evaluated(text: string): unknown {
  const exported: { handler?: () => unknown } = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function("exports", "require", text)(exported, require);
  return exported.handler?.();
}

test("a dynamic resource registers as the SDK's own would: its type, and the text as __provider", async () => {
  const registered: pulumi.runtime.MockResourceArgs[] = [];
  await pulumi.runtime.setMocks({
    newResource(args) {
      registered.push(args);
      return { id: "id", state: args.inputs as object };
    },
    call({ token }) {
      throw new Error(`unforeseen call of ${token}`);
    },
  });
  class Thing extends DynamicResource {
    constructor(name: string, args: pulumi.Inputs) {
      super("logto:Application", name, args, undefined);
    }
  }
  const thing = new Thing("one", { colour: "green" });
  await new Promise((resolve) => thing.urn.apply(resolve));
  const text = providerText("logto:Application");
  expect(registered).toMatchObject([
    {
      type: "pulumi-nodejs:dynamic/logto:Application",
      name: "one",
      inputs: { colour: "green", __provider: text },
    },
  ]);
  const { Resource } = pulumi.dynamic;
  class Reference extends Resource {
    constructor() {
      super(
        { create: () => Promise.resolve({ id: "id" }) },
        "two",
        {},
        undefined,
        "logto",
        "Application",
      );
    }
  }
  await new Promise((resolve) => new Reference().urn.apply(resolve));
  expect(registered[1]).toMatchObject({
    type: registered[0]?.type,
    inputs: { __provider: expect.stringMatching(/^exports\.handler = /) as string },
  });
});

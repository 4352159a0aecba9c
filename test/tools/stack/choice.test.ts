import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { chooseStack, stackIn } from "../../../tools/stack/choice";
import { temporaryFolder } from "../../support/programs";

/** A clone, and an environment in which the engine keeps its notes for this test alone. */
function clone(selected?: string) {
  const project = temporaryFolder();
  const env: NodeJS.ProcessEnv = { LOGTO_STACK_CACHE: temporaryFolder() };
  if (selected !== undefined) {
    const workspaces = path.join(String(env["LOGTO_STACK_CACHE"]), "home/workspaces");
    const key = createHash("sha1").update(path.join(project, "Pulumi.yaml")).digest("hex");
    mkdirSync(workspaces, { recursive: true });
    const note = path.join(workspaces, `logto-stack-${key}-workspace.json`);
    writeFileSync(note, JSON.stringify({ stack: selected }));
  }
  return { project, env };
}

test("a name in the arguments wins over PULUMI_STACK, that over the selected stack, and local is the default", () => {
  const { project, env } = clone("organization/logto-stack/staging");
  const both = { ...env, PULUMI_STACK: "dev" };
  expect(chooseStack(project, both, "other")).toEqual({ stack: "other", reason: "named" });
  expect(chooseStack(project, both)).toEqual({ stack: "dev", reason: "by PULUMI_STACK" });
  expect(chooseStack(project, env)).toEqual({
    stack: "staging",
    reason: "selected with pulumi stack select",
  });
  const none = clone();
  expect(chooseStack(none.project, none.env)).toEqual({ stack: "local", reason: "the default" });
});

test("a PULUMI_STACK that is set to nothing names no stack", () => {
  const { project, env } = clone("dev");
  expect(chooseStack(project, { ...env, PULUMI_STACK: "" }).stack).toBe("dev");
});

test.each([
  ["local", "local"],
  ["organization/local", "local"],
  ["organization/logto-stack/local", "local"],
  ["acme/logto-stack/dev", "acme/logto-stack/dev"],
  ["acme/dev", "acme/dev"],
])("the stack %s is called %s", (spelling, name) => {
  expect(stackIn(spelling)).toBe(name);
});

test.each(["ünïcode", "", "a b", "a/b/c/d", "organization//dev", "x".repeat(101)])(
  "%j is refused as the name of a stack, in one line",
  (spelling) => {
    expect(() => stackIn(spelling)).toThrow(`No stack can be named "${spelling}"`);
  },
);

test("a stack of another project is refused", () => {
  expect(() => stackIn("organization/website/dev")).toThrow(
    "The stack organization/website/dev is of the project website, and this is logto-stack",
  );
});

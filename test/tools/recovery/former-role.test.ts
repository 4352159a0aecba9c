import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { keepFormerRole } from "../../../tools/recovery/former-role";
import { backendIn } from "../../../tools/stack/backend";

/** With a state in a folder, and an engine that exports it and notes what is imported. */
const type = "postgresql:index/role:Role";
const role = { urn: `urn:pulumi:dev::p::${type}::logto`, type, id: "logto" };
const database = { urn: "urn:pulumi:dev::p::b::logto", type: "b", dependencies: [role.urn] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-former-role-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is imported, and which commands there were. */
async function keep(deployment: object, refused?: string) {
  const state = { version: 3, deployment };
  const stacks = path.join(folder, ".pulumi/stacks/logto-stack");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(path.join(stacks, "dev.json"), JSON.stringify(state));
  const commands: string[] = [];
  let imported: unknown;
  let left = "";
  const pulumi = (args: string[]) => {
    const command = args.slice(0, 2).join(" ");
    const file = args[args.indexOf("--file") + 1] as string;
    commands.push(command);
    left = file;
    if (command === refused) return Promise.resolve({ failed: true, output: "no", stdout: "" });
    if (command === "stack export") writeFileSync(file, JSON.stringify(state));
    else imported = JSON.parse(readFileSync(file, "utf8"));
    return Promise.resolve({ failed: false, output: "", stdout: "" });
  };
  jest.spyOn(process.stderr, "write").mockReturnValue(true);
  jest.spyOn(process.stdout, "write").mockReturnValue(true);
  jest.spyOn(console, "log").mockReturnValue();
  try {
    await keepFormerRole({ pulumi }, { backend: backendIn(folder) }, "dev");
  } finally {
    jest.restoreAllMocks();
  }
  // An export holds secrets, if encrypted ones.
  expect(left === "" || !existsSync(left)).toBe(true);
  return { commands, imported };
}

test("the plugin's role is kept when it is forgotten, and nothing else of the state is changed", async () => {
  const { imported } = await keep({ resources: [role, database], metadata: { a: 1 } });
  expect(imported).toEqual({
    version: 3,
    deployment: {
      resources: [{ ...role, retainOnDelete: true }, database],
      metadata: { a: 1 },
    },
  });
});

test("a state without such a role is not even read, and one in which it is kept is not written", async () => {
  const without = await keep({ resources: [database] });
  expect(without).toMatchObject({ commands: [] });
  const done = await keep({ resources: [{ ...role, retainOnDelete: true }] });
  expect(done.commands).toEqual(["stack export"]);
});

test("what a killed run was making is not forgotten for it", async () => {
  const pending = { resources: [role], pending_operations: [{ resource: {}, type: "creating" }] };
  expect((await keep(pending)).commands).toEqual(["stack export"]);
});

test.each(["stack export", "stack import"])(
  "a %s that fails is an error of one line",
  async (command) => {
    await expect(keep({ resources: [role] }, command)).rejects.toThrow(
      /^The state of the stack dev cannot be changed before the up: no$/,
    );
  },
);

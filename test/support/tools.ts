import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { backendIn } from "../../tools/stack/backend";
import type { Tools } from "../../tools/engine/tools";
import { temporaryFolder } from "./programs";

/** An engine that answers every command so, and remembers the commands. */
export function engineSaying(stdout: string, failure?: string) {
  return {
    pulumi: jest.fn<ReturnType<Tools["pulumi"]>, Parameters<Tools["pulumi"]>>(() =>
      Promise.resolve({ failed: failure !== undefined, output: failure ?? stdout, stdout }),
    ),
  };
}

/** What the user reads is one line without a stack. */
export async function failureOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  );
  expect(error?.stack).toBe(error?.message);
  return error?.message ?? "";
}

/** A resource, as a state has it. */
export const described = (name: string) => ({
  urn: `urn:pulumi:local::logto-stack::logto:Application::${name}`,
  type: "pulumi-nodejs:dynamic/logto:Application",
});
/** What was under way with it when the engine was killed. */
export const operation = (name: string, type = "creating") => ({ type, resource: described(name) });

/** A stack with that state, in the engine's file and as the engine exports it. */
export function stackOf(resources: object[], operations: object[]) {
  const folder = temporaryFolder();
  const deployment = { resources, pending_operations: operations };
  const directory = path.join(folder, ".pulumi/stacks/logto-stack");
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    path.join(directory, "local.json"),
    JSON.stringify({ version: 3, checkpoint: { latest: deployment } }),
  );
  return { engine: engineSaying(JSON.stringify({ deployment })), backend: backendIn(folder) };
}

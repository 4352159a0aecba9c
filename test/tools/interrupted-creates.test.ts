import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { forgetCompletedCreates } from "../../tools/interrupted-creates";
import { temporaryFolder } from "../support/programs";
import { engineSaying } from "../support/tools";

const described = (name: string) => ({
  urn: `urn:pulumi:local::logto-stack::logto:Application::${name}`,
  type: "pulumi-nodejs:dynamic/logto:Application",
});
const operation = (name: string, type = "creating") => ({ type, resource: described(name) });

/** A stack with that state, in the engine's file and as the engine exports it. */
function stackOf(resources: object[], operations: object[]) {
  const folder = temporaryFolder();
  const deployment = { resources, pending_operations: operations };
  const directory = path.join(folder, ".pulumi/stacks/logto-stack");
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    path.join(directory, "local.json"),
    JSON.stringify({ version: 3, checkpoint: { latest: deployment } }),
  );
  return { engine: engineSaying(JSON.stringify({ deployment })), backend: `file://${folder}` };
}

describe("what the state says of creates that were interrupted", () => {
  test("is taken out once all of them are completed, and nothing is read for it", async () => {
    const { engine, backend } = stackOf([described("shop")], [operation("shop")]);
    await forgetCompletedCreates(engine, { backend }, "local");
    expect(engine.pulumi.mock.calls.map(([args]) => args.join(" "))).toEqual([
      "stack export --stack local --non-interactive",
      "refresh --yes --skip-preview --non-interactive --stack local --run-program=false --clear-pending-creates --target **::nothing",
    ]);
  });

  test("stays while one is open, as nothing else tells that it may be there", async () => {
    const operations = [operation("shop"), operation("forum")];
    const { engine, backend } = stackOf([described("shop")], operations);
    await forgetCompletedCreates(engine, { backend }, "local");
    expect(engine.pulumi.mock.calls.map(([[command]]) => command)).toEqual(["stack"]);
  });

  test("is not asked for where there is none, and what else was interrupted is the engine's", async () => {
    const none = stackOf([described("shop")], []);
    await forgetCompletedCreates(none.engine, none, "local");
    expect(none.engine.pulumi).not.toHaveBeenCalled();
    const update = stackOf([described("shop")], [operation("shop", "updating")]);
    await forgetCompletedCreates(update.engine, update, "local");
    expect(update.engine.pulumi.mock.calls.map(([[command]]) => command)).toEqual(["stack"]);
  });

  test("is asked of the engine in a back end that is no folder", async () => {
    const { engine } = stackOf([], []);
    await forgetCompletedCreates(engine, { backend: "s3://states" }, "local");
    expect(engine.pulumi.mock.calls.map(([[command]]) => command)).toEqual(["stack"]);
  });
});

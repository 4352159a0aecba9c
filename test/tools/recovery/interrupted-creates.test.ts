import { forgetCompletedCreates } from "../../../tools/recovery/interrupted-creates";
import { described, operation, stackOf } from "../../support/tools";

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

  test("is not asked for if there is none, and what else was interrupted is the engine's", async () => {
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

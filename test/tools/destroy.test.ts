import { requireDestroyable } from "../../tools/destroy";
import { engineSaying, failureOf } from "../support/tools";

const urnOf = (name: string) => `urn:pulumi:local::logto-stack::logto:Application::${name}`;
const described = (name: string, more: object = {}) => ({ urn: urnOf(name), type: "t", ...more });
const engineWith = (resources: object[], interrupted: object[] = []) =>
  engineSaying(
    JSON.stringify({
      deployment: {
        resources,
        pending_operations: interrupted.map((resource) => ({ resource, type: "creating" })),
      },
    }),
  );

describe("a destroy", () => {
  test("of what is neither protected nor open is not refused", async () => {
    const engine = engineWith([described("shop")], [described("shop")]);
    await requireDestroyable(engine, "local", ["destroy", "--yes"]);
    expect(engine.pulumi).toHaveBeenCalledTimes(1);
  });

  test("is refused while nobody knows whether what a killed run was making is there, and says how to go on", async () => {
    const engine = engineWith([described("shop")], [described("shop"), described("forum")]);
    expect(await failureOf(requireDestroyable(engine, "local", ["destroy"]))).toBe(
      "Nothing was destroyed: a run on local was killed while it made forum, and whether that is there the state does not say. " +
        "Run npm run up -- local, which completes it, and destroy then. " +
        "Where the server is gone for good, npm run pulumi -- refresh --clear-pending-creates --yes --run-program=false --target '**::nothing' --stack local forgets it.",
    );
  });

  test("of protected data is refused, and says by which setting it is kept", async () => {
    const engine = engineWith([described("data", { protect: true }), described("shop")]);
    expect(await failureOf(requireDestroyable(engine, "dev", ["destroy"]))).toMatch(
      /^Nothing was destroyed: the data of the stack dev is protected \(data\)\. .* set logto-stack:docker\.protect: false in Pulumi\.dev\.yaml/,
    );
  });

  test("of what the user chooses is the user's own affair", async () => {
    const engine = engineWith([described("data", { protect: true })], [described("forum")]);
    for (const choice of ["--exclude-protected", "--target=x", "-t", "--preview-only"]) {
      await requireDestroyable(engine, "dev", ["destroy", choice]);
    }
    expect(engine.pulumi).not.toHaveBeenCalled();
  });

  test("of a stack that cannot be read says why", async () => {
    const engine = engineSaying("", "no stack named 'dev' found");
    expect(await failureOf(requireDestroyable(engine, "dev", ["destroy"]))).toBe(
      "The state of the stack dev cannot be read: no stack named 'dev' found",
    );
  });
});

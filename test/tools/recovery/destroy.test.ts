import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  environmentOfDestroy,
  requireDestroyable,
  requireEmptyStack,
} from "../../../tools/recovery/destroy";
import { describeWithDocker } from "../../support/docker";
import { temporaryFolder } from "../../support/programs";
import { engineSaying, failureOf } from "../../support/tools";

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
const project = temporaryFolder();

describe("a destroy", () => {
  test("of what is neither protected nor open is not refused", async () => {
    const engine = engineWith([described("shop")], [described("shop")]);
    await requireDestroyable(engine, project, "local", ["destroy", "--yes"]);
    expect(engine.pulumi).toHaveBeenCalledTimes(1);
  });

  test("is refused while it is not known whether what a killed run was making is there, and says how to go on", async () => {
    // For a resource that was being replaced the state holds what was deleted for it.
    const replaced = described("forum", { pendingReplacement: true });
    const interrupted = [described("shop"), described("forum")];
    const engine = engineWith([described("shop"), replaced], interrupted);
    expect(await failureOf(requireDestroyable(engine, project, "local", ["destroy"]))).toBe(
      "Nothing was destroyed: a run on local was killed while it made forum, and whether that is there the state does not say. " +
        "Run npm run up -- local, which completes it, and destroy then. " +
        "If the server is gone for good, npm run pulumi -- refresh --clear-pending-creates --yes --run-program=false --target '**::nothing' --stack local forgets it.",
    );
  });

  test("of protected data is refused, and says by which setting it is kept", async () => {
    const engine = engineWith([described("data", { protect: true }), described("shop")]);
    expect(await failureOf(requireDestroyable(engine, project, "dev", ["destroy"]))).toMatch(
      /^Nothing was destroyed: the data of the stack dev is protected \(data\)\. .* set logto-stack:docker\.protect: false in Pulumi\.dev\.yaml/,
    );
  });

  test("of what the user chooses is the user's own affair", async () => {
    const engine = engineWith([described("data", { protect: true })], [described("forum")]);
    for (const choice of ["--exclude-protected", "--target=x", "-t", "--preview-only"]) {
      await requireDestroyable(engine, project, "dev", ["destroy", choice]);
    }
    // Read for a selection, to see whether something would only be forgotten.
    expect(engine.pulumi).toHaveBeenCalledTimes(2);
  });

  test.each([
    [["--target", "**role**"], ["role"]],
    [["-t", urnOf("role")], ["role"]],
    [["--target=**::r*"], ["role"]],
    [["--exclude", "**::data"], ["role"]],
    [["--target", "**::shop"], []],
    [["--target", "**::data", "--target", "**::role"], []],
    [["--exclude=**::shop"], []],
  ])(
    "is refused where its selection makes the engine forget and not delete: %j",
    async (selection, forgotten) => {
      const resources = [
        described("data"),
        described("role", { deletedWith: urnOf("data") }),
        described("shop"),
      ];
      const engine = engineWith(resources);
      const failure = await requireDestroyable(engine, project, "local", [
        "destroy",
        ...selection,
      ]).catch((error: unknown) => error as Error);
      const told = /would only forget (.*), and leave them/.exec(failure?.message ?? "")?.[1];
      expect(told?.split(", ") ?? []).toEqual(forgotten);
    },
  );

  test("tells the providers that the server is lost if it does not answer, and all goes", async () => {
    const file = path.join(project, "Pulumi.local.yaml");
    const write = (runtime: string) =>
      writeFileSync(
        file,
        `config:\n  logto-stack:runtime: ${runtime}\n  logto:endpoint: http://127.0.0.1:1\n`,
      );
    const told = (...args: string[]) => environmentOfDestroy(project, "local", args);
    const lost = { LOGTO_STACK_SERVER_IS_LOST: "true" };
    write("embedded");
    expect(await told("destroy", "--yes")).toEqual(lost);
    expect(await told("destroy", "--exclude-protected")).toEqual({});
    expect(await told("destroy", "-t", "**")).toEqual({});
    write("external");
    expect(await told("destroy")).toEqual({});
    rmSync(file);
  });

  test("is the only way to be rid of a stack with resources", async () => {
    const root = {
      urn: "urn:pulumi:local::p::pulumi:pulumi:Stack::p-local",
      type: "pulumi:pulumi:Stack",
    };
    await requireEmptyStack(engineWith([root]), "local");
    expect(
      await failureOf(requireEmptyStack(engineWith([root, described("shop")]), "local")),
    ).toMatch(
      /^Nothing was removed: the stack local has 1 resources, .* Run npm run pulumi -- destroy --stack local first\./,
    );
  });

  test("of a stack that cannot be read says why", async () => {
    const engine = engineSaying("", "no stack named 'dev' found");
    expect(await failureOf(requireDestroyable(engine, project, "dev", ["destroy"]))).toBe(
      "The state of the stack dev cannot be read: no stack named 'dev' found",
    );
  });
});

describeWithDocker("a destroy on Docker", () => {
  test("is refused if the engine has nothing of the stack, as it would only be forgotten", async () => {
    writeFileSync(
      path.join(project, "Pulumi.dev.yaml"),
      "config:\n  logto-stack:runtime: docker\n",
    );
    const type = "docker:index/container:Container";
    const engine = engineWith([described("shop", { type, id: "0123456789abcdef" })]);
    expect(await failureOf(requireDestroyable(engine, project, "dev", ["destroy"]))).toMatch(
      /^Nothing was changed: the Docker Engine at \S+ has nothing of the stack dev, .* Is it the right engine\? .* npm run pulumi -- state delete --all --force --yes --stack dev forgets it/,
    );
    expect(engine.pulumi).toHaveBeenCalledTimes(1);
  });
});

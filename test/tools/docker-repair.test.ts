import { writeFileSync } from "node:fs";
import path from "node:path";
import { repairDockerStack } from "../../tools/docker-repair";
import { shellImage } from "../images/shell";
import { describeWithDocker, docker, removeAll, uniqueName } from "../support/docker";
import { temporaryFolder } from "../support/programs";
import { engineSaying } from "../support/tools";

/** States that an `up` finds, beside what is on the real Docker Engine. */
jest.setTimeout(120_000);

const prefix = uniqueName();
const urnOf = (type: string, name: string) => `urn:pulumi:dev::logto-stack::${type}::${name}`;

function project(runtime = "docker"): string {
  const folder = temporaryFolder();
  writeFileSync(
    path.join(folder, "Pulumi.dev.yaml"),
    `config:\n  logto-stack:runtime: ${runtime}\n`,
  );
  return folder;
}

function described(type: string, name: string, id?: string, more: object = {}) {
  const inputs = { name: `${prefix}-${name}`, ...more };
  return { urn: urnOf(type, name), type, ...(id !== undefined && { id }), inputs };
}

const stateOf = (resources: object[], pending: object[] = []) =>
  JSON.stringify({
    deployment: {
      resources,
      pending_operations: pending.map((resource) => ({ resource, type: "creating" })),
    },
  });

const container = "docker:index/container:Container";
const network = "docker:index/network:Network";
const role = "postgresql:index/role:Role";

describeWithDocker("a stack on Docker, before an up", () => {
  let logto: { id: string; onNetwork: object };
  beforeAll(async () => {
    const { id } = await docker.createContainer({
      name: `${prefix}-logto`,
      Image: await shellImage(docker),
      Cmd: ["sleep", "600"],
    });
    const onNetwork = { restart: "unless-stopped", networksAdvanced: [{ name: prefix }] };
    logto = { id, onNetwork };
  });
  afterAll(() => removeAll(prefix));

  test("is left as it is where all is there, and where its runtime is another", async () => {
    await docker.getContainer(logto.id).start();
    const state = stateOf([described(container, "logto", logto.id, logto.onNetwork)]);
    const tools = engineSaying(state);
    expect(await repairDockerStack(tools, project(), "dev")).toEqual({
      replace: [],
      isDown: false,
    });
    expect(tools.pulumi.mock.calls.map(([[command]]) => command)).toEqual(["stack"]);
    const other = engineSaying("");
    expect(await repairDockerStack(other, project("embedded"), "dev")).toEqual({
      replace: [],
      isDown: false,
    });
    expect(other.pulumi).not.toHaveBeenCalled();
  });

  test("has a container made anew that was made in part", async () => {
    const inPart = {
      ...described(container, "logto", logto.id, logto.onNetwork),
      initErrors: ["the container was not started"],
    };
    const tools = engineSaying(stateOf([inPart]));
    const { replace } = await repairDockerStack(tools, project(), "dev");
    expect(replace).toEqual([urnOf(container, "logto")]);
  });

  test("forgets a network that is gone, and has the containers made anew that were on it", async () => {
    const apart = described(container, "apart", logto.id);
    const resources = [
      described(network, "logto", "0123456789abcdef"),
      described(container, "logto", logto.id, logto.onNetwork),
      apart,
    ];
    const tools = engineSaying(stateOf(resources));
    const { replace } = await repairDockerStack(tools, project(), "dev");
    expect(replace).toEqual([urnOf(container, "logto")]);
    const [[refresh] = [[]]] = tools.pulumi.mock.calls.slice(1);
    expect(refresh.join(" ")).toBe(
      `refresh --yes --skip-preview --non-interactive --stack dev --run-program=false --target ${urnOf(network, "logto")}`,
    );
  });

  test("takes over what holds data and was being made, and removes an unfinished container only where no other command is at work", async () => {
    const pending = [described(role, "logto"), described(container, "logto")];
    const locked = jest.fn((args: string[]) =>
      Promise.resolve(
        args[0] === "refresh"
          ? { failed: true, output: "the stack is currently locked", stdout: "" }
          : { failed: false, output: "", stdout: stateOf([], pending) },
      ),
    );
    await expect(repairDockerStack({ pulumi: locked }, project(), "dev")).rejects.toThrow(
      "The stack dev cannot be put right before the up: the stack is currently locked",
    );
    await docker.getContainer(logto.id).inspect();

    const tools = engineSaying(stateOf([], pending));
    await repairDockerStack(tools, project(), "dev");
    const [[refresh] = [[]]] = tools.pulumi.mock.calls.slice(1);
    expect(refresh.join(" ")).toContain(
      ` --clear-pending-creates --import-pending-creates ${urnOf(role, "logto")} --import-pending-creates ${prefix}-logto --target ${urnOf(role, "logto")}`,
    );
    await expect(docker.getContainer(logto.id).inspect()).rejects.toThrow(/no such container/i);
  });
});

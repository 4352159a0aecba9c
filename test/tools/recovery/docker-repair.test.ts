import { writeFileSync } from "node:fs";
import path from "node:path";
import { repairDockerStack } from "../../../tools/recovery/docker-repair";
import { shellImage } from "../../images/shell";
import { describeWithDocker, docker, removeAll, uniqueName } from "../../support/docker";
import { temporaryFolder } from "../../support/programs";
import { engineSaying, failureOf } from "../../support/tools";

/** States that an `up` finds, and what is on the real Docker Engine. */
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
const volume = "docker:index/volume:Volume";
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

  test("is left as it is if all is there, and if its runtime is another", async () => {
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

  test("has a server's container that a refresh found stopped started and read again, as it publishes no ports then", async () => {
    await docker.getContainer(logto.id).kill();
    const outputs = { __meta: "{}", mustRun: false, ports: [] };
    const stopped = { ...described(container, "logto", logto.id, logto.onNetwork), outputs };
    const once = { ...described(container, "seed", logto.id, { restart: "no" }), outputs };
    const tools = engineSaying(stateOf([stopped, once]));
    const { replace } = await repairDockerStack(tools, project(), "dev");
    expect(replace).toEqual([]);
    expect((await docker.getContainer(logto.id).inspect()).State.Running).toBe(true);
    expect(tools.pulumi.mock.calls.slice(1).map(([command]) => command.join(" "))).toEqual([
      `refresh --yes --skip-preview --non-interactive --stack dev --run-program=false --target ${urnOf(container, "logto")}`,
    ]);
  });

  test("has read again what another plugin has written into its state, and the user is told if that fails", async () => {
    const outputs = { mustRun: true, command: null };
    const foreign = { ...described(container, "logto", logto.id, logto.onNetwork), outputs };
    const own = { ...described(container, "own", logto.id), outputs: { ...outputs, __meta: "{}" } };
    const state = stateOf([foreign, own]);
    const tools = engineSaying(state);
    await repairDockerStack(tools, project(), "dev");
    expect(tools.pulumi.mock.calls.slice(1).map(([command]) => command.join(" "))).toEqual([
      `refresh --yes --skip-preview --non-interactive --stack dev --run-program=false --target ${urnOf(container, "logto")}`,
    ]);
    const locked = jest.fn(([command]: string[]) =>
      Promise.resolve(
        command === "refresh"
          ? { failed: true, output: "the stack is currently locked", stdout: "" }
          : { failed: false, output: "", stdout: state },
      ),
    );
    expect(await failureOf(repairDockerStack({ pulumi: locked }, project(), "dev"))).toBe(
      "The stack dev cannot be read before the up: the stack is currently locked",
    );
  });

  test("has a container made again that was made in part", async () => {
    const inPart = {
      ...described(container, "logto", logto.id, logto.onNetwork),
      initErrors: ["the container was not started"],
    };
    const tools = engineSaying(stateOf([inPart]));
    const { replace } = await repairDockerStack(tools, project(), "dev");
    expect(replace).toEqual([urnOf(container, "logto")]);
  });

  test("forgets a network that is gone, and has the containers made again that were on it", async () => {
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

  test("of which the engine has nothing is not begun again without being asked for, and what forgets it is said", async () => {
    const resources = [
      described(container, "logto", "0123456789abcdef", logto.onNetwork),
      described(network, "logto", "0123456789abcdef"),
      described(volume, "postgres-data", `${prefix}-postgres-data`),
      described(role, "logto", "logto"),
    ];
    const tools = engineSaying(stateOf(resources));
    expect(await failureOf(repairDockerStack(tools, project(), "dev"))).toMatch(
      /^Nothing was changed: the Docker Engine at \S+:\/\/\S+ has nothing of the stack dev, of which the state has 3 containers, networks and volumes\. Is it the right engine\? It is the one of logto-stack:docker\.host in Pulumi\.dev\.yaml, else of DOCKER_HOST\. If that is lost for good, npm run pulumi -- state delete --all --force --yes --stack dev forgets it, and npm run up -- dev makes a new, empty server\.$/,
    );
    expect(tools.pulumi.mock.calls.map(([[command]]) => command)).toEqual(["stack"]);
  });

  test("does not lose what is protected without being asked for, and what forgets it is said", async () => {
    const lost = (name: string) => ({
      ...described(volume, name, `${prefix}-${name}`),
      protect: true,
    });
    const there = described(container, "logto", logto.id, logto.onNetwork);
    const tools = engineSaying(stateOf([there, lost("postgres-data"), lost("backups")]));
    const message = await failureOf(repairDockerStack(tools, project(), "dev"));
    expect(message).toMatch(
      /^Nothing was changed: the Docker Engine at \S+ has no backups, postgres-data of the stack dev, which the stack protects\. Is it the right engine\?/,
    );
    expect(message).toContain(
      `npm run pulumi -- refresh --yes --run-program=false --stack dev --target '${urnOf(volume, "postgres-data")}' --target '${urnOf(volume, "backups")}' forgets it, npm run up -- dev makes it again, empty, and npm run restore -- dev puts a backup`,
    );
    expect(tools.pulumi.mock.calls.map(([[command]]) => command)).toEqual(["stack"]);
  });

  test("is refused during a restore, also one that was broken off, and what is left of one that ended is removed", async () => {
    const made = await docker.createContainer({
      name: `${prefix}-logto-backup-command`,
      Image: await shellImage(docker),
      Cmd: ["sleep", "600"],
      StopTimeout: 0,
    });
    await made.start();
    const tools = engineSaying(stateOf([described(container, "logto-backup", logto.id)]));
    expect(await failureOf(repairDockerStack(tools, project(), "dev"))).toBe(
      `A backup of the stack dev is being restored or listed by the container "${prefix}-logto-backup-command", which goes on where its command was broken off: run this again when it has ended.`,
    );
    await made.stop();
    await repairDockerStack(tools, project(), "dev");
    await expect(made.inspect()).rejects.toThrow(/no such container/i);
  });

  test("keeps what a later run has completed, and takes the note of its killed create for no more than that", async () => {
    const pending = [described(role, "logto"), described(container, "logto")];
    const made = [
      described(role, "logto", "logto"),
      described(container, "logto", logto.id, logto.onNetwork),
    ];
    const tools = engineSaying(stateOf(made, pending));
    await repairDockerStack(tools, project(), "dev");
    const [[refresh] = [[]]] = tools.pulumi.mock.calls.slice(1);
    expect(refresh.join(" ")).toContain(" --clear-pending-creates --target ");
    await docker.getContainer(logto.id).inspect();
  });

  test("has a network that a killed up has left and that is in use named, with what to do", async () => {
    const left = await docker.createNetwork({ Name: `${prefix}-left` });
    await left.connect({ Container: logto.id });
    const tools = engineSaying(stateOf([], [described(network, "left")]));
    expect(await failureOf(repairDockerStack(tools, project(), "dev"))).toMatch(
      new RegExp(
        `^The network "${prefix}-left", which a killed up has left unfinished, cannot be removed \\(.*has active endpoints.*\\): remove it, with what uses it, and run this again\\.$`,
      ),
    );
    await left.disconnect({ Container: logto.id, Force: true });
    await left.remove();
  });

  test("takes over what holds data and was being made, and removes an unfinished container only if no other command is at work", async () => {
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

    // The one that it was to replace is deleted, and in the state until the other is made.
    const replaced = { ...described(container, "logto", "01234567"), pendingReplacement: true };
    const tools = engineSaying(stateOf([replaced, described(role, "other", "other")], pending));
    await repairDockerStack(tools, project(), "dev");
    const [[refresh] = [[]]] = tools.pulumi.mock.calls.slice(1);
    expect(refresh.join(" ")).toContain(
      ` --clear-pending-creates --import-pending-creates ${urnOf(role, "logto")} --import-pending-creates ${prefix}-logto --target `,
    );
    expect(refresh.join(" ")).toContain(` --target ${urnOf(role, "logto")}`);
    await expect(docker.getContainer(logto.id).inspect()).rejects.toThrow(/no such container/i);
  });
});

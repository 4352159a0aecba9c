import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";

/** The engine that the tests use: that of DOCKER_HOST, or the one on its usual socket. */
export const docker = new Docker();

/**
 * Tests of what needs a Docker Engine. Without one they are skipped, which in CI counts as failed: it runs
 * them with `.ci/docker-engine`.
 */
export const describeWithDocker = isEngineThere() ? describe : describe.skip;

function isEngineThere(): boolean {
  const { status } = spawnSync("docker", ["version"], { stdio: "ignore", timeout: 20_000 });
  return status === 0;
}

/** A name that begins with `prefix`, which no other test's does. */
export function uniqueName(prefix = "logto-stack-test"): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

/** Removes what the tests have made: all whose name begins with `prefix`. */
export async function removeAll(prefix: string, engine = docker): Promise<void> {
  const filters = { name: [prefix] };
  for (const { Id: id } of await engine.listContainers({ all: true, filters })) {
    await engine.getContainer(id).remove({ force: true, v: true });
  }
  for (const { Id: id } of await engine.listNetworks({ filters })) {
    await engine.getNetwork(id).remove();
  }
  for (const { Name: name } of (await engine.listVolumes({ filters })).Volumes) {
    await engine.getVolume(name).remove();
  }
}

/** What a command in a running container writes, and its exit code. */
export async function execute(
  container: string,
  command: string[],
  user?: string,
  engine = docker,
): Promise<{ code: number; output: string }> {
  const exec = await engine.getContainer(container).exec({
    Cmd: command,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
    ...(user && { User: user }),
  });
  const stream = await exec.start({ Tty: true });
  const pieces: Buffer[] = [];
  for await (const piece of stream) {
    pieces.push(piece as Buffer);
  }
  const { ExitCode: code } = await exec.inspect();
  return { code: code ?? -1, output: Buffer.concat(pieces).toString().replaceAll("\r\n", "\n") };
}

/** Waits until something is so. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("It never was so.");
    await delay(200);
  }
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import Docker from "dockerode";
import { findOnPath } from "../../tools/executables";
import { docker, eventually } from "./docker";

/**
 * A Docker Engine of a test's own, which may be killed, and of which the disk that holds the volumes is small.
 *
 * It has a network of its own: two engines would take each other's rules and addresses. So what it publishes
 * is found from there only (`runner`).
 */
export class OwnDockerEngine {
  private readonly directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-engine-"));
  private daemon: ChildProcess | undefined;
  readonly host = `unix://${this.directory}/docker.sock`;
  readonly docker = new Docker({ socketPath: `${this.directory}/docker.sock` });

  private constructor(private readonly network: ChildProcess) {}

  /** Whether this machine can have one: Linux, as root, with the programs. */
  static isPossible(): boolean {
    const programs = ["busybox", "dockerd", "mount", "nsenter", "umount", "unshare"];
    return (
      process.platform === "linux" &&
      process.getuid?.() === 0 &&
      programs.every((name) => findOnPath(name, process.env) !== undefined)
    );
  }

  /** @param volumes how large the disk of the volumes is, as `mount` has it */
  static async start(volumes: string): Promise<OwnDockerEngine> {
    const up = "busybox ip link set lo up && echo up && exec sleep infinity";
    const network = spawn("unshare", ["--net", "--", "sh", "-c", up], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(network.stdout, "data");
    const engine = new OwnDockerEngine(network);
    mkdirSync(engine.path("data/volumes"), { recursive: true });
    // The engine would do this itself, and hide the disk.
    run("mount", "--bind", engine.path("data"), engine.path("data"));
    run("mount", "-t", "tmpfs", "-o", `size=${volumes}`, "tmpfs", engine.path("data/volumes"));
    await engine.begin();
    return engine;
  }

  /** By which a command is run that is to find what the engine publishes. */
  get runner(): string[] {
    return ["nsenter", `--net=/proc/${this.network.pid}/ns/net`, "--"];
  }

  /** Starts it, for the first time or after it was killed. */
  async begin(): Promise<void> {
    const [program = "", ...args] = [
      ...this.runner,
      "dockerd",
      ...["--data-root", this.path("data")],
      ...["--exec-root", this.path("exec")],
      ...["--pidfile", this.path("pid")],
      ...["--host", this.host],
    ];
    this.daemon = spawn(program, args, { stdio: "ignore" });
    await eventually(() =>
      this.docker.ping().then(
        () => true,
        () => false,
      ),
    );
  }

  /** As a machine does that breaks down: with all that it runs. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
    const { stdout } = spawnSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
    const ours = stdout.split("\n").filter((line) => line.includes(`${this.directory}/exec`));
    // Some go by themselves.
    spawnSync("kill", ["-KILL", ...ours.map((line) => String(parseInt(line)))]);
    // Of a dead one it would be said that it is running still.
    rmSync(this.path("pid"), { force: true });
  }

  resizeDisk(volumes: string): void {
    run("mount", "-o", `remount,size=${volumes}`, this.path("data/volumes"));
  }

  /** Takes images over from the engine of the tests. */
  async load(...images: string[]): Promise<void> {
    for (const image of images) {
      const progress = await this.docker.loadImage(await docker.getImage(image).get());
      await new Promise<void>((resolve, reject) => {
        this.docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
      });
    }
  }

  async remove(): Promise<void> {
    await this.end("SIGTERM");
    run("umount", "--recursive", this.path("data"));
    this.network.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private path(name: string): string {
    return path.join(this.directory, name);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.daemon?.exitCode !== null || this.daemon.signalCode !== null) return;
    const ended = once(this.daemon, "exit");
    this.daemon.kill(signal);
    await ended;
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

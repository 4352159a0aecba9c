import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import Docker from "dockerode";
import { findOnPath } from "../../tools/engine/executables";
import { makeCertificate } from "./certificate";
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
    // One certificate is enough: each side trusts it, and shows it to the other.
    const { cert, key } = await makeCertificate(["localhost"]);
    mkdirSync(engine.path("tls"), { mode: 0o700 });
    for (const [name, content] of Object.entries({ ca: cert, cert, key })) {
      writeFileSync(engine.path(`tls/${name}.pem`), content, { mode: 0o600 });
    }
    await engine.begin();
    return engine;
  }

  /** By which a command is run that is to find what the engine publishes. */
  get runner(): string[] {
    return ["nsenter", `--net=/proc/${this.network.pid}/ns/net`, "--"];
  }

  /** By which it is reached over TLS from its network, as one on another machine is. */
  get overTls(): NodeJS.ProcessEnv {
    return {
      DOCKER_HOST: "tcp://localhost:2376",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: this.path("tls"),
    };
  }

  /** Starts it, for the first time or after it was killed. */
  async begin(): Promise<void> {
    const [program = "", ...args] = [
      ...this.runner,
      "dockerd",
      ...["--data-root", this.path("data")],
      ...["--exec-root", this.path("exec")],
      ...["--pidfile", this.path("pid")],
      ...["--host", this.host, "--host", "tcp://127.0.0.1:2376", "--tlsverify"],
      ...["--tlscacert", this.path("tls/ca.pem")],
      ...["--tlscert", this.path("tls/cert.pem"), "--tlskey", this.path("tls/key.pem")],
    ];
    const log = openSync(this.path("log"), "a", 0o600);
    const daemon = spawn(program, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    this.daemon = daemon;
    try {
      await eventually(async () => {
        if (hasEnded(daemon)) throw new Error("dockerd ended");
        return this.docker.ping().then(
          () => true,
          () => false,
        );
      });
    } catch (error) {
      const lines = readFileSync(this.path("log"), "utf8").trimEnd().split("\n").slice(-20);
      throw new Error(`dockerd does not answer:\n${lines.join("\n")}`, { cause: error });
    }
  }

  /** As a machine does that breaks down: with all that it runs. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
    const { stdout } = spawnSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
    const ours = stdout.split("\n").filter((line) => line.includes(`${this.directory}/exec`));
    // Some go by themselves.
    spawnSync("kill", ["-KILL", ...ours.map((line) => String(parseInt(line)))]);
    // A dead one counts as running while its number is another's, or until its parent has asked how it ended:
    // not every first process of a container asks.
    for (const file of ["pid", "exec/containerd/containerd.pid"]) {
      rmSync(this.path(file), { force: true });
    }
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
    for (const mount of this.mounts()) run("umount", mount);
    this.network.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The volumes' disk, and what an engine that was killed has left: the innermost first. */
  private mounts(): string[] {
    const paths = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
    return paths.filter((mount) => mount.startsWith(`${this.directory}/`)).reverse();
  }

  private path(name: string): string {
    return path.join(this.directory, name);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.daemon === undefined || hasEnded(this.daemon)) return;
    const ended = once(this.daemon, "exit");
    this.daemon.kill(signal);
    await ended;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

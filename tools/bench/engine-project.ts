import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { withoutSecrets } from "../../infra/redact";
import { userError } from "../../infra/user-error";
import { resultOf, type Tools } from "../tools";
import { peakMemoryOfProviders } from "./memory";

/** The name of the stack in each of the projects. */
export const stack = "bench";

/** What a program of the benchmark declares; see tools/bench/programs. */
export type Program = "applications" | "idle" | "serialised";

export interface Measured {
  seconds: number;
  /** The most that the process held that runs the providers, in megabytes; none where it was too short. */
  megabytes?: number;
}

/**
 * A stack of a program of the benchmark's, with a back end of files and a passphrase of its own, in a
 * temporary folder whose code and packages are those of this clone.
 */
export class EngineProject {
  private readonly root = mkdtempSync(path.join(os.tmpdir(), "logto-stack-bench-"));
  private readonly tools: Pick<Tools, "env" | "engine">;

  constructor(
    project: string,
    tools: Tools,
    readonly program: Program,
    private readonly secrets: readonly string[],
  ) {
    const { root } = this;
    for (const name of ["infra", "tools", "node_modules"]) {
      symlinkSync(path.join(project, name), path.join(root, name));
    }
    copyFileSync(path.join(project, "tsconfig.json"), path.join(root, "tsconfig.json"));
    const main = `tools/bench/programs/${program}.ts`;
    writeFileSync(path.join(root, "package.json"), JSON.stringify({ name: "bench", main }));
    writeFileSync(path.join(root, "Pulumi.yaml"), "name: bench\nruntime: nodejs\n");
    const backend = path.join(root, "backend");
    mkdirSync(backend, { mode: 0o700 });
    const passphrase = path.join(root, "passphrase");
    writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
    this.tools = tools.with({
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      PWD: root,
    });
  }

  /** Makes the stack; secrets go by stdin, as arguments are for everyone on the machine to see. */
  async init(plain: Record<string, string>, secret: Record<string, string>): Promise<void> {
    await this.pulumi(["stack", "init", stack, "--no-select"]);
    for (const [key, value] of Object.entries(plain)) await this.set(key, value);
    for (const [key, value] of Object.entries(secret)) {
      await this.pulumi(["config", "set", "--secret", key, "--stack", stack], value);
    }
  }

  async set(key: string, value: string): Promise<void> {
    await this.pulumi(["config", "set", key, value, "--stack", stack]);
  }

  /** Runs a command of the engine's to its end. */
  async measure(args: string[]): Promise<Measured> {
    const begun = performance.now();
    const { megabytes } = await this.pulumi([...args, "--stack", stack], "", true);
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, ...(megabytes !== undefined && { megabytes }) };
  }

  /** For what reads the stack as the other tools do. */
  reader(): Pick<Tools, "pulumi"> {
    return { pulumi: (args) => this.pulumi(args) };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private async pulumi(args: string[], input = "", isMeasured = false) {
    const { execa } = await import("execa");
    const running = execa(
      path.join(this.tools.engine.bin, "pulumi"),
      [...args, "--non-interactive"],
      {
        cwd: this.root,
        env: this.tools.env,
        extendEnv: false,
        reject: false,
        all: true,
        input,
      },
    );
    const stopped = isMeasured ? peakMemoryOfProviders(running.pid) : undefined;
    const result = resultOf(await running);
    const megabytes = await stopped?.();
    if (result.failed) {
      const output = withoutSecrets(result.output, this.secrets);
      throw userError(`pulumi ${args.join(" ")} of ${this.program} failed: ${output}`);
    }
    return { ...result, ...(megabytes !== undefined && { megabytes }) };
  }
}

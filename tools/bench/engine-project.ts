import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { withoutSecrets } from "../../infra/redact";
import { userError } from "../../infra/user-error";
import { backendIn } from "../stack/backend";
import { allowedEnvironment, engineIn } from "../review/offline/engine";
import type { PulumiResult, Tools } from "../engine/tools";
import { peakMemoryOfProviders } from "./memory";

/** The name of the stack in each of the projects. */
export const stack = "bench";

/** The end of what an engine that failed has printed, in characters. */
const longestOutput = 2_000;

/** What a program of the benchmark declares; see tools/bench/programs. */
export type Program = "applications" | "idle" | "serialised";

/** This project's is started as its own programs are, and the others as Pulumi starts any in TypeScript. */
const mains: Record<Program, string> = {
  applications: "applications.cjs",
  idle: "idle.ts",
  serialised: "serialised.ts",
};

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
  private readonly engineUntil: (signal: AbortSignal) => Pick<Tools, "pulumi">;
  private readonly secrets: readonly string[];
  private readonly engine: Pick<Tools, "pulumi">;

  constructor(
    project: string,
    tools: Tools,
    readonly program: Program,
    { secrets, signal }: { secrets: readonly string[]; signal: AbortSignal },
  ) {
    this.secrets = secrets;
    const { root } = this;
    for (const name of ["infra", "tools", "node_modules"]) {
      symlinkSync(path.join(project, name), path.join(root, name));
    }
    copyFileSync(path.join(project, "tsconfig.json"), path.join(root, "tsconfig.json"));
    const main = `tools/bench/programs/${mains[program]}`;
    writeFileSync(path.join(root, "package.json"), JSON.stringify({ name: "bench", main }));
    const options = `{ typescript: ${String(main.endsWith(".ts"))} }`;
    writeFileSync(
      path.join(root, "Pulumi.yaml"),
      `name: bench\nruntime: { name: nodejs, options: ${options} }\n`,
    );
    const backend = path.join(root, "backend");
    mkdirSync(backend, { mode: 0o700 });
    const passphrase = path.join(root, "passphrase");
    writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
    const env = {
      ...allowedEnvironment(tools.env),
      PULUMI_CREDENTIALS_PATH: root,
      PULUMI_BACKEND_URL: backendIn(backend),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
    this.engineUntil = (until) => engineIn(root, tools, env, until);
    this.engine = this.engineUntil(signal);
  }

  /** Makes the stack; secrets go by stdin, as arguments are for everyone on the machine to see. */
  async init(plain: Record<string, string>, secret: Record<string, string>): Promise<void> {
    await this.pulumi(["stack", "init", stack, "--no-select"]);
    const settings = Object.entries(plain).flatMap(([key, value]) => [
      "--plaintext",
      `${key}=${value}`,
    ]);
    await this.pulumi(["config", "set-all", ...settings, "--stack", stack]);
    for (const [key, value] of Object.entries(secret)) {
      await this.pulumi(["config", "set", "--secret", key, "--stack", stack], value);
    }
  }

  async set(key: string, value: string): Promise<void> {
    await this.pulumi(["config", "set", key, value, "--stack", stack]);
  }

  /** Runs a command of the engine's to its end. */
  async measure(args: string[]): Promise<Measured> {
    const stopWatching = peakMemoryOfProviders();
    const begun = performance.now();
    try {
      await this.pulumi([...args, "--stack", stack]);
      const seconds = (performance.now() - begun) / 1000;
      const megabytes = await stopWatching();
      return { seconds, ...(megabytes !== undefined && { megabytes }) };
    } finally {
      await stopWatching();
    }
  }

  /** Removes what was declared, also after an interrupt. */
  async destroy(): Promise<void> {
    const destroy = ["destroy", "--yes", "--skip-preview", "--stack", stack];
    await this.pulumi(destroy, "", this.engineUntil(new AbortController().signal));
  }

  /** For what reads the stack as the other tools do. */
  reader(): Pick<Tools, "pulumi"> {
    return { pulumi: (args) => this.pulumi(args) };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private async pulumi(args: string[], input = "", engine = this.engine): Promise<PulumiResult> {
    const result = await engine.pulumi([...args, "--non-interactive"], input);
    if (result.failed) {
      const output = withoutSecrets(result.output, this.secrets).slice(-longestOutput);
      throw userError(`pulumi ${args.join(" ")} of ${this.program} failed: ${output}`);
    }
    return result;
  }
}

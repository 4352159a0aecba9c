import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { withoutSecrets } from "../../infra/redact";
import { userError } from "../../infra/user-error";
import { backendIn } from "../stack/backend";
import { allowedEnvironment, engineIn } from "../review/offline/engine";
import type { PulumiResult, Tools } from "../engine/tools";
import { peakMemoryOfProviders } from "./memory";

/** The name of the stack in each project. */
export const stack = "bench";

/** How much of a failed engine's output is shown, in characters from the end. */
const longestOutput = 2_000;

/** The programs of the benchmark; see tools/bench/programs. */
export type Program = "applications" | "idle" | "serialised";

/** Main files. The applications start as this project's programs do, the others as any TypeScript program of Pulumi. */
const mains: Record<Program, string> = {
  applications: "applications.cjs",
  idle: "idle.ts",
  serialised: "serialised.ts",
};

export interface Measured {
  seconds: number;
  /** The most memory that the providers' process used, in megabytes; undefined if it ran too briefly. */
  megabytes?: number;
}

/**
 * A stack with a program of the benchmark, in a temporary folder. It has its own back end of files and its own
 * passphrase; code and packages are those of this clone.
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
    // The state's texts find their provider through the package's name and exports.
    const { name, exports } = JSON.parse(
      readFileSync(path.join(project, "package.json"), "utf8"),
    ) as { name: string; exports: object };
    writeFileSync(path.join(root, "package.json"), JSON.stringify({ name, exports, main }));
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

  /** Creates the stack. Secrets go by stdin, as arguments are visible to everyone on the machine. */
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

  /** Runs a command of the engine and measures it. */
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

  /** Destroys what was declared, also after an interrupt. */
  async destroy(): Promise<void> {
    const destroy = ["destroy", "--yes", "--skip-preview", "--stack", stack];
    await this.pulumi(destroy, "", this.engineUntil(new AbortController().signal));
  }

  /** Access to the stack for functions shared with the other tools. */
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

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { exportWorkingTree } from "../../tools/review/offline/revision";
import { freePort } from "./free-port";

export interface Run {
  code: number;
  /** What was printed, on stdout and stderr. */
  output: string;
  stdout: string;
}

/** A command that has not ended yet. */
export interface Running {
  ended: Promise<Run>;
  /** Waits until it has printed such a text. */
  hasPrinted(pattern: RegExp): Promise<void>;
  /** Tells it to end. */
  end(): void;
}

/** How a preview step reads in Pulumi's JSON. */
export interface PreviewStep {
  op: string;
  urn: string;
}

/** How a secret reads in an export that shows them. */
interface Encrypted {
  plaintext: string;
}

/**
 * A copy of this repository in a temporary folder, in which the real commands run on the real engine.
 * Everything that they ever print is kept, to be searched for what must not be in it.
 */
export class Project {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-project-"));
  /** Everything printed so far. */
  printed = "";
  /** What each command is run by, such as `nsenter` with its arguments. */
  runner: string[] = [];
  /** What its commands have in their environment beyond that of the tests. */
  readonly variables: Record<string, string> = {};

  /** @param options.withPackages whether node_modules is there; without, the copy is as a fresh clone */
  static async copy(options = { withPackages: true }): Promise<Project> {
    const project = new Project();
    const root = path.resolve(__dirname, "../..");
    await exportWorkingTree(root, project.directory);
    if (options.withPackages) {
      symlinkSync(path.join(root, "node_modules"), project.path("node_modules"));
    }
    return project;
  }

  path(file: string): string {
    return path.join(this.directory, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  /** The files below a folder, from the project's root. */
  files(folder: string, only: RegExp): string[] {
    return readdirSync(this.path(folder), { recursive: true, encoding: "utf8" })
      .map((file) => path.join(folder, file))
      .filter((file) => only.test(file));
  }

  write(file: string, content: string): void {
    mkdirSync(path.dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content);
  }

  /** Replaces the one place in the file that is this text. */
  edit(file: string, from: string, to: string): void {
    const parts = this.read(file).split(from);
    expect(parts).toHaveLength(2);
    this.write(file, parts.join(to));
  }

  /** Moves the stack `local` to ports of its own. */
  async useFreePorts(): Promise<string> {
    const [endpoint, admin] = [await freePort(), await freePort()];
    this.edit("Pulumi.local.yaml", "localhost:3001", `localhost:${endpoint}`);
    this.edit("Pulumi.local.yaml", "localhost:3002", `localhost:${admin}`);
    const runtime = "logto-stack:runtime: embedded\n";
    const outbox = `  logto-stack:embedded:\n    outboxPort: ${await freePort()}\n`;
    this.edit("Pulumi.local.yaml", runtime, runtime + outbox);
    return `http://localhost:${endpoint}`;
  }

  /** `npm run NAME -- ARGS`. */
  async npm(name: string, args: string[] = [], input?: string): Promise<Run> {
    return this.run("npm", ["run", "--silent", name, "--", ...args], input);
  }

  /** `npm run pulumi -- ARGS`. */
  pulumi(...args: string[]): Promise<Run> {
    return this.npm("pulumi", args);
  }

  async run(
    command: string,
    args: string[],
    input = "",
    env: NodeJS.ProcessEnv = {},
  ): Promise<Run> {
    return this.begin(command, args, input, env).ended;
  }

  /** As {@link run}, of a command that goes on while the test does something else. */
  begin(command: string, args: string[], input = "", env: NodeJS.ProcessEnv = {}): Running {
    const [program = "", ...rest] = [...this.runner, command, ...args];
    const child = execa(program, rest, {
      cwd: this.directory,
      env: { ...this.environment(), ...env },
      extendEnv: false,
      reject: false,
      all: true,
      input,
    });
    let soFar = "";
    child.all.on("data", (piece: Buffer) => (soFar += piece.toString()));
    const ended = child.then((result) => {
      this.printed += `${result.all}\n`;
      return { code: result.exitCode ?? 1, output: result.all, stdout: result.stdout };
    });
    const hasPrinted = async (pattern: RegExp) => {
      while (!pattern.test(soFar)) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`It ended and never said ${String(pattern)}:\n${soFar}`);
        }
        await delay(20);
      }
    };
    return { ended, hasPrinted, end: () => void child.kill() };
  }

  /** Stores secrets as a user does: by stdin, as arguments are for everyone on the machine to see. */
  async setSecrets(stack: string, values: Record<string, string>): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      const set = ["config", "set", "--secret", key, "--stack", stack];
      const { code, output } = await this.npm("pulumi", set, value);
      if (code !== 0) throw new Error(output);
    }
  }

  /** The resources that a preview would touch, as `operation name`. */
  async preview(...args: string[]): Promise<string[]> {
    const { code, output, stdout } = await this.pulumi("preview", "--json", ...args);
    if (code !== 0) throw new Error(output);
    const { steps = [] } = JSON.parse(stdout) as { steps?: PreviewStep[] };
    return steps
      .filter(({ op }) => op !== "same" && op !== "refresh")
      .map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`)
      .filter((step) => !step.endsWith("logto-stack-local") || !step.startsWith("update"));
  }

  /** `npm run pulumi -- ARGS --show-secrets`. Not kept with what was printed, which is searched for secrets. */
  private async withSecretsShown(...args: string[]): Promise<Run> {
    const printed = this.printed;
    try {
      return await this.pulumi(...args, "--show-secrets");
    } finally {
      this.printed = printed;
    }
  }

  /** What is generated, as the stack's state has it. */
  async generatedPasswords(stack: string): Promise<string[]> {
    const { stdout } = await this.withSecretsShown("stack", "export", "--stack", stack);
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { type: string; outputs?: Record<string, Encrypted> }[] };
    };
    return deployment.resources
      .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
      .map(({ outputs }) => JSON.parse(outputs?.["result"]?.plaintext ?? "") as string);
  }

  async output(name: string, stack = "local"): Promise<string> {
    const output = ["stack", "output", name, "--show-secrets", "--stack", stack];
    const { stdout } = await this.pulumi(...output);
    return stdout.trim();
  }

  /** The sandbox's log of the stack `local`, a parsed line each. */
  sandboxLog(): { method?: string; path?: string; status?: number }[] {
    return this.read(".logto-stack/local/sandbox/sandbox.log")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { method?: string; path?: string });
  }

  /** The writes that the Management API of the stack `local` has seen so far. */
  writes(): string[] {
    return this.sandboxLog()
      .filter(({ method, path: url }) => method && method !== "GET" && url?.startsWith("/api"))
      .map(({ method, path: url }) => `${method ?? ""} ${url ?? ""}`);
  }

  /** What npm and Jest add for their own scripts would change what a user's shell would not have. */
  environment(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_ENV$|NODE_OPTIONS$|JEST_WORKER_ID$|INIT_CWD$)/.test(name),
    );
    return { ...Object.fromEntries(own), ...this.variables };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import type { Values } from "../../../infra/properties";
import { stop } from "../../../infra/server/processes/background-process";
import { removeCluster } from "../../../infra/server/embedded/postgres-cluster";
import { userError } from "../../../infra/user-error";
import type { Tools } from "../../engine/tools";
import { backendIn } from "../../stack/backend";
import { readStackFile, stackFileOf } from "../../stack/project";
import { exitCodes, withExitCode } from "../exit-codes";
import { allowedEnvironment, engineIn, requireGoingOn } from "./engine";

/** The folders of a review: the base, the change, and the sandbox, which gets one after the other. */
export class Workspaces {
  readonly root = mkdtempSync(path.join(os.tmpdir(), "logto-stack-review-"));
  /** The environment of every program that runs in a workspace. */
  readonly env: Record<string, string>;

  constructor(
    readonly about: {
      project: string;
      home: string;
      stack: string;
      tools: Tools;
      signal: AbortSignal;
    },
  ) {
    const { root } = this;
    const passphrase = path.join(root, "passphrase");
    writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
    this.env = {
      ...allowedEnvironment(about.tools.env),
      // Programs look for the user's credentials in HOME.
      HOME: path.join(root, "home"),
      // Leftovers of a stopped engine are removed with the rest.
      TMPDIR: path.join(root, "tmp"),
      PULUMI_CREDENTIALS_PATH: path.join(root, "home"),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
    for (const name of ["home", "tmp"]) mkdirSync(path.join(root, name), { mode: 0o700 });
  }

  path(workspace: string, file = "."): string {
    return path.join(this.root, workspace, file);
  }

  /** Keeps the change's stack files as they are: in its workspace made-up secrets replace the real ones. */
  keepAsWritten(): void {
    mkdirSync(this.path("written"));
    for (const name of readdirSync(this.path("change"))) {
      if (!/^Pulumi\..*yaml$/.test(name)) continue;
      cpSync(this.path("change", name), this.path("written", name), { dereference: false });
    }
  }

  /** The workspace whose policies judge: the base, unless it has none yet. */
  get judge(): string {
    return this.path(existsSync(this.path("base", "policies")) ? "base" : "change");
  }

  /** Replaces a workspace's files with those of another one; programs that run in it keep running. */
  fill(workspace: string, source: string): void {
    mkdirSync(this.path(workspace), { recursive: true });
    const staying = [".logto-stack", path.basename(stackFileOf("", this.about.stack))];
    for (const name of readdirSync(this.path(workspace)).filter((one) => !staying.includes(one))) {
      rmSync(this.path(workspace, name), { recursive: true });
    }
    for (const name of readdirSync(this.path(source)).filter((one) => !staying.includes(one))) {
      cpSync(this.path(source, name), this.path(workspace, name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }

  engine(workspace: string): Pick<Tools, "pulumi" | "with"> {
    const backend = path.join(this.root, `${workspace}-backend`);
    mkdirSync(backend, { recursive: true, mode: 0o700 });
    const env = { ...this.env, PULUMI_BACKEND_URL: backendIn(backend) };
    return engineIn(this.path(workspace), this.about.tools, env, this.about.signal);
  }

  /** The JSON that a script prints, run with the workspace's own code. */
  async evaluate(workspace: string, script: string): Promise<unknown> {
    requireGoingOn(this.about.signal);
    const { stdout } = await execa(process.execPath, ["--eval", script], {
      cwd: this.path(workspace),
      env: { ...this.env, PWD: this.path(workspace) },
      extendEnv: false,
    });
    return JSON.parse(stdout) as unknown;
  }

  /** The schema of a plugin's package, in the installed version. */
  async schemaOf(name: string): Promise<string | undefined> {
    const { plugins } = this.about.tools;
    const version = plugins.find((plugin) => plugin.name === name)?.version;
    const source = version === undefined ? name : `${name}@${version}`;
    const result = await this.engine("change").pulumi(["package", "get-schema", source]);
    return result.failed ? undefined : result.stdout;
  }

  /** Writes the configuration of the workspace's stack, and creates the stack first if necessary. */
  async configure(
    workspace: string,
    plain: Values,
    secrets: Record<string, string>,
  ): Promise<void> {
    const { stack } = this.about;
    const { encryptionsalt, sealed } = this;
    const isSealed = ([key, value]: [string, string]) => sealed.get(key)?.has(value) === true;
    const before = Object.entries(secrets).filter(isSealed);
    const config = {
      ...plain,
      ...Object.fromEntries(before.map(([key, value]) => [key, sealed.get(key)?.get(value)])),
    };
    const file = stackFileOf(this.path(workspace), stack);
    writeFileSync(file, stringify({ ...(encryptionsalt && { encryptionsalt }), config }));
    const purpose = "make a stack of its own";
    if (!this.made.has(workspace))
      await this.run(workspace, purpose, ["stack", "init", stack, "--no-select"]);
    this.made.add(workspace);
    for (const [key, value] of Object.entries(secrets).filter((one) => !isSealed(one))) {
      const isPath = /[.[]/.test(key);
      const named = [...(isPath ? ["--path"] : []), key, "--stack", stack];
      await this.run(workspace, `make up ${key}`, ["config", "set", "--secret", ...named], value);
      const { config: stored = {} } = readStackFile(this.path(workspace), stack);
      if (!isPath) sealed.set(key, new Map([...(sealed.get(key) ?? []), [value, stored[key]]]));
    }
    this.encryptionsalt = readStackFile(this.path(workspace), stack).encryptionsalt;
  }

  /** @throws a user error with the purpose and the engine's message */
  async run(workspace: string, purpose: string, args: string[], input?: string): Promise<void> {
    const result = await this.engine(workspace).pulumi([...args, "--non-interactive"], input);
    if (!result.failed) return;
    throw withExitCode(
      userError(`The offline review could not ${purpose}: ${result.output}`),
      exitCodes.refused,
    );
  }

  private readonly made = new Set<string>();
  /** All workspaces share one passphrase and salt, so a value that is encrypted once works in all of them. */
  private encryptionsalt: string | undefined;
  /** Encrypted secrets by key and value: encrypting each takes a start of the engine. */
  private readonly sealed = new Map<string, Map<string, unknown>>();
}

/**
 * Ends the programs that outlive an `up`, also those that the state does not have because it was interrupted,
 * and removes all files.
 */
export async function clearAway(workspaces: Workspaces): Promise<void> {
  const folder = workspaces.path("sandbox", `.logto-stack/${workspaces.about.stack}`);
  const programs = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of programs.filter((one) => one !== postgres)) {
    await stop({ folder: path.join(folder, name), name });
  }
  // Called even if the folder does not exist: a cluster started by root lies in another place.
  await removeCluster(path.join(folder, postgres));
  rmSync(workspaces.root, { recursive: true, force: true });
}

/** The folder of the cluster in the runtime embedded. */
const postgres = "postgres";

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { userError } from "../../infra/user-error";

/**
 * The newest command line that fully works with a language host that can be built: from 3.175 on it starts policy
 * packs with a call that the host below lacks (`quirks`).
 */
export const builtVersion = "3.170.0";

/** The newest command line that is published as Go modules. The tests build it too. */
export const newestVersion = "3.276.0";

/** The last version whose host is part of the SDK's Go module; newer hosts are not published there. */
const hostVersion = "3.68.0";

const progressInMilliseconds = 20_000;

export interface EngineBuild {
  /** The version of the command line. */
  version: string;
  go: string;
  env: NodeJS.ProcessEnv;
  /** An empty folder to work in. */
  folder: string;
  say: (line: string) => void;
}

/** Builds the engine from Pulumi's Go modules and returns the folder whose `bin` holds it. */
export async function buildEngine(build: EngineBuild): Promise<string> {
  const engine = path.join(build.folder, "engine");
  const bin = path.join(engine, "bin");
  mkdirSync(bin, { recursive: true });
  const started = Date.now();
  const parts = [
    {
      name: "pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      version: `v${build.version}`,
      // Without this flag the engine does not know its own version.
      linkerFlags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${build.version}`,
    },
    {
      name: "pulumi-language-nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      version: `v${hostVersion}`,
      linkerFlags: "-s -w",
    },
  ];
  for (const part of parts) {
    // `go install PACKAGE@VERSION` asks for a longer module path first, and fails if a proxy answers that with 403
    // instead of 404. `go get` in a module of its own finds the right path.
    const module = path.join(build.folder, `module-${part.name}`);
    mkdirSync(module);
    const step = (action: string, args: string[]) =>
      runGo(build, module, args, `${part.name}: ${action}`, started);
    await step("preparing", ["mod", "init", "engine"]);
    await step("fetching the sources", ["get", `${part.package}@${part.version}`]);
    await step("compiling", [
      "build",
      "-trimpath",
      "-ldflags",
      part.linkerFlags,
      "-o",
      path.join(bin, part.name),
      part.package,
    ]);
  }
  writeLauncher(path.join(bin, "pulumi-resource-pulumi-nodejs"), "dynamic-provider");
  writeLauncher(path.join(bin, "pulumi-analyzer-policy"), "run-policy-pack");
  return engine;
}

async function runGo(
  { go, env, say }: EngineBuild,
  cwd: string,
  args: string[],
  step: string,
  started: number,
): Promise<void> {
  const report = () => say(`  ${elapsed(started)} ${step}`);
  report();
  const timer = setInterval(report, progressInMilliseconds);
  try {
    const result = await execa(go, args, {
      cwd,
      env: { ...env, PWD: cwd },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    if (result.failed) {
      const end = (result.all || result.shortMessage || "").trimEnd().split("\n").slice(-20);
      say(end.join("\n"));
      throw userError(
        `Go could not build the Pulumi engine (go ${String(args[0])}, ${step}; its output is above): put that right, or install Pulumi (https://www.pulumi.com/docs/install/), and run this again.`,
      );
    }
  } finally {
    clearInterval(timer);
  }
}

/**
 * The vendor's archive has the same two scripts: the engine starts them as plugins in the project's folder, where
 * they find the SDK that they run.
 */
function writeLauncher(file: string, program: string): void {
  const lines = [
    "#!/bin/sh",
    `program=$(node -p 'require.resolve("@pulumi/pulumi/cmd/${program}")') || exit 1`,
    'exec node "$program" "$@"',
    "",
  ];
  writeFileSync(file, lines.join("\n"), { mode: 0o755 });
}

function elapsed(started: number): string {
  const seconds = Math.round((Date.now() - started) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

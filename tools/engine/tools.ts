import path from "node:path";
import { execa } from "execa";
import { cacheDirectory, enginesHome } from "./cache";
import { variablesOfContext } from "./docker-context";
import { cleanEnvironment, credentialsDirectory } from "./environment";
import { findEngine, type Engine } from "./engine";
import { findOnPath } from "./executables";
import { ensurePlugins, type Plugin } from "./plugins";
import { environmentOf } from "./run-program";
import { vendorProbe } from "./vendor";

/** The engine and its plugins, ready to be used. */
export interface Tools {
  engine: Engine;
  plugins: Plugin[];
  /** See tools/engine/cache.ts. */
  cache: string;
  /** The environment for the engine. */
  env: NodeJS.ProcessEnv;
  /** Runs a command of the engine without showing its output. */
  pulumi: (args: string[], input?: string) => Promise<PulumiResult>;
  /** The same tools with additional environment variables. */
  with: (env: Record<string, string>) => Tools;
}

export interface PulumiResult {
  failed: boolean;
  /** The whole output, in one line. */
  output: string;
  /** What was printed on stdout, for commands whose output is parsed. */
  stdout: string;
  /** What was printed on stderr, in one line. */
  stderr?: string;
}

/** Options of {@link prepareTools}. */
export interface ToolsOptions {
  /** The project's root. */
  project: string;
  env: NodeJS.ProcessEnv;
  /**
   * Whether to name the tools in use, and to try again to download the vendor's plugins if there are
   * stand-ins. Otherwise only slow work is announced.
   */
  isThorough: boolean;
}

/** Makes sure that the engine and its plugins are ready. */
export async function prepareTools({
  project,
  env: ofUser,
  isThorough,
}: ToolsOptions): Promise<Tools> {
  const ofDocker = variablesOfContext(ofUser);
  // This process's own requests must go to the same Docker Engine.
  Object.assign(process.env, ofDocker);
  const env = { ...ofUser, ...ofDocker };
  const cache = cacheDirectory(env);
  const isVendorReachable = vendorProbe();
  const engine = await findEngine({ env, cache, isVendorReachable, say });
  if (isThorough) {
    say(`Pulumi engine ${engine.version}: ${engine.origin} (${engine.bin})`);
  }
  const home = enginesHome(env);
  const plugins = await ensurePlugins({
    engine,
    env: cleanEnvironment(env),
    cache,
    home,
    project,
    isVendorReachable,
    isReplacing: isThorough,
    say,
  });
  for (const plugin of isThorough ? plugins.filter(({ isStandIn }) => isStandIn) : []) {
    say(
      `Plugin ${plugin.name} ${plugin.version}: a stand-in, as the vendor's downloads are out of reach`,
    );
  }
  const engineEnv = engineEnvironment(project, env, engine, home, plugins);
  return tools({ engine, plugins, cache, env: engineEnv }, project);
}

/** Prints to stderr, as stdout is for programs: `npm run pulumi -- stack output NAME`. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function tools(parts: Omit<Tools, "pulumi" | "with">, project: string): Tools {
  return {
    ...parts,
    pulumi: async (args, input) => {
      const result = await execa(path.join(parts.engine.bin, "pulumi"), args, {
        cwd: project,
        env: environmentOf(args, withoutDefaultsOfUser(parts.env)),
        extendEnv: false,
        reject: false,
        all: true,
        input: input ?? "",
      });
      return resultOf(result);
    },
    with: (env) => tools({ ...parts, env: { ...parts.env, ...env } }, project),
  };
}

/** Drops defaults for flags (PULUMI_OPTION_COLOR=always), which would spoil output that is parsed. */
function withoutDefaultsOfUser(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("PULUMI_OPTION_")),
  );
}

/** The result of an engine's command. */
export function resultOf(result: {
  failed: boolean;
  all: string;
  stdout: string;
  stderr: string;
  shortMessage?: string;
}): PulumiResult {
  return {
    failed: result.failed,
    output: inOneLine(result.all) || (result.shortMessage ?? ""),
    stdout: result.stdout,
    stderr: inOneLine(result.stderr),
  };
}

function inOneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim().replace(/^error: /, ""));
  return lines.filter((line) => line !== "").join(" ");
}

function engineEnvironment(
  project: string,
  env: NodeJS.ProcessEnv,
  engine: Engine,
  home: string,
  plugins: Plugin[],
): NodeJS.ProcessEnv {
  const searchPath = [engine.bin, env["PATH"] ?? ""];
  if (findOnPath("node", env) === undefined) {
    // The language host runs `node`, so it must be on PATH.
    searchPath.push(path.dirname(process.execPath));
  }
  return {
    // Default for `refresh` and `destroy`; each command sets its own (run-program.ts).
    PULUMI_RUN_PROGRAM: "true",
    // Types are checked by `npm run typecheck`.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(plugins.some(({ isStandIn }) => isStandIn) && {
      // The engine would also try to download plugins that are not used, which fails without the vendor.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    }),
    ...cleanEnvironment(env),
    PULUMI_HOME: home,
    PULUMI_CREDENTIALS_PATH: credentialsDirectory(env),
    PATH: searchPath.join(path.delimiter),
    // The engine records the selected stack under this path.
    PWD: project,
  };
}

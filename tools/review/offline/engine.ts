import path from "node:path";
import { execa } from "execa";
import { userError } from "../../../infra/user-error";
import { resultOf, type Tools } from "../../engine/tools";
import { exitCodes, withExitCode } from "../exit-codes";

/**
 * The caller's variables that the engine, and so the change's own code, may see. Anything else, above all credentials
 * of clouds, Pulumi and the workflow, stays out, even under new names.
 */
const allowed = [
  ...["PATH", "LANG", "LC_ALL", "TZ", "NODE_EXTRA_CA_CERTS"],
  // Set by tools/engine/tools.ts; they hold no secrets.
  ...["PULUMI_HOME", "PULUMI_RUN_PROGRAM", "PULUMI_NODEJS_TRANSPILE_ONLY"],
  ...["PULUMI_SKIP_UPDATE_CHECK", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"],
];

export function allowedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    allowed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/** How long a stopped engine may take to finish, in milliseconds. */
const patience = 15_000;

/**
 * The engine in a given folder, with only the given environment. On `signal` it is stopped with its whole process
 * group.
 */
export function engineIn(
  directory: string,
  tools: Pick<Tools, "engine">,
  env: Record<string, string>,
  signal: AbortSignal,
): Pick<Tools, "pulumi" | "with"> {
  return {
    with: (more) => engineIn(directory, tools, { ...env, ...more }, signal) as Tools,
    pulumi: async (args, input) => {
      requireGoingOn(signal);
      const child = execa(path.join(tools.engine.bin, "pulumi"), args, {
        cwd: directory,
        env: { ...env, PWD: directory },
        extendEnv: false,
        reject: false,
        all: true,
        input: input ?? "",
        detached: true,
        cleanup: false,
      });
      const send = (name: NodeJS.Signals) => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, name);
        } catch {
          // The process group has already ended.
        }
      };
      let timer: NodeJS.Timeout | undefined;
      const stop = () => {
        send("SIGINT");
        timer = setTimeout(() => send("SIGKILL"), patience);
      };
      signal.addEventListener("abort", stop, { once: true });
      try {
        const result = await child;
        requireGoingOn(signal);
        return resultOf(result);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        // Ends the leftovers of a killed engine: its language host and its providers.
        send("SIGKILL");
      }
    },
  };
}

export function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw withExitCode(userError("Stopped."), exitCodes.unreachable);
}

import path from "node:path";
import { execa } from "execa";
import { userError } from "../../../infra/user-error";
import { resultOf, type Tools } from "../../engine/tools";
import { exitCodes, withExitCode } from "../exit-codes";

/**
 * All that the engine, and so the change's own code, may see of the caller's environment. Whatever else is
 * there, credentials of clouds, of Pulumi and of the workflow above all, does not get in by a new name.
 */
const allowed = [
  ...["PATH", "LANG", "LC_ALL", "TZ", "NODE_EXTRA_CA_CERTS"],
  // Set by tools/engine/tools.ts, and no secrets.
  ...["PULUMI_HOME", "PULUMI_RUN_PROGRAM", "PULUMI_NODEJS_TRANSPILE_ONLY"],
  ...["PULUMI_SKIP_UPDATE_CHECK", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"],
];

export function allowedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    allowed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/** How long an engine that is told to stop may wind up, in milliseconds. */
const patience = 15_000;

/**
 * The engine in a folder of its own and with no more environment than it is given. When `signal` says so, it
 * is stopped with all that it started in its process group.
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
          // The group is gone by now.
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
        // What an engine that was killed leaves: its language host and its providers.
        send("SIGKILL");
      }
    },
  };
}

export function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw withExitCode(userError("Stopped."), exitCodes.unreachable);
}

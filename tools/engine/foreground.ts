import { spawn } from "node:child_process";
import os from "node:os";

/**
 * Runs a program with this process's terminal and returns its exit code, as a shell would.
 *
 * An interrupt from the keyboard reaches the program directly, as it is in the same process group. The program
 * decides what to do (the engine finishes cleanly), and this process waits for its end.
 *
 * @param options.input the program's stdin, for what no process list may show. Default: the terminal.
 */
export async function runInForeground(
  program: string,
  args: string[],
  { input, ...options }: { cwd: string; env: NodeJS.ProcessEnv; input?: string },
): Promise<number> {
  const stdin = input === undefined ? "inherit" : "pipe";
  const child = spawn(program, args, { ...options, stdio: [stdin, "inherit", "inherit"] });
  // A program that ends before it has read everything explains that with its exit code.
  child.stdin?.on("error", () => undefined).end(input);
  const ignore = () => undefined;
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGINT", ignore).on("SIGTERM", pass).on("SIGHUP", pass);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])),
      );
    });
  } finally {
    process.off("SIGINT", ignore).off("SIGTERM", pass).off("SIGHUP", pass);
  }
}

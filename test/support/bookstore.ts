import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import type { Outputs } from "../../tools/commands/bookstore";
import { cacheDirectory } from "../../tools/engine/cache";
import { ensurePythonEnvironment } from "../../tools/bookstore/python-environment";

export type { Outputs };

export interface Bookstore {
  /** Where its pages are, without a slash at the end. */
  url: string;
  pid: number;
  /** Everything printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** The interpreter with what the example needs: the one that `npm run bookstore` makes and keeps. */
export async function pythonForBookstore(): Promise<string> {
  return ensurePythonEnvironment({
    env: process.env,
    cache: cacheDirectory(process.env),
    requirements: path.resolve("examples/bookstore/requirements.txt"),
    modules: ["asgiref", "flask", "logto", "waitress"],
    say: () => undefined,
  });
}

/** The real example, started with the outputs of a stack, as `npm run bookstore` starts it. */
export async function startBookstore(outputs: Outputs): Promise<Bookstore> {
  const python = await pythonForBookstore();
  const child = spawn(python, ["-I", "-u", path.resolve("examples/bookstore/app.py")], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let printed = "";
  child.stdin.end(JSON.stringify(outputs));
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes("Bookstore is at")) resolve();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("exit", () => reject(new Error(`Bookstore ended: ${printed}`)));
  });
  return {
    url: new URL(outputs.redirectUri).origin,
    pid: child.pid as number,
    output: () => printed,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Watches the processes that this process's engines start for dynamic providers, until the returned function is
 * called. That returns the most memory that one of them used, in megabytes.
 */
export function peakMemoryOfProviders(): () => Promise<number | undefined> {
  let peak = 0;
  const over = new AbortController();
  const watch = (async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await memoryOfProviders().catch(() => 0));
      await pause(400, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    over.abort();
    await watch;
    return peak === 0 ? undefined : Math.round(peak);
  };
}

/** Memory of the largest provider process, in megabytes; 0 if there is none. */
async function memoryOfProviders(): Promise<number> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,rss=,args="], { maxBuffer: 1 << 26 });
  const processes = stdout.split("\n").map((line) => {
    const [, pid, parent, kilobytes, command = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S.*)?$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), kilobytes: Number(kilobytes), command };
  });
  const own = new Set([process.pid]);
  // A child may be listed before its parent.
  for (let size = 0; size < own.size;) {
    size = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  const sizes = processes
    .filter(({ pid, command }) => own.has(pid) && command.includes("dynamic-provider"))
    .map(({ kilobytes }) => kilobytes / 1024);
  return Math.max(0, ...sizes);
}

import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Watches the processes that the engines of this process start for dynamic providers, until the function
 * that is returned is called: that answers how many megabytes one of them held at most.
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

/** Of the largest of them, in megabytes; 0 where there is none. */
async function memoryOfProviders(): Promise<number> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,rss=,args="], { maxBuffer: 1 << 26 });
  const processes = stdout.split("\n").map((line) => {
    const [, pid, parent, kilobytes, command = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S.*)?$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), kilobytes: Number(kilobytes), command };
  });
  const own = new Set([process.pid]);
  // A child may stand before its parent in the list.
  for (let size = 0; size < own.size;) {
    size = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  const sizes = processes
    .filter(({ pid, command }) => own.has(pid) && command.includes("dynamic-provider"))
    .map(({ kilobytes }) => kilobytes / 1024);
  return Math.max(0, ...sizes);
}

import { stripVTControlCharacters } from "node:util";
import { readConfiguration } from "./configuration";
import { log } from "./log";
import { startSandbox } from "./server";

/** The sandbox as a process of its own, from its configuration file to the signal that ends it. */
export async function main(configurationFile: string | undefined): Promise<void> {
  logWhatLibrariesSay();
  try {
    const sandbox = await startSandbox(readConfiguration(configurationFile));
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        void sandbox.close().then(() => log("info", "closed"));
      });
    }
  } catch (error) {
    log("error", error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** Libraries warn through the console; the log holds lines of JSON and nothing else. */
function logWhatLibrariesSay(): void {
  for (const method of ["log", "info", "warn", "error"] as const) {
    console[method] = (...parts: unknown[]) =>
      log(method === "error" ? "error" : "info", stripVTControlCharacters(parts.join(" ")));
  }
}

import { readConfiguration } from "./configuration";
import { log } from "./log";
import { startSandbox } from "./server";

/** The sandbox as a process of its own, from its configuration file to the signal that ends it. */
export async function main(configurationFile: string | undefined): Promise<void> {
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

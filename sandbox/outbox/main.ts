import { log } from "../log";
import { readConfiguration } from "./configuration";
import { startOutbox } from "./server";

/** The outbox as a process of its own, from its configuration file to the signal that ends it. */
export async function main(configurationFile: string | undefined): Promise<void> {
  try {
    const outbox = await startOutbox(readConfiguration(configurationFile));
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        void outbox.close().then(() => log("info", "closed"));
      });
    }
  } catch (error) {
    log("error", error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

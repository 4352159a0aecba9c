import { connect } from "node:net";

/** How often to check that the engine is there, in milliseconds. */
const interval = 500;

/** Each resource's provider is configured, but one watch is enough. */
let isWatching = false;

/**
 * Ends this process, the engine's provider process, once the engine is gone.
 *
 * An engine that is killed leaves its provider process behind, with requests that it waits for and will send again.
 * Meanwhile the next run has begun, looks for what was made, and finds nothing yet: both would make it. So all work
 * stops that no engine can record in a state.
 *
 * The engine's address is the first argument of that process; in any other, such as a test's, there is nothing to
 * watch. The check connects to it and does not watch the parent process, since a vendor's launcher stands between
 * the two.
 */
export function endWithEngine(address = process.argv[2] ?? ""): void {
  const [, host, port] = /^([\d.]+):(\d+)$/.exec(address) ?? [];
  if (host === undefined || isWatching) return;
  isWatching = true;
  setInterval(() => {
    const connection = connect({ host, port: Number(port) });
    connection.once("connect", () => connection.destroy());
    connection.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") process.exit(1);
    });
  }, interval).unref();
}

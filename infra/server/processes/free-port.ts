import { createHash } from "node:crypto";
import getPort, { clearLockedPorts, portNumbers } from "get-port";
import { inProject } from "./project-directory";

/**
 * A free port of this machine, below the range that systems use for outgoing connections. The search starts at a
 * place of the project's own, so that a preview names the port that `up` takes, and the stacks of two clones do not
 * meet.
 *
 * @param directory where the program that listens on it has its files, from the project's root
 */
export async function freePort(directory = ""): Promise<number> {
  // The library would not name a port twice within half a minute, taken or not.
  clearLockedPorts();
  const place = createHash("sha256").update(inProject(directory)).digest().readUInt16BE();
  const first = 20_000 + (place % 10_000);
  return getPort({ port: portNumbers(first, first + 50) });
}

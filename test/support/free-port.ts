import { randomInt } from "node:crypto";
import getPort, { portNumbers } from "get-port";

/** In that range `fetch` refuses this one, as browsers do: https://fetch.spec.whatwg.org/#port-blocking */
const refused = [10_080];

/**
 * A free port below those that systems give to outgoing connections: one of those could be taken between
 * the moment it is found free and the moment a server listens on it.
 */
export function freePort(): Promise<number> {
  const first = 10_000 + randomInt(9_000);
  return getPort({ port: portNumbers(first, first + 500), exclude: refused });
}

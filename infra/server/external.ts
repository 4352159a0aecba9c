import type { Server } from "./runtime";

/** The runtime `external`: a Logto that runs already. Nothing is started and nothing written. */
export function externalServer({ endpoint }: { endpoint: string }): Server {
  return { endpoint, ready: [] };
}

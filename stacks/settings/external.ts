import type { Values } from "../../infra/properties";
import { isOrigin } from "../../infra/url";
import type { Problem } from "./configuration";

/** Logto Cloud has a tenant at each of its addresses, and its Management API under an indicator of its own. */
export function externalProblems(values: Values): Problem[] {
  const { "logto:endpoint": endpoint, "logto:resource": resource } = values;
  if (typeof endpoint !== "string" || !isOrigin(endpoint)) return [];
  const { origin, hostname } = new URL(endpoint);
  const indicator = `${origin}/api`;
  return hostname.endsWith(".logto.app") && resource !== indicator
    ? [
        {
          key: "logto:resource",
          message: `expected ${indicator}, as logto:endpoint is a tenant of Logto Cloud`,
        },
      ]
    : [];
}

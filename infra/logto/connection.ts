import type { ProviderConfiguration } from "../provider/dynamic-provider";
import { wholeNumber } from "../fields";
import { userError } from "../user-error";

/** Logto's address and credentials. */
export interface Connection {
  endpoint: string;
  clientId: string;
  clientSecret: string;
  /** The indicator of the Management API, as the API resource of that name shows it. */
  resource: string;
  /** How many requests may be under way at once. Default: {@link defaultParallel}. */
  parallel?: number;
  /** How often a request is sent at most. Default: that of infra/patience.ts. */
  tries?: number;
  /** How long one try may take, in milliseconds. Default: that of infra/patience.ts. */
  timeLimit?: number;
}

/** The id of the machine-to-machine application that this project makes for itself. */
export const defaultClientId = "infrastructure";

/** Every self-hosted Logto registers its Management API under this indicator, whatever its address. */
export const defaultResource = "https://default.logto.app/api";

/**
 * Reads the connection out of the stack's configuration, as any provider reads its own.
 *
 * `logto:endpoint`, `logto:clientId` and `logto:clientSecret` of a machine-to-machine application with
 * access to the Management API; `logto:resource`, by default {@link defaultResource}; `logto:parallel`, how
 * many requests may be under way at once, by default 10. The credential is
 * configuration and no resource's input, so that rotating it is no change of a resource.
 *
 * @throws a user error that names every key that is missing and how to set it
 */
export function readConnection(configuration: ProviderConfiguration): Connection {
  const missing = [...requiredKeys].filter(([key]) => !configuration.get(key));
  if (missing.length > 0) {
    throw userError(
      missing
        .map(([key, flag]) => `${key} is not set: npm run pulumi -- config set ${flag}${key}`)
        .join("\n"),
    );
  }
  const parallel = parallelRequests.safeParse(
    Number(configuration.get("logto:parallel") ?? defaultParallel),
  );
  if (!parallel.success) {
    throw userError(
      `logto:parallel: ${parallel.error.issues.map(({ message }) => message).join()}`,
    );
  }
  return {
    endpoint: configuration.require("logto:endpoint").replace(/(?<!\/)\/+$/, ""),
    clientId: configuration.get("logto:clientId") ?? defaultClientId,
    clientSecret: configuration.require("logto:clientSecret"),
    resource: configuration.get("logto:resource") ?? defaultResource,
    parallel: parallel.data,
  };
}

/** The engine makes four calls per processor at once: on a large machine more than a server likes. */
export const defaultParallel = 10;
export const parallelRequests = wholeNumber(1, 100, "a number of requests at once");

const requiredKeys = new Map([
  ["logto:endpoint", ""],
  ["logto:clientSecret", "--secret "],
]);

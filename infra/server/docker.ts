import * as pulumi from "@pulumi/pulumi";
import type { Server } from "./runtime";

/** The runtime `docker`: Postgres and Logto as containers. Its settings are checked; it does not run yet. */
export function dockerServer(): Server {
  throw new pulumi.RunError(
    "The runtime docker does not exist yet in this version of logto-stack: set logto-stack:runtime to embedded, or to external for a Logto that runs already.",
  );
}

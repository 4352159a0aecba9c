import type { Server } from "../infra/server/runtime";
import type { Settings } from "./settings";

/** The runtimes that stand up a server. Each is loaded only when it is needed, as it brings libraries of its own. */
/* eslint-disable @typescript-eslint/no-require-imports -- an import() of a TypeScript file is not for the hook that compiles it */
const runtimes = {
  embedded: () =>
    require("../infra/server/embedded/server") as typeof import("../infra/server/embedded/server"),
  docker: () =>
    require("../infra/server/docker/server") as typeof import("../infra/server/docker/server"),
  external: () =>
    require("../infra/server/external/server") as typeof import("../infra/server/external/server"),
};
/* eslint-enable @typescript-eslint/no-require-imports */

/** The server of the stack, as its runtime stands it up. */
export function platform(
  settings: Pick<
    Settings,
    "stack" | "runtime" | "logto" | "fingerprintKey" | "redisUrl" | "embedded" | "docker" | "email"
  >,
): Server {
  switch (settings.runtime) {
    case "embedded":
      return runtimes.embedded().embeddedServer({
        ...settings.logto,
        ...settings.embedded,
        sendgridApiKey: settings.email.apiKey,
        directory: `.logto-stack/${settings.stack}`,
      });
    case "docker":
      return runtimes.docker().dockerServer({
        ...settings.logto,
        ...dockerOf(settings),
        stack: settings.stack,
        fingerprintKey: settings.fingerprintKey,
        ...(settings.redisUrl && { redisUrl: settings.redisUrl }),
      });
    case "external":
      return runtimes.external().externalServer(settings.logto);
  }
}

function dockerOf({ docker }: Pick<Settings, "docker">): NonNullable<Settings["docker"]> {
  if (docker === undefined) {
    throw new Error("settings of the runtime docker were read without logto-stack:docker");
  }
  return docker;
}

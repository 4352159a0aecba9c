import { dockerServer } from "../infra/server/docker";
import { embeddedServer } from "../infra/server/embedded";
import { externalServer } from "../infra/server/external";
import type { Server } from "../infra/server/runtime";
import type { Settings } from "./settings";

/** The server of the stack, as its runtime stands it up. */
export function platform(
  settings: Pick<
    Settings,
    "stack" | "runtime" | "logto" | "fingerprintKey" | "redisUrl" | "embedded" | "docker" | "email"
  >,
): Server {
  switch (settings.runtime) {
    case "embedded":
      return embeddedServer({
        ...settings.logto,
        ...settings.embedded,
        sendgridApiKey: settings.email.apiKey,
        directory: `.logto-stack/${settings.stack}`,
      });
    case "docker":
      return dockerServer({
        ...settings.logto,
        ...dockerOf(settings),
        stack: settings.stack,
        fingerprintKey: settings.fingerprintKey,
        ...(settings.redisUrl && { redisUrl: settings.redisUrl }),
      });
    case "external":
      return externalServer(settings.logto);
  }
}

function dockerOf({ docker }: Pick<Settings, "docker">): NonNullable<Settings["docker"]> {
  if (docker === undefined) {
    throw new Error("settings of the runtime docker were read without logto-stack:docker");
  }
  return docker;
}

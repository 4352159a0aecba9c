import { dockerServer } from "../infra/server/docker";
import { embeddedServer } from "../infra/server/embedded";
import { externalServer } from "../infra/server/external";
import type { Server } from "../infra/server/runtime";
import type { Settings } from "./settings";

/** The server of the stack, as its runtime stands it up. */
export function platform(
  settings: Pick<Settings, "stack" | "runtime" | "logto" | "embedded" | "docker" | "email">,
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
      return dockerServer();
    case "external":
      return externalServer(settings.logto);
  }
}

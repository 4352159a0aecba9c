import { dockerServer } from "../infra/server/docker";
import { embeddedServer } from "../infra/server/embedded";
import { externalServer } from "../infra/server/external";
import type { Server } from "../infra/server/runtime";
import type { PlainSettings } from "./settings";

/** The server of the stack, as its runtime stands it up. */
export function platform(
  settings: Pick<PlainSettings, "stack" | "runtime" | "logto" | "embedded" | "docker">,
): Server {
  switch (settings.runtime) {
    case "embedded":
      return embeddedServer({
        ...settings.logto,
        ...settings.embedded,
        directory: `.logto-stack/${settings.stack}`,
      });
    case "docker":
      return dockerServer();
    case "external":
      return externalServer(settings.logto);
  }
}

import type { z } from "zod";
import { object, text } from "../../infra/fields";
import { defaultClientId, defaultResource, parallelRequests } from "../../infra/logto/connection";
import { isOrigin, isWebUrl } from "../../infra/url";

const origin = (port: number) =>
  text(`a URL without a path, such as http://localhost:${port}`, isOrigin).transform((url) =>
    url.replace(/\/$/, ""),
  );

/** The keys `logto:…`: Logto's address, and the credential that calls its Management API. */
export const logtoSettings = object({
  /** Address of Logto. A slash at the end is left out. */
  endpoint: origin(3001),
  /** Address of its console and its tenant `admin`. Default: not known. */
  adminEndpoint: origin(3002).optional(),
  /** The id of the machine-to-machine application. Default: infrastructure. */
  clientId: text("the id of the machine-to-machine application").default(defaultClientId),
  /** The indicator of the Management API. Default: that of every self-hosted Logto. */
  resource: text(`a URL, such as ${defaultResource}`, isWebUrl).default(defaultResource),
  /** How many requests to the Management API may be under way at once, 1 to 100. Default: 10. */
  parallel: parallelRequests.optional(),
});

export type LogtoSettings = z.infer<typeof logtoSettings>;

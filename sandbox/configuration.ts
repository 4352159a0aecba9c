import { z } from "zod";
import { readConfigurationFile } from "./configuration-file";
import { mailServerShape } from "./connectors/mail-route";
import { isUrl } from "../infra/url";

const url = z.string().refine((value) => isUrl(value), "expected a URL");

/** What the sandbox has to know to start. */
export const configurationShape = z.object({
  /** Address of a database that Logto's own CLI has seeded, as the role that owns it. */
  databaseUrl: url,
  /** Address of the tenant `default`; its port is listened on. */
  endpoint: url,
  /** Address of the tenant `admin`. Without it there is no such tenant, and its tokens are refused. */
  adminEndpoint: url.optional(),
  /** The ports to listen on, where they are not those of the endpoints: behind a proxy, or in a container. */
  port: z.number().int().optional(),
  adminPort: z.number().int().optional(),
  /** The address to listen on. Everyone who reaches the sandbox can use it, so it is loopback unless asked for. */
  host: z.string().default("127.0.0.1"),
  /** What it speaks TLS with, in PEM form; then the endpoints are https. Without it it speaks http. */
  tls: z.object({ certificate: z.string(), key: z.string() }).optional(),
  /** Address that the connectors' mail goes to in place of SendGrid. Without it sending fails. */
  mailServer: mailServerShape.optional(),
});

export type Configuration = z.infer<typeof configurationShape>;
export type ConfigurationInput = z.input<typeof configurationShape>;

/** Reads the file that the sandbox is started with. */
export function readConfiguration(file: string | undefined): Configuration {
  return readConfigurationFile(file, configurationShape, {
    name: "sandbox",
    script: "sandbox/start.cjs",
  });
}

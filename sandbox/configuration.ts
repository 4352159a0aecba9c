import { readFileSync } from "node:fs";
import { z } from "zod";

const url = z.string().refine((value) => URL.canParse(value), "expected a URL");

/** What the sandbox has to know to start. */
export const configurationShape = z.object({
  /** Of a database that Logto's own CLI has seeded, as the role that owns it. */
  databaseUrl: url,
  /** Where the tenant `default` answers; its port is listened on. */
  endpoint: url,
  /** Where the tenant `admin` answers. Without it there is no such tenant, and its tokens are refused. */
  adminEndpoint: url.optional(),
  /** The ports to listen on, where they are not those of the endpoints: behind a proxy, or in a container. */
  port: z.number().int().optional(),
  adminPort: z.number().int().optional(),
  /** The address to listen on. Whoever reaches the sandbox can use it, so it is loopback unless asked for. */
  host: z.string().default("127.0.0.1"),
});

export type Configuration = z.infer<typeof configurationShape>;
export type ConfigurationInput = z.input<typeof configurationShape>;

/**
 * Reads the file that the sandbox is started with. Its errors name the key and never the value: the
 * address of the database holds a password.
 */
export function readConfiguration(file: string | undefined): Configuration {
  if (file === undefined) {
    throw new Error("The sandbox needs a configuration file: node sandbox/start.cjs CONFIG.json");
  }
  const parsed = configurationShape.safeParse(parse(file));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`${file} is not a configuration of the sandbox: ${reasons.join("; ")}`);
  }
  return parsed.data;
}

function parse(file: string): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Error(`${file} is not JSON`);
  }
}

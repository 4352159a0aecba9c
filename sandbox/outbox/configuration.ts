import { z } from "zod";
import { readConfigurationFile } from "../configuration-file";

const port = z.number().int().min(1).max(65535);

/** What the outbox has to know to start. */
export const configurationShape = z.object({
  /** The address to listen on. Everyone who reaches it can read the mails, so it is loopback unless asked for. */
  host: z.string().default("127.0.0.1"),
  /** Address of its page and its JSON, over http. */
  port,
  /** Address at which it answers as SendGrid, over TLS. */
  sendGridPort: port,
  /** The one key that may send. */
  apiKey: z.string().min(1),
  /** For the name api.sendgrid.com, in PEM form like its key. */
  certificate: z.string(),
  privateKey: z.string(),
  /** File that keeps the mails over a restart. Default: none. */
  mailsFile: z.string().optional(),
  /**
   * The senders that SendGrid would have verified: any other is refused with 403. Default: any sender will
   * do, and the key may not ask which.
   */
  verifiedSenders: z.string().array().optional(),
});

export type Configuration = z.infer<typeof configurationShape>;

/** Reads the file that the outbox is started with. */
export function readConfiguration(file: string | undefined): Configuration {
  return readConfigurationFile(file, configurationShape, {
    name: "outbox",
    script: "sandbox/outbox/start.cjs",
  });
}

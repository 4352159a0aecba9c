import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { ConnectorError, ConnectorErrorCodes } from "@logto/connector-kit";
import { z } from "zod";

/** What Logto's SendGrid connector sends to; no config changes it. */
const sendGrid = "api.sendgrid.com";

const smtp = "simple-mail-transfer-protocol";

/** A server that takes SendGrid's place. */
export const mailServerShape = z.object({
  /** Its host: this machine unless the sandbox runs in a container. */
  host: z.string().default("127.0.0.1"),
  /** It speaks TLS. */
  port: z.number().int().min(1).max(65535),
  /** In PEM form, for the name api.sendgrid.com. No other certificate is trusted. */
  certificate: z.string().includes("BEGIN CERTIFICATE", { message: "expected a certificate" }),
  /** Seconds until a mail server that does not answer counts as failed: the connector would wait for ever. */
  timeLimit: z.number().positive().default(15),
});

export type MailServer = z.infer<typeof mailServerShape>;

/**
 * Sends what connectors send over https to the mail server and nowhere else, for the whole process: the
 * sandbox is for development, and an address that somebody types in there is not to get mail from it.
 *
 * Plain http is refused, and so is SMTP, by `ensureHeldBack`. A connector that brings an agent of its own, as
 * the one for Amazon SES does, would not be held back: none such is installed.
 */
export function routeMail(mailServer: MailServer | undefined): void {
  https.globalAgent = new MailAgent(mailServer);
  http.globalAgent = new NoAgent();
}

/**
 * Refuses a connector that goes past the mail server, before it does anything.
 *
 * Errors: `connector.not_implemented` (501).
 */
export function ensureHeldBack(factoryId: string): void {
  if (factoryId === smtp) {
    const message = "The sandbox does not send by SMTP, as that would leave this machine.";
    throw new ConnectorError(ConnectorErrorCodes.NotImplemented, { message });
  }
}

class NoAgent extends http.Agent {
  override createConnection({ host }: http.ClientRequestArgs, callback: Callback): undefined {
    refuse(`The sandbox sends nothing to ${host} without TLS.`, callback);
  }
}

type Callback = Parameters<https.Agent["createConnection"]>[1];

class MailAgent extends https.Agent {
  constructor(private readonly mailServer: MailServer | undefined) {
    // A connection for each request, so that the time limit is one for the request.
    super({ keepAlive: false, maxCachedSessions: 0 });
  }

  override createConnection(
    { host }: https.RequestOptions,
    callback: Callback,
  ): Duplex | undefined {
    if (host !== sendGrid) {
      refuse(`The sandbox sends nothing to ${host}: only to ${sendGrid}.`, callback);
      return undefined;
    }
    if (this.mailServer === undefined) {
      refuse("The sandbox was started without a mail server: nothing is sent.", callback);
      return undefined;
    }
    const { certificate, timeLimit, ...address } = this.mailServer;
    const socket = tls.connect({
      ...address,
      servername: sendGrid,
      ca: [certificate],
    });
    const timer = setTimeout(() => {
      const message = `The mail server did not answer within ${timeLimit} s.`;
      socket.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
    }, timeLimit * 1000);
    socket.once("close", () => clearTimeout(timer));
    return socket;
  }
}

/** Later, as a connection that fails does: the request does not listen for errors yet. */
function refuse(message: string, callback: Callback): void {
  const error = Object.assign(new Error(message), { code: "ERR_NO_MAIL_SERVER" });
  process.nextTick(() => callback?.(error, undefined as never));
}

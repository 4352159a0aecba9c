import http from "node:http";
import https from "node:https";
import type Koa from "koa";
import { closeServer, listen, listenByName } from "../listening";
import { log } from "../log";
import type { Configuration } from "./configuration";
import { FailureSwitch } from "./failure";
import { Mails } from "./mails";
import { sendGridApplication } from "./sendgrid";
import { webApplication } from "./web/application";

export interface Outbox {
  /** Ends hanging requests, too. What was accepted is kept. */
  close: () => Promise<void>;
}

/**
 * Starts a server that takes mail as SendGrid does and shows it in place of sending it: nothing leaves
 * the machine.
 *
 * Errors: a port that is in use.
 */
export async function startOutbox(configuration: Configuration): Promise<Outbox> {
  const { host, port, sendGridPort, certificate, privateKey, mailsFile } = configuration;
  const mails = new Mails(mailsFile);
  const failure = new FailureSwitch();
  const web = listener(webApplication({ port, mails, failure }));
  const sendGrid = https.createServer(
    { cert: certificate, key: privateKey },
    listener(sendGridApplication(configuration, mails, failure)),
  );
  const servers: (http.Server | https.Server)[] = [sendGrid];
  const close = async () => {
    await Promise.all(servers.map(closeServer));
    await mails.saved();
  };
  try {
    await listen(sendGrid, sendGridPort, host);
    await listenByName(servers, () => http.createServer(web), port, host);
  } catch (error) {
    await close();
    throw error;
  }
  log("info", "listening", { port, sendGridPort });
  return { close };
}

/** Koa answers with a promise that Node's server has no use for. */
function listener(application: Koa): http.RequestListener {
  const answer = application.callback();
  return (request, response) => void answer(request, response);
}

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { apiKey as connectorApiKey } from "../sandbox/connector-bodies";
import { makeCertificate } from "./certificate";
import { freePort } from "./free-port";
import { type Answer, send } from "./sandbox";

export interface OutboxMail {
  id: string;
  receivedAt: string;
  to: string;
  cc?: string;
  bcc?: string;
  from: { email: string; name?: string };
  subject: string;
  html?: string;
  text?: string;
  code?: string;
  headers: Record<string, string>;
}

interface Options {
  /** Default: the key of the tests' SendGrid connector. */
  apiKey?: string;
  /** Default: any sender will do. */
  verifiedSenders?: string[];
}

/** The outbox in a process of its own, on free ports. */
export class Outbox {
  constructor(
    readonly url: string,
    readonly apiKey: string,
    /** What a sandbox is started with, to send here. */
    readonly mailServer: { port: number; certificate: string },
    readonly directory: string,
    private child: ChildProcess,
    private readonly output: string[],
  ) {}

  async mails(): Promise<OutboxMail[]> {
    return (await send(`${this.url}/mails`, "GET")).body as OutboxMail[];
  }

  async clear(): Promise<void> {
    await send(`${this.url}/mails`, "DELETE");
  }

  async mailsTo(address: string): Promise<OutboxMail[]> {
    return (await this.mails()).filter(({ to }) => to === address);
  }

  /** The code in the mail to the address that is the `count`th, once it is there. */
  async codeSentTo(address: string, count = 1): Promise<string> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const mails = await this.mailsTo(address);
      const code = mails.at(-count)?.code;
      if (code !== undefined) return code;
      if (Date.now() > deadline) {
        throw new Error(`${mails.length} mails to ${address}, and no code in number ${count}.`);
      }
      await delay(50);
    }
  }

  /** Makes sending fail until {@link recover}. */
  fail(failure: object): Promise<Answer> {
    return send(`${this.url}/failure`, "PUT", failure);
  }

  recover(): Promise<Answer> {
    return send(`${this.url}/failure`, "DELETE");
  }

  /** A request to SendGrid's API, as a program with this key sends it. */
  request(
    method: string,
    requested: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: unknown }> {
    const { port, certificate } = this.mailServer;
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: "127.0.0.1",
          port,
          path: requested,
          method,
          servername: "api.sendgrid.com",
          ca: [certificate],
          agent: false,
          headers: {
            authorization: `Bearer ${this.apiKey}`,
            ...(body !== undefined && { "content-type": "application/json" }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text === "" ? undefined : (JSON.parse(text) as unknown),
            });
          });
        },
      );
      request.on("error", reject);
      request.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  }

  logText(): string {
    return this.output.join("\n");
  }

  /** Ends the process and starts it again with the same configuration. */
  async restart(): Promise<void> {
    await end(this.child);
    const { child } = await run(path.join(this.directory, "config.json"), this.output);
    this.child = child;
  }

  async stop(): Promise<void> {
    await end(this.child);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function startOutbox({
  apiKey = connectorApiKey,
  ...options
}: Options = {}): Promise<Outbox> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-outbox-"));
  const { cert, key: privateKey } = await makeCertificate(["api.sendgrid.com"]);
  const port = await freePort();
  const sendGridPort = await freePort();
  const configuration = path.join(directory, "config.json");
  writeFileSync(
    configuration,
    JSON.stringify({
      port,
      sendGridPort,
      apiKey,
      certificate: cert,
      privateKey,
      mailsFile: path.join(directory, "mails.json"),
      ...options,
    }),
    { mode: 0o600 },
  );
  const output: string[] = [];
  const { child } = await run(configuration, output);
  const url = `http://127.0.0.1:${port}`;
  return new Outbox(
    url,
    apiKey,
    { port: sendGridPort, certificate: cert },
    directory,
    child,
    output,
  );
}

/** Starts the program, and waits until it listens or has ended. */
export async function run(
  configuration: string | undefined,
  output: string[],
): Promise<{ child: ChildProcess; isListening: boolean }> {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      path.resolve("sandbox/outbox/start.cjs"),
      ...(configuration === undefined ? [] : [configuration]),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const isListening = await new Promise<boolean>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(line);
      if (line.includes('"listening"')) resolve(true);
    });
    child.once("close", () => resolve(false));
  });
  return { child, isListening };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

import { createServer } from "node:https";
import { makeCertificate } from "./certificate";
import { freePort } from "./free-port";
import type { Outbox } from "./outbox";

/** A request as it came over the wire. */
export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

export interface MailRecorder {
  /** What a sandbox is started with, to send here. */
  mailServer: { port: number; certificate: string };
  requests: RecordedRequest[];
  stop: () => void;
}

/** Stands in front of the outbox: keeps each request whole, hands it on, and answers what the outbox answers. */
export async function startMailRecorder(outbox: Outbox): Promise<MailRecorder> {
  const { cert, key } = await makeCertificate(["api.sendgrid.com"]);
  const requests: RecordedRequest[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", rawHeaders } = request;
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      requests.push({ method, path, headers: pairs(rawHeaders), body });
      const { authorization = "" } = request.headers;
      void outbox.request(method, path, body, { authorization }).then((answer) => {
        response.writeHead(answer.status);
        response.end(JSON.stringify(answer.body));
      });
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    mailServer: { port, certificate: cert },
    requests,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** In the case that they were sent in. */
function pairs(raw: string[]): Record<string, string> {
  return Object.fromEntries(
    raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""]] : [])),
  );
}

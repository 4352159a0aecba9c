import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

/** A recorded request to the Management API. */
export interface Recorded {
  method: string;
  /** The path with its query. */
  path: string;
  body: string;
  /** The id of the object in the response, if there is one. */
  id: string | undefined;
}

export interface RecordingProxy {
  endpoint: string;
  /** The requests since the last call, in order, without those for tokens. */
  take(): Recorded[];
  close(): Promise<void>;
}

/**
 * A proxy between the engine's provider and Logto that records requests, to count them and to let a bare client
 * repeat them. It changes nothing.
 */
export async function startRecordingProxy(upstream: string): Promise<RecordingProxy> {
  const target = new URL(upstream);
  const { request: send, Agent } = target.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true });
  let recorded: Recorded[] = [];
  const server = http.createServer((request, response) => {
    void (async () => {
      const { method = "GET", url = "/" } = request;
      const entry: Recorded = { method, path: url, body: "", id: undefined };
      if (url.startsWith("/api/")) recorded.push(entry);
      const body = await bytesOf(request);
      entry.body = body.toString();
      const headers = { ...request.headers, host: target.host };
      const forwarded = send(new URL(url, target), { method, headers, agent });
      const answered = once(forwarded, "response") as Promise<[http.IncomingMessage]>;
      forwarded.end(body);
      const [answer] = await answered;
      const bytes = await bytesOf(answer);
      if (method === "POST") entry.id = idIn(decoded(bytes, answer.headers["content-encoding"]));
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(bytes);
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, "close");
    },
  };
}

async function bytesOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Decompresses a response: Logto compresses longer ones. */
function decoded(bytes: Buffer, encoding: string | undefined): string {
  const plain = encoding === undefined ? bytes : decoders[encoding]?.(bytes);
  return plain?.toString() ?? "";
}

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  br: (bytes) => brotliDecompressSync(bytes),
  deflate: (bytes) => inflateSync(bytes),
  gzip: (bytes) => gunzipSync(bytes),
};

function idIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { id?: string }).id;
  } catch {
    return undefined;
  }
}

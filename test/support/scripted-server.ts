import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** One exchange that the test foresees: what must come, and what is answered. */
export interface Exchange {
  method: string;
  /** `*` is any path. */
  path: string;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Break the connection in place of an answer. */
  break?: true;
  /** Take the request and never answer. */
  hang?: true;
  /** It may come before or after its neighbours of which the same is said: they are sent at once. */
  atOnce?: true;
}

export interface ScriptedServer {
  endpoint: string;
  /** The requests that came: method, path and body. */
  requests: { line: string; body: string; authorization: string | undefined; at: number }[];
  close(): Promise<void>;
}

/**
 * A server that answers a written-down list of exchanges in order, and the token requests between them.
 * Anything that is not foreseen is answered with 599, which nothing accepts, and fails `close`.
 */
export async function startScriptedServer(
  exchanges: Exchange[],
  tokens: Exchange[] = [],
): Promise<ScriptedServer> {
  const requests: ScriptedServer["requests"] = [];
  const unforeseen: string[] = [];
  let issued = 0;
  const token = { method: "POST", path: "/oidc/token" };
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      const { authorization } = request.headers;
      const body = Buffer.concat(chunks).toString();
      requests.push({ line, body, authorization, at: performance.now() });
      const next =
        line === `${token.method} ${token.path}`
          ? (tokens.shift() ?? {
              ...token,
              body: { access_token: `token-${(issued += 1)}`, expires_in: 3600 },
            })
          : takeNext(exchanges, line);
      if (next?.break) {
        request.socket.destroy();
        return;
      }
      const foreseen =
        next && `${next.method} ${next.path === "*" ? (request.url ?? "") : next.path}`;
      if (next === undefined || line !== foreseen) {
        unforeseen.push(line);
        response.writeHead(599).end();
        return;
      }
      if (next.hang) return;
      const text = typeof next.body === "string" ? next.body : JSON.stringify(next.body);
      response.writeHead(next.status ?? 200, next.headers).end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      expect({ unforeseen, left: exchanges }).toEqual({ unforeseen: [], left: [] });
    },
  };
}

/** The first one, or of those that are sent at once the one that came. */
function takeNext(exchanges: Exchange[], line: string): Exchange | undefined {
  const end = exchanges.findIndex(({ atOnce }) => !atOnce);
  const atOnce = exchanges.slice(0, end < 0 ? undefined : end);
  const index = atOnce.findIndex(({ method, path }) => line === `${method} ${path}`);
  return exchanges.splice(Math.max(index, 0), 1)[0];
}

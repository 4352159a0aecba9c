import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { bareClient } from "../../../tools/bench/bare-client";
import { type RecordingProxy, startRecordingProxy } from "../../../tools/bench/recording-proxy";

/** The proxy and the client that asks again what it recorded, against a server that gives new ids. */
let server: Server;
let proxy: RecordingProxy;
let asked: string[];
let most: number;

beforeEach(async () => {
  asked = [];
  most = 0;
  let ids = 0;
  let now = 0;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isToken = request.url === "/oidc/token";
      asked.push(
        `${request.method ?? ""} ${request.url ?? ""} ${isToken ? "" : Buffer.concat(chunks).toString()}`.trim(),
      );
      most = Math.max(most, (now += 1));
      const created = request.method === "POST" ? { id: `id${(ids += 1)}` } : {};
      void pause(10).then(() => {
        now -= 1;
        response.end(JSON.stringify(isToken ? { access_token: "token" } : created));
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startRecordingProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const client = (parallel: number) => {
  const { endpoint } = proxy;
  const credential = { clientId: "infrastructure", clientSecret: "canarysecret", resource: "r" };
  const close = () => Promise.resolve();
  return bareClient(endpoint, { endpoint, ...credential, isSandbox: true, close }, parallel);
};

test("what went through is asked again, of the objects that the client made itself", async () => {
  const post = { method: "POST", body: '{"name":"a"}' };
  await fetch(`${proxy.endpoint}/api/applications`, post);
  await fetch(`${proxy.endpoint}/oidc/token`, { method: "POST" });
  const created = proxy.take();
  await fetch(`${proxy.endpoint}/api/applications/id1?x=1`, { method: "PATCH", body: "{}" });
  const updated = proxy.take();
  expect(created).toEqual([
    { method: "POST", path: "/api/applications", body: post.body, id: "id1" },
  ]);
  expect(proxy.take()).toEqual([]);

  asked = [];
  const again = client(1);
  await again(created);
  await again(updated);
  expect(asked).toEqual([
    "POST /oidc/token",
    'POST /api/applications {"name":"a"}',
    "POST /oidc/token",
    "PATCH /api/applications/id4?x=1 {}",
  ]);
});

test("no more requests are under way at once than it is told", async () => {
  const request = { method: "GET", path: "/api/things", body: "", id: undefined };
  await client(4)(Array.from({ length: 20 }, () => request));
  expect(most).toBe(4);
});

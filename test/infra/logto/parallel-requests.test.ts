import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { anything, managementApi } from "../../../infra/logto/management-api";
import { readConnection } from "../../../infra/logto/connection";

/** A server that answers when as many requests are there as are expected at once, and counts them. */
let server: Server;
let connections: number;
let expected: number;
let most: number;

beforeEach(async () => {
  const waiting: ServerResponse[] = [];
  connections = most = 0;
  server = createServer((request, response) => {
    if (request.url === "/oidc/token") {
      response.end(JSON.stringify({ access_token: "token", expires_in: 3600 }));
      return;
    }
    most = Math.max(most, waiting.push(response));
    if (waiting.length !== expected) return;
    // Time for one more than there should be.
    void pause(20).then(() => {
      for (const one of waiting.splice(0)) one.end("{}");
    });
  });
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function connectionWith(settings: Record<string, string>) {
  const values: Record<string, string> = {
    "logto:endpoint": `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    "logto:clientSecret": "canarysecret",
    ...settings,
  };
  return readConnection({ get: (key) => values[key], require: (key) => values[key] ?? "" });
}

async function call60Times(settings: Record<string, string>, atOnce: number): Promise<void> {
  expected = atOnce;
  const api = managementApi(connectionWith(settings));
  const call = { purpose: "read the thing", method: "GET", path: "api/things" } as const;
  await Promise.all(
    Array.from({ length: 60 }, () => api.call({ ...call, accept: { 200: anything } })),
  );
}

test("no more than ten requests are under way at once, on connections that are used again", async () => {
  await call60Times({}, 10);
  expect(most).toBe(10);
  expect(connections).toBeLessThanOrEqual(11);
});

test("logto:parallel says how many", async () => {
  await call60Times({ "logto:parallel": "3" }, 3);
  expect(most).toBe(3);
});

test("a number that is none is refused if no program has checked the settings", () => {
  for (const parallel of ["0", "101", "1.5", "many"]) {
    expect(() => connectionWith({ "logto:parallel": parallel })).toThrow(
      "logto:parallel: expected a number of requests at once, 1 to 100",
    );
  }
});

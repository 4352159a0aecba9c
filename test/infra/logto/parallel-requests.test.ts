import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { anything, managementApi } from "../../../infra/logto/management-api";
import { readConnection } from "../../../infra/logto/connection";

/** A server that takes its time, and counts how much is asked of it at once. */
let server: Server;
let connections: number;
let most: number;

beforeEach(async () => {
  let now = 0;
  connections = most = 0;
  server = createServer((request, response) => {
    const isToken = request.url === "/oidc/token";
    if (!isToken) most = Math.max(most, (now += 1));
    void pause(20).then(() => {
      if (!isToken) now -= 1;
      const token = { access_token: "token", expires_in: 3600 };
      response.writeHead(200).end(JSON.stringify(isToken ? token : {}));
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

async function call60Times(settings: Record<string, string>): Promise<void> {
  const api = managementApi(connectionWith(settings));
  const call = { purpose: "read the thing", method: "GET", path: "api/things" } as const;
  await Promise.all(
    Array.from({ length: 60 }, () => api.call({ ...call, accept: { 200: anything } })),
  );
}

test("no more than ten requests are under way at once, on connections that are used again", async () => {
  await call60Times({});
  expect(most).toBe(10);
  expect(connections).toBeLessThanOrEqual(11);
});

test("logto:parallel says how many", async () => {
  await call60Times({ "logto:parallel": "3" });
  expect(most).toBe(3);
});

test("a number that is none is refused where no program has checked the settings", () => {
  for (const parallel of ["0", "101", "1.5", "many"]) {
    expect(() => connectionWith({ "logto:parallel": parallel })).toThrow(
      "logto:parallel: expected a number of requests at once, 1 to 100",
    );
  }
});

import http from "node:http";
import type { AddressInfo } from "node:net";
import { httpClient } from "../../infra/http-client";
import { closeServer, listenByName } from "../../sandbox/listening";

const servers: http.Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(closeServer));
});

function server(): http.Server {
  return http.createServer((_, response) => response.end("answered"));
}

test.each(["127.0.0.1", "::1"])(
  "a server of this machine is reached as localhost when it listens on %s alone",
  async (host) => {
    const own = server();
    servers.push(own);
    await new Promise<void>((resolve) => own.listen({ port: 0, host }, resolve));
    const { port } = own.address() as AddressInfo;
    for (const name of ["localhost", "logto.localhost"]) {
      const { body } = await httpClient(`http://${name}:${port}`, { tries: 1 }).get("");
      expect(body).toBe("answered");
    }
  },
);

test("a server that listens by name is reached at both addresses of this machine", async () => {
  const probe = server();
  await new Promise<void>((resolve) => probe.listen({ port: 0, host: "127.0.0.1" }, resolve));
  const { port } = probe.address() as AddressInfo;
  await closeServer(probe);
  await listenByName(servers, server, port, "127.0.0.1");
  for (const host of ["127.0.0.1", "[::1]"]) {
    const { body } = await httpClient(`http://${host}:${port}`, { tries: 1 }).get("");
    expect(body).toBe("answered");
  }
});

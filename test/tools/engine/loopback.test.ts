import { spawnSync } from "node:child_process";
import path from "node:path";
import { withoutProxyOnLoopback } from "../../../tools/engine/loopback";
import { cleanEnvironment } from "../../../tools/engine/environment";

const proxy = { http_proxy: "http://proxy.example:3128" };
const loopback = "localhost,127.0.0.1,::1";

test.each([
  [proxy, loopback],
  [{ ...proxy, no_proxy: "a.example, b.example" }, `a.example,b.example,${loopback}`],
  [{ ...proxy, NO_PROXY: "a.example" }, `a.example,${loopback}`],
  [
    { HTTPS_PROXY: "http://p", no_proxy: "a", NO_PROXY: "b,localhost" },
    "a,b,localhost,127.0.0.1,::1",
  ],
  [{ grpc_proxy: "http://p", no_proxy: "*" }, `*,${loopback}`],
])("of %j all programs read the exceptions %s", (env, exceptions) => {
  expect(withoutProxyOnLoopback(env)).toMatchObject({ no_proxy: exceptions, NO_PROXY: exceptions });
});

test("the list that is for gRPC alone is completed too, and not made up", () => {
  expect(withoutProxyOnLoopback(proxy)).not.toHaveProperty("no_grpc_proxy");
  const own = withoutProxyOnLoopback({ ...proxy, no_grpc_proxy: "c", no_proxy: "a" });
  expect(own["no_grpc_proxy"]).toBe(`c,a,${loopback}`);
});

test("without a proxy the environment stays as it is", () => {
  expect(withoutProxyOnLoopback({ PATH: "/bin" })).toEqual({ PATH: "/bin" });
});

test.each([{}, { no_proxy: "a, localhost" }, { NO_PROXY: "localhost,127.0.0.1" }])(
  "a program that the engine starts reaches a gRPC server of this machine past a proxy, with %j",
  (given) => {
    const script = `
      const grpc = require("@grpc/grpc-js");
      const { EngineService, EngineClient } = require("@pulumi/pulumi/proto/engine_grpc_pb");
      const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
      const server = new grpc.Server();
      server.addService(EngineService, { log: (_, done) => done(null, new Empty()), getRootResource: () => {}, setRootResource: () => {} });
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => {
        const client = new EngineClient("127.0.0.1:" + port, grpc.credentials.createInsecure());
        client.waitForReady(Date.now() + 10000, (error) => { process.exit(error ? 1 : 0); });
      });`;
    // Nothing listens there.
    const env = { http_proxy: "http://127.0.0.1:9", PATH: process.env["PATH"], ...given };
    const { status } = spawnSync(process.execPath, ["--eval", script], {
      cwd: path.resolve(__dirname, "../../.."),
      env: cleanEnvironment(env),
    });
    expect(status).toBe(0);
  },
);

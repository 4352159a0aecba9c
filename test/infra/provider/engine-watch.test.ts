import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** As the engine starts it: the first argument is its address, and it configures each provider before all else. */
function startProvider(address: string): ChildProcess {
  const script = `
    const { provider } = require("./infra/load.cjs")("infra/logto/application");
    provider.configure({ config: { get: () => undefined } });
    setInterval(() => undefined, 1_000);`;
  return spawn(process.execPath, ["--eval", script, "dynamic-provider", address], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

let engine: Server;
let provider: ChildProcess | undefined;
beforeEach(async () => {
  engine = createServer((connection) => connection.resume()).listen(0, "127.0.0.1");
  await once(engine, "listening");
});
afterEach(() => {
  provider?.kill("SIGKILL");
  engine.close();
});

test("the provider process goes on while the engine is there, and ends once it is gone", async () => {
  const { port } = engine.address() as AddressInfo;
  provider = startProvider(`127.0.0.1:${port}`);
  const ended = once(provider, "exit");
  await once(engine, "connection");
  await once(engine, "connection");
  expect(provider.exitCode).toBeNull();
  engine.close();
  expect(await ended).toEqual([1, null]);
});

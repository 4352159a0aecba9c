import { createServer, type Server } from "node:net";
import { shellImage } from "../../../images/shell";
import { describeWithDocker, docker, removeAll, uniqueName } from "../../../support/docker";
import { DockerGateway } from "../../../support/docker-gateway";
import { freePort } from "../../../support/free-port";
import { evaluateProvider } from "../../../support/provider";
import { failureOf } from "../../../support/tools";

interface Ports {
  host?: string;
  ports: { port: number; address?: string; container: string; setting: string }[];
}

const provider = evaluateProvider<Ports, Ports>("logto-server:PublishedPorts");
const prefix = uniqueName();
const isUp = async (inputs: Ports) => !(await provider.diff("", inputs, inputs)).changes;

async function listener(): Promise<{ server: Server; port: number }> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, port };
}

describeWithDocker("ports that are to be published", () => {
  let gateway: DockerGateway;
  beforeAll(async () => {
    gateway = await DockerGateway.start();
  });
  afterAll(async () => {
    await gateway.leave();
    await removeAll(prefix);
  });

  test("are fine if no one has them", async () => {
    const inputs = {
      ports: [{ port: await freePort(), container: `${prefix}-a`, setting: "logto:endpoint" }],
    };
    expect(await provider.create(inputs)).toEqual({ id: "published-ports", outs: inputs });
    expect(await isUp(inputs)).toBe(true);
  });

  test("are refused all at once, each with its setting, if other programs have them", async () => {
    const [one, other] = [await listener(), await listener()];
    const inputs = {
      ports: [
        { port: one.port, container: `${prefix}-a`, setting: "logto-stack:docker.postgresPort" },
        { port: await freePort(), container: `${prefix}-b`, setting: "logto:endpoint" },
        { port: other.port, container: `${prefix}-b`, setting: "logto:adminEndpoint" },
      ],
    };
    const expected = [
      `The container "${prefix}-a" cannot be published at port ${one.port}, another program has it: end that program, or name another port in logto-stack:docker.postgresPort.`,
      `The container "${prefix}-b" cannot be published at port ${other.port}, another program has it: end that program, or name another port in logto:adminEndpoint.`,
    ].join("\n");
    expect(await failureOf(provider.create(inputs))).toBe(expected);
    expect(await failureOf(provider.update("", inputs, inputs))).toBe(expected);
    expect(await isUp(inputs)).toBe(false);
    one.server.close();
    other.server.close();
  });

  test("may be those of the container itself, and not those of another one", async () => {
    const port = await freePort();
    const container = uniqueName(prefix);
    const made = await docker.createContainer({
      name: container,
      Image: await shellImage(docker),
      Cmd: ["sleep", "600"],
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: `${port}` }] } },
    });
    await made.start();
    const setting = "logto:endpoint";
    expect(await isUp({ ports: [{ port, container, setting }] })).toBe(true);
    expect(await isUp({ ports: [{ port, container: `${prefix}-other`, setting }] })).toBe(false);
  });
  test("of an engine on another machine are refused if another container there has them", async () => {
    const port = await freePort();
    const other = uniqueName(prefix);
    const made = await docker.createContainer({
      name: other,
      Image: await shellImage(docker),
      Cmd: ["sleep", "600"],
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: `${port}` }] } },
    });
    await made.start();
    const container = `${prefix}-a`;
    const at = (address: string) => ({
      host: gateway.host,
      ports: [{ port, address, container, setting: "logto-stack:docker.port" }],
    });
    const refused = `The container "${container}" cannot be published at port ${port}, the container "${other}" has it: end that container, or name another port in logto-stack:docker.port.`;
    for (const address of ["127.0.0.1", "0.0.0.0"]) {
      expect(await failureOf(provider.create(at(address)))).toBe(refused);
    }
    await provider.create(at("192.0.2.1"));

    // A program of this machine is none of that one.
    const here = await listener();
    await provider.create({
      host: gateway.host,
      ports: [{ port: here.port, container, setting: "logto-stack:docker.port" }],
    });
    here.server.close();
  });
});

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { dockerHost } from "../../infra/server/docker/docker-connection";
import { freePort } from "./free-port";

/** The engine of the tests at a TCP address, as one of another machine, which may be gone for a while. */
export class DockerGateway {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => {
    const engine = connect(new URL(dockerHost()).pathname);
    const cut = () => [client, engine].forEach((socket) => socket.destroy());
    for (const socket of [client, engine]) {
      this.sockets.add(socket);
      socket.on("error", cut).on("close", cut);
      socket.on("close", () => this.sockets.delete(socket));
    }
    client.on("data", (text: Buffer) => {
      if (/^GET \/containers\/[\w.-]+\/json/.test(text.toString())) this.inspections += 1;
    });
    client.pipe(engine).pipe(client);
  });
  private port = 0;
  /** How often the state of a container was asked for. */
  inspections = 0;

  static async start(): Promise<DockerGateway> {
    const gateway = new DockerGateway();
    gateway.port = await freePort();
    await gateway.comeBack();
    return gateway;
  }

  get host(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  async leave(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async comeBack(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }
}

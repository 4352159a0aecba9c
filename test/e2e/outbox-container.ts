import { sandboxImage } from "../images/logto";
import { archiveOf } from "../../standins/docker/upload";
import { makeCertificate } from "../support/certificate";
import { docker, eventually, removeAll } from "../support/docker";
import { freePort } from "../support/free-port";

/**
 * The outbox (sandbox/outbox) as a container in a network, where it is api.sendgrid.com: any program in there
 * trusts its certificate sends through it as through SendGrid.
 */
export class OutboxContainer {
  private constructor(
    private readonly name: string,
    /** In PEM form; its own authority's. */
    readonly certificate: string,
    private readonly key: string,
    private readonly apiKey: string,
  ) {}

  /** Not yet started. */
  static async make(name: string, apiKey: string): Promise<OutboxContainer> {
    const { cert, key } = await makeCertificate(["api.sendgrid.com"]);
    return new OutboxContainer(name, cert, key, apiKey);
  }

  /** Where its mails can be read, on this machine. */
  async start(network: string): Promise<string> {
    const port = await freePort();
    const configuration = {
      host: "0.0.0.0",
      port,
      sendGridPort: 443,
      apiKey: this.apiKey,
      certificate: this.certificate,
      privateKey: this.key,
    };
    const open = `${port}/tcp`;
    const container = await docker.createContainer({
      name: this.name,
      Image: await sandboxImage(docker),
      WorkingDir: "/etc/logto/packages/core",
      Entrypoint: ["node", "--eval", 'require("./sandbox/outbox/main.js").main("/outbox.json")'],
      ExposedPorts: { [open]: {} },
      HostConfig: {
        Init: true,
        PortBindings: { [open]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      },
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: ["api.sendgrid.com"] } } },
    });
    const content = JSON.stringify(configuration);
    const upload = { file: "/outbox.json", content, executable: false, permissions: "0400" };
    await container.putArchive(archiveOf(upload), { path: "/" });
    await container.start();
    const url = `http://localhost:${port}`;
    await eventually(async () => {
      const { State: state } = await container.inspect();
      if (!state.Running) throw new Error("The outbox has ended.");
      return fetch(`${url}/status`).then(
        ({ status }) => status === 204,
        () => false,
      );
    });
    return url;
  }

  async remove(): Promise<void> {
    await removeAll(this.name);
  }
}

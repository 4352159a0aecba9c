import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { Duplex, PassThrough } from "node:stream";
import type Docker from "dockerode";
import { text } from "../../fields";
import { isUrl } from "../../url";

/** What it takes to reach a Docker Engine, beyond its address. */
export interface Access {
  /** In PEM form: what a `tcp://` engine speaks TLS with. Default: none. */
  identity?: Identity;
  /** Arguments for `ssh`. Default: none. */
  sshOptions?: string[];
}

export interface Identity {
  ca?: string | undefined;
  cert: string;
  key: string;
}

const noIdentity = { ca: undefined, cert: undefined, key: undefined };

/** The address of a Docker Engine. */
export const dockerHostAddress = text("a Docker Engine, such as ssh://user@host", isDockerHost);

function isDockerHost(value: string): boolean {
  return /^(unix|tcp|ssh):\/\//.test(value) && isUrl(value);
}

/** The engine's address: `given`, that of DOCKER_HOST, or this machine's usual socket. */
export function dockerHost(given?: string): string {
  return given || process.env["DOCKER_HOST"] || "unix:///var/run/docker.sock";
}

/** The files that `docker` itself uses for TLS, in a folder, by default that of DOCKER_CERT_PATH. */
export function identityInFolder(folder?: string): Identity | undefined {
  const found = folder || process.env["DOCKER_CERT_PATH"];
  if (!found) {
    return undefined;
  }
  const file = (name: string) => readFileSync(path.join(found, name), "utf8");
  return { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
}

/**
 * What the library dockerode needs to reach an engine. No option is left open, as dockerode would fill it from the
 * environment's DOCKER_HOST and its kin.
 */
export function connectionTo(
  host: string,
  { identity, sshOptions = [] }: Access,
): Docker.DockerOptions & { agent?: http.Agent } {
  const nothing = { host: undefined, port: undefined, socketPath: undefined, ...noIdentity };
  const address = isDockerHost(host) ? new URL(host) : undefined;
  switch (address?.protocol) {
    case "unix:":
      return { ...nothing, socketPath: address.pathname };
    case "tcp:":
      return {
        ...nothing,
        protocol: identity === undefined ? "http" : "https",
        host: address.hostname,
        port: address.port || (identity === undefined ? 2375 : 2376),
        ...identity,
      };
    case "ssh:":
      return {
        ...nothing,
        protocol: "http",
        host: address.hostname,
        port: 80,
        agent: new SshAgent(address, sshOptions),
      };
    default:
      throw new Error(`docker:host: expected a unix://, tcp:// or ssh:// address, not "${host}"`);
  }
}

/**
 * Connections through the user's own `ssh`, as the vendor's plugin makes them: with the user's keys,
 * configuration and known hosts, to the `docker` of the other machine, which passes on to its engine.
 */
class SshAgent extends http.Agent {
  constructor(
    private readonly address: URL,
    private readonly sshOptions: string[],
  ) {
    super();
  }

  override createConnection(): Duplex {
    const { username, hostname, port } = this.address;
    const destination = [
      ...(username ? ["-l", decodeURIComponent(username)] : []),
      ...(port ? ["-p", port] : []),
    ];
    const args = [...this.sshOptions, ...destination, "--", hostname];
    const command = ["-o", "ConnectTimeout=30", "-T", ...args, "docker system dial-stdio"];
    const ssh = spawn("ssh", command, { env: process.env });
    let says = "";
    ssh.stderr.on("data", (data: Buffer) => {
      says = data.toString().trim() || says;
    });
    const [readable, writable] = [new PassThrough(), new PassThrough()];
    const duplex = Duplex.from({ readable, writable });
    // The stream ends with ssh, and not before it is known how ssh ended.
    ssh.stdout.pipe(readable, { end: false });
    writable.pipe(ssh.stdin).on("error", () => undefined);
    ssh.once("error", (error) => duplex.destroy(error));
    ssh.once("close", (code) => {
      if (code === 0 || code === null) {
        readable.end();
      } else {
        duplex.destroy(new Error(`ssh to ${hostname} ended with ${code}: ${says}`));
      }
    });
    duplex.once("close", () => ssh.kill());
    // Methods of a socket that a pair of pipes lacks.
    return Object.assign(duplex, {
      setTimeout: () => duplex,
      setNoDelay: () => duplex,
      setKeepAlive: () => duplex,
      ref: () => duplex,
      unref: () => duplex,
    });
  }
}

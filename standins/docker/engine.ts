import { setTimeout as delay } from "node:timers/promises";
import type { ProviderArgs } from "@pulumi/docker";
import Docker from "dockerode";
import {
  connectionTo,
  dockerHost,
  identityInFolder,
} from "../../infra/server/docker/docker-connection";
import type { RulesFor } from "../inputs";

/** The options of `docker.Provider`. */
export const options = {
  caMaterial: { kind: "text" },
  certMaterial: { kind: "text" },
  certPath: { kind: "text" },
  context: { kind: "text", unmade: true },
  disableDockerDaemonCheck: { kind: "boolean", unmade: true },
  host: { kind: "text" },
  keyMaterial: { kind: "text" },
  registryAuth: {
    kind: "objects",
    unordered: true,
    fields: {
      address: { kind: "text", required: true },
      authDisabled: { kind: "boolean", unmade: true },
      configFile: { kind: "text", unmade: true },
      configFileContent: { kind: "text", unmade: true },
      password: { kind: "text", secret: true },
      username: { kind: "text" },
    },
  },
  sshOpts: { kind: "texts" },
} satisfies RulesFor<ProviderArgs>;

type Options = Partial<Record<keyof typeof options, string>>;

export interface RegistryLogin {
  address: string;
  username?: string;
  password?: string;
}

/** How the vendor's plugin waits until something is no longer in use, and for how long. */
const removalLimitInMilliseconds = 30_000;

/** The Docker Engine that the provider's options name. */
export class DockerEngine {
  private host = "";
  private client: Docker | undefined;
  private logins: RegistryLogin[] = [];

  configure(given: Options): void {
    this.host = dockerHost(given.host);
    const identity = this.host.startsWith("tcp:") ? identityIn(given) : undefined;
    const sshOptions = textsIn(given.sshOpts);
    this.client = new Docker(
      connectionTo(this.host, { ...(identity && { identity }), sshOptions }),
    );
    this.logins = loginsIn(given.registryAuth);
  }

  /** The login for an image's registry; Docker Hub is the registry of a name without one. */
  loginFor(image: string): RegistryLogin | undefined {
    const [first = "", ...rest] = image.split("/");
    const registry = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
    return this.logins.find(({ address }) => registryOf(address) === registry);
  }

  /**
   * Ask the engine for something. `what` begins the error, which goes on in the engine's own words.
   *
   * Errors: what the engine refuses; an engine that does not answer, with its address.
   */
  async do<Result>(what: string, work: (docker: Docker) => Promise<Result>): Promise<Result> {
    if (this.client === undefined) {
      throw new Error("the stand-in for the plugin docker is used before it is configured");
    }
    try {
      return await work(this.client);
    } catch (error) {
      throw new Error(`${what}: ${this.reason(error)}`, { cause: error });
    }
  }

  /** As `do`; undefined where the engine does not have the thing. */
  async find<Result>(
    what: string,
    work: (docker: Docker) => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await this.do(what, work);
    } catch (error) {
      if (statusOf(error) === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** Remove something once nothing uses it any more. What is gone already is removed. */
  async remove(what: string, work: (docker: Docker) => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + removalLimitInMilliseconds;
    for (;;) {
      try {
        await this.find(what, work);
        return;
      } catch (error) {
        if (!isInUse(error) || Date.now() > deadline) {
          throw error;
        }
      }
      await delay(500);
    }
  }

  private reason(error: unknown): string {
    if (statusOfAnswer(error) === undefined) {
      const { message } =
        error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
      return isUnreachable(error)
        ? `the Docker Engine at ${this.host} does not answer (${message}): start it, or name another one in docker:host`
        : message;
    }
    const { json, message } = error as { json?: { message?: string }; message: string };
    return json?.message ?? message;
  }
}

function statusOf(error: unknown): number | undefined {
  return statusOfAnswer((error as Error).cause);
}

function statusOfAnswer(error: unknown): number | undefined {
  return (error as { statusCode?: number } | undefined)?.statusCode;
}

function isUnreachable(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof AggregateError || syscall === "connect" || code === "ECONNRESET";
}

/** A network with containers in it is refused as forbidden, a volume that one uses as a conflict. */
function isInUse(error: unknown): boolean {
  return (
    [403, 409].includes(statusOf(error) ?? 0) &&
    /has active endpoints|volume is in use/.test((error as Error).message)
  );
}

/** The certificates for TLS: given as text, or as a folder. */
function identityIn({ caMaterial, certMaterial, keyMaterial, certPath }: Options) {
  if (certMaterial || keyMaterial) {
    if (!certMaterial || !keyMaterial) {
      throw new Error(
        "docker:certMaterial and docker:keyMaterial: one does not work without the other",
      );
    }
    return { ca: caMaterial, cert: certMaterial, key: keyMaterial };
  }
  return identityInFolder(certPath);
}

/** Options that are no text come as JSON. */
function textsIn(option: string | undefined): string[] {
  return option ? (JSON.parse(option) as string[]) : [];
}

function loginsIn(option: string | undefined): RegistryLogin[] {
  return option ? (JSON.parse(option) as RegistryLogin[]) : [];
}

function registryOf(address: string): string {
  const [registry = ""] = address
    .replace(/^https?:\/\//, "")
    .replace(/^(registry-1|index|registry\.hub)\.docker\.(io|com).*$/, "docker.io")
    .split("/");
  return registry;
}

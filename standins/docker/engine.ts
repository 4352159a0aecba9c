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

/** How long to wait until something is no longer in use, as the vendor's plugin does. */
const removalLimitInMilliseconds = 30_000;

/** The Docker Engine to which the provider's options point. */
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

  /** The login for an image's registry. The registry of a name without one is Docker Hub. */
  loginFor(image: string): RegistryLogin | undefined {
    const [first = "", ...rest] = image.split("/");
    const registry = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
    return this.logins.find(({ address }) => registryOf(address) === registry);
  }

  /**
   * Sends a request to the engine. `what` starts the error's message, and the engine's own words follow.
   *
   * Errors: a request that the engine refuses; an engine that does not answer, with its address.
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

  /** Like `do`, but undefined if the engine does not have the object. */
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

  /** Removes an object once it is no longer used. An object that is already gone counts as removed. */
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

/** The engine answers "forbidden" for a network with containers in it, and "conflict" for a volume in use. */
function isInUse(error: unknown): boolean {
  return (
    [403, 409].includes(statusOf(error) ?? 0) &&
    /has active endpoints|volume is in use/.test((error as Error).message)
  );
}

/** The certificates for TLS, given as texts or as a folder. */
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

/** Parses a list option: options that are not text arrive as JSON. */
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

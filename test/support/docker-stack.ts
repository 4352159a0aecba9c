import { spawnSync } from "node:child_process";
import type { Container, ContainerInspectInfo } from "dockerode";
import type Docker from "dockerode";
import { docker, execute, removeAll, uniqueName } from "./docker";
import { freePort } from "./free-port";
import { Project, type Running } from "./project";
import { type Answer, askForToken, send } from "./sandbox";

interface Options {
  postgresImage: string;
  logtoImage: string;
  clientSecret: string;
  apiKey: string;
  /** Further lines of logto-stack:docker. Default: none. */
  settings?: string[];
  /** Default: that of the tests. */
  engine?: Docker;
}

/**
 * The stack `dev` in a copy of this repository, not yet up: of its settings only images, names and ports are
 * others, and SendGrid is not asked about a key that is none of its own.
 */
export class DockerStack {
  private readonly orphans: number[] = [];

  private constructor(
    readonly project: Project,
    /** Begins the names of all that it makes on the engine. */
    readonly name: string,
    readonly endpoint: string,
    readonly adminEndpoint: string,
    readonly postgresPort: number,
    private clientSecret: string,
    private readonly engine: Docker,
  ) {}

  static async copy(options: Options): Promise<DockerStack> {
    const { postgresImage, logtoImage, clientSecret, apiKey, settings = [] } = options;
    const project = await Project.copy();
    const name = uniqueName();
    const postgresPort = await freePort();
    const endpoint = `http://localhost:${await freePort()}`;
    const adminEndpoint = `http://localhost:${await freePort()}`;
    const file = "Pulumi.dev.yaml";
    project.edit(file, "http://localhost:3001", endpoint);
    project.edit(file, "http://localhost:3002", adminEndpoint);
    project.edit(file, "svhd/logto:1.43.0", logtoImage);
    const own = [`name: ${name}`, `postgresPort: ${postgresPort}`, ...settings];
    const lines = own.map((line) => `    ${line}\n`).join("");
    project.edit(file, "postgres:17-alpine\n", `${postgresImage}\n${lines}`);
    const sender = "  logto-stack:email:\n";
    project.edit(file, sender, `${sender}    preflight: false\n`);
    await project.pulumi("stack", "init", "dev", "--no-select");
    await project.setSecrets("dev", {
      "logto-stack:sendgridApiKey": apiKey,
      "logto:clientSecret": clientSecret,
    });
    const { engine = docker } = options;
    return new DockerStack(
      project,
      name,
      endpoint,
      adminEndpoint,
      postgresPort,
      clientSecret,
      engine,
    );
  }

  /** Adds lines to logto-stack:docker. */
  set(...lines: string[]): void {
    const first = `    name: ${this.name}\n`;
    const added = lines.map((line) => `    ${line}\n`).join("");
    this.project.edit("Pulumi.dev.yaml", first, first + added);
  }

  container(name: string): Container {
    return this.engine.getContainer(`${this.name}-${name}`);
  }

  inspect(name: string): Promise<ContainerInspectInfo> {
    return this.container(name).inspect();
  }

  async containers(): Promise<Container[]> {
    const filters = { name: [this.name] };
    const found = await this.engine.listContainers({ all: true, filters });
    return found.map(({ Id: id }) => this.engine.getContainer(id));
  }

  /** `npm run up -- dev`, which has to succeed; what it printed. */
  async up(...flags: string[]): Promise<string> {
    const { code, output } = await this.project.npm("up", ["dev", ...flags]);
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** `npm run up -- dev`, which has to fail. */
  async failedUp(...flags: string[]): Promise<string> {
    const { code, output } = await this.project.npm("up", ["dev", ...flags]);
    expect([code === 0, output]).toEqual([false, output]);
    return output;
  }

  /** `npm run up -- dev`, to be waited for. */
  beginUp(): Running {
    return this.project.begin("npm", ["run", "--silent", "up", "--", "dev"]);
  }

  /** As `kill -9` or a machine that runs out of memory ends it: not the programs that it has started. */
  async killEngineOf(up: Running): Promise<void> {
    const pid = this.enginePid();
    this.orphans.push(...descendantsOf(pid));
    process.kill(pid, "SIGKILL");
    expect((await up.ended).code).not.toBe(0);
  }

  /** The process of the engine that is at work, by its own note next to the stack. */
  enginePid(): number {
    const folder = ".logto-stack/backend/.pulumi/locks/organization/logto-stack/dev";
    const [file = ""] = this.project.files(folder, /\.json$/);
    return (JSON.parse(this.project.read(file)) as { pid: number }).pid;
  }

  /** Ends what those leave that are killed. */
  endOrphans(): void {
    for (const pid of this.orphans) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }

  /** Rotates the secret of {@link api}'s client, which Logto knows from the next `up` on. */
  async rotateClientSecret(clientSecret: string): Promise<void> {
    await this.project.setSecrets("dev", { "logto:clientSecret": clientSecret });
    this.clientSecret = clientSecret;
  }

  /** A request to its Management API. */
  async api(method: string, url: string, body?: object): Promise<Answer> {
    const credential = { clientId: "infrastructure", clientSecret: this.clientSecret };
    const { body: token } = await askForToken(this.endpoint, credential);
    const { access_token: bearer } = token as { access_token: string };
    return send(`${this.endpoint}${url}`, method, body, { authorization: `Bearer ${bearer}` });
  }

  /** What a statement answers, asked in the container of Postgres. */
  async sql(statement: string, database = "logto"): Promise<string> {
    const command = ["psql", "-XAt", "-P", "pager=off", "-U", "postgres", "-d", database];
    const name = `${this.name}-postgres`;
    const { output } = await execute(name, [...command, "-c", statement], "postgres", this.engine);
    return output.trim();
  }

  async remove(): Promise<void> {
    this.endOrphans();
    await removeAll(this.name, this.engine);
    this.project.remove();
  }
}

/** What an `up` did, which comes after its preview: such as `35 unchanged`. */
export function resourcesOf(output: string): string {
  return [...output.matchAll(/Resources:\n([\s\S]*?)\n\n/g)].at(-1)?.[1]?.trim() ?? output;
}

function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  const children = stdout.trim().split(/\s+/).filter(Boolean).map(Number);
  return [...children, ...children.flatMap(descendantsOf)];
}

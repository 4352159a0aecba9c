import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { readTemplates } from "../../stacks/templates";
import { freePort } from "../support/free-port";
import { Project, type Run } from "../support/project";

/** What the end-to-end test walks through. */
export interface Stack {
  /** Where Bookstore is, without a slash at the end. */
  bookstoreUrl: string;
  outboxUrl: string;
  /** Who sends, as the stack declares it. */
  sender: { email: string; name?: string };
  /** What can be changed, where the test has stood the stack up itself. */
  own?: OwnStack;
  stop(): Promise<void>;
}

/**
 * The stack of the environment variables (see sign-in.test.ts), or one of the test's own: a copy of this
 * repository, brought up as a user would.
 */
export async function standUp(): Promise<Stack> {
  const { E2E_BOOKSTORE_URL: bookstoreUrl, E2E_OUTBOX_URL: outboxUrl } = process.env;
  if (bookstoreUrl === undefined && outboxUrl === undefined) {
    return OwnStack.up(await local());
  }
  if (bookstoreUrl === undefined || outboxUrl === undefined) {
    throw new Error("E2E_BOOKSTORE_URL and E2E_OUTBOX_URL are to be set both or not at all.");
  }
  return {
    bookstoreUrl: bookstoreUrl.replace(/\/$/, ""),
    outboxUrl: outboxUrl.replace(/\/$/, ""),
    sender: senderOf(readFileSync(`Pulumi.${process.env["E2E_STACK"] ?? "local"}.yaml`, "utf8")),
    stop: () => Promise.resolve(),
  };
}

/** A stack of this repository's, in a copy in which it has ports of its own. */
export interface Surroundings {
  /** The stack's name. */
  name: string;
  project: Project;
  /** Where its mails can be read, once it is up. */
  openOutbox(): Promise<string>;
  /** Before the stack is destroyed. */
  closeOutbox(): Promise<void>;
  /** What is left after that. */
  remove(): Promise<void>;
}

async function local(): Promise<Surroundings> {
  const project = await Project.copy();
  await project.useFreePorts();
  return {
    name: "local",
    project,
    openOutbox: () => project.output("outbox"),
    // It is one of the stack's own.
    closeOutbox: () => Promise.resolve(),
    remove: () => {
      project.remove();
      return Promise.resolve();
    },
  };
}

/** A stack in a copy of this repository, and Bookstore next to it. */
export class OwnStack implements Stack {
  readonly own = this;
  outboxUrl = "";
  private bookstore: ChildProcess | undefined;
  /** What Bookstore has printed. */
  printed = "";

  private constructor(
    private readonly surroundings: Surroundings,
    readonly bookstoreUrl: string,
  ) {}

  static async up(surroundings: Surroundings): Promise<OwnStack> {
    const stack = new OwnStack(surroundings, `http://localhost:${await freePort()}`);
    try {
      stack.changeSettings("http://localhost:3000", stack.bookstoreUrl);
      await stack.update();
      stack.outboxUrl = (await surroundings.openOutbox()).replace(/\/$/, "");
      await stack.startBookstore();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  get project(): Project {
    return this.surroundings.project;
  }

  get sender(): Stack["sender"] {
    return senderOf(this.project.read(this.file));
  }

  private get file(): string {
    return `Pulumi.${this.surroundings.name}.yaml`;
  }

  /** Changes every place in the stack's file that is this text. */
  changeSettings(from: string, to: string): void {
    const before = this.project.read(this.file);
    expect(before).toContain(from);
    this.project.write(this.file, before.replaceAll(from, to));
  }

  /** `npm run up`, which has to succeed. */
  async update(): Promise<Run> {
    const run = await this.project.npm("up", [this.surroundings.name]);
    if (run.code !== 0) throw new Error(`npm run up failed:\n${run.output}`);
    return run;
  }

  output(name: string): Promise<string> {
    return this.project.output(name, this.surroundings.name);
  }

  /** The pids of the programs that `npm run bookstore` consists of. */
  bookstorePid(): number {
    return this.bookstore?.pid as number;
  }

  async stop(): Promise<void> {
    if (this.bookstore?.exitCode === null && this.bookstore.signalCode === null) {
      const ended = once(this.bookstore, "exit");
      // To all of its group, as Ctrl-C does on a terminal.
      process.kill(-this.bookstorePid(), "SIGINT");
      await ended;
    }
    await this.surroundings.closeOutbox();
    await this.project.pulumi("destroy", "--yes", "--stack", this.surroundings.name);
    await this.surroundings.remove();
  }

  /** `npm run bookstore`, in a group of its own as on a terminal; ready when it says where it is. */
  private async startBookstore(): Promise<void> {
    const command = ["run", "--silent", "bookstore", "--", this.surroundings.name];
    const child = spawn("npm", command, {
      cwd: this.project.directory,
      env: this.project.environment(),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.bookstore = child;
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer) => {
        this.printed += chunk.toString();
        if (this.printed.includes(`Bookstore is at ${this.bookstoreUrl}/`)) resolve();
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.once("exit", () => reject(new Error(`npm run bookstore ended:\n${this.printed}`)));
    });
  }
}

/** The subject that the template of this usage type declares in the folder of templates. */
export function subjectOf(template: string, project = process.cwd()): string {
  const folder = path.join(project, "infra/templates");
  const read = readTemplates(folder);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  const { name } = path.parse(template);
  return read.templates.find(({ usageType }) => usageType === name)?.subject ?? "";
}

function senderOf(stackFile: string): Stack["sender"] {
  const { config } = parse(stackFile) as {
    config: { "logto-stack:email": { fromEmail: string; fromName?: string } };
  };
  const { fromEmail: email, fromName: name } = config["logto-stack:email"];
  return { email, ...(name !== undefined && { name }) };
}

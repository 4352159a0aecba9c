import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import matter from "gray-matter";
import { parse } from "yaml";
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
    return OwnStack.up();
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

/** A stack `local` in a copy of this repository, and Bookstore beside it. */
export class OwnStack implements Stack {
  readonly own = this;
  outboxUrl = "";
  private bookstore: ChildProcess | undefined;
  /** What Bookstore has printed. */
  printed = "";

  private constructor(
    readonly project: Project,
    readonly bookstoreUrl: string,
  ) {}

  static async up(): Promise<OwnStack> {
    const project = await Project.copy();
    await project.useFreePorts();
    const stack = new OwnStack(project, `http://localhost:${await freePort()}`);
    try {
      stack.changeSettings("http://localhost:3000", stack.bookstoreUrl);
      await stack.update();
      stack.outboxUrl = (await project.output("outbox")).replace(/\/$/, "");
      await stack.startBookstore();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  get sender(): Stack["sender"] {
    return senderOf(this.project.read("Pulumi.local.yaml"));
  }

  /** Changes every place in the stack's file that is this text. */
  changeSettings(from: string, to: string): void {
    const before = this.project.read("Pulumi.local.yaml");
    expect(before).toContain(from);
    this.project.write("Pulumi.local.yaml", before.replaceAll(from, to));
  }

  /** `npm run up`, which has to succeed. */
  async update(): Promise<Run> {
    const run = await this.project.npm("up");
    if (run.code !== 0) throw new Error(`npm run up failed:\n${run.output}`);
    return run;
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
    await this.project.pulumi("destroy", "--yes");
    this.project.remove();
  }

  /** `npm run bookstore`, in a group of its own as on a terminal; ready when it says where it is. */
  private async startBookstore(): Promise<void> {
    const child = spawn("npm", ["run", "--silent", "bookstore"], {
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
  const file = readFileSync(path.join(project, "infra/templates", template), "utf8");
  return matter(file, {}).data["subject"] as string;
}

function senderOf(stackFile: string): Stack["sender"] {
  const { config } = parse(stackFile) as {
    config: { "logto-stack:email": { fromEmail: string; fromName?: string } };
  };
  const { fromEmail: email, fromName: name } = config["logto-stack:email"];
  return { email, ...(name !== undefined && { name }) };
}

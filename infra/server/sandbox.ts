import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Arguments } from "../deep-input";
import { DynamicResource } from "../dynamic";
import { checkInputs } from "../checks";
import { resourceProvider } from "../resource-provider";
import { userError } from "../user-error";
import {
  type BackgroundProgram,
  isPortTaken,
  lastLogLine,
  logFile,
  logLength,
  makePrivate,
  runningPid,
  start,
  stop,
} from "./background-process";
import { parseDatabaseUrl } from "./database";
import { loopbackUrl } from "./loopback-url";
import { inProject, projectDirectory } from "./project-directory";
import { redact } from "../redact";

interface DeclaredSandbox {
  /** Holds the configuration, the pid file and the log, from the project's root. Removed on delete. */
  directory: string;
  /** Where it answers, such as http://localhost:3001. Plain http and a name of this machine only. */
  endpoint: string;
  /** Where it would answer as the tenant `admin`. Default: nowhere. */
  adminEndpoint?: string;
  /** The database, as the role that owns it. */
  databaseUrl: string;
  /** The script that Node runs, from the project's root. Default: sandbox/start.cjs. */
  program?: string;
  /** Seconds until it must be healthy. Default: 60. */
  startLimit?: number;
}

export type SandboxArgs = Arguments<DeclaredSandbox>;

type Inputs = DeclaredSandbox & { program: string; startLimit: number };

const shape = z.object({
  directory: projectDirectory,
  endpoint: loopbackUrl,
  adminEndpoint: loopbackUrl.optional(),
  databaseUrl: z.string(),
  program: z.string().default("sandbox/start.cjs"),
  startLimit: z.number().positive("expected seconds, more than 0").default(60),
});

export const provider = resourceProvider<Inputs, object>([], {
  check: (news) => checkInputs<Inputs>(news, shape),

  replaces: (before, wanted) => (before.directory === wanted.directory ? [] : ["directory"]),
  // Two of them cannot listen on one port.
  deleteBeforeReplace: true,

  isUp,

  async create(inputs) {
    await ensure(inputs);
    return { id: inputs.directory, outputs: {} };
  },

  read: (_id, past) =>
    Promise.resolve(existsSync(configurationFile(past.inputs)) ? past : undefined),

  async update(_id, _past, inputs) {
    await ensure(inputs);
    return {};
  },

  async delete(_id, { inputs }) {
    await stop(programOf(inputs));
    rmSync(inProject(inputs.directory), { recursive: true, force: true });
  },
});

async function ensure(inputs: Inputs): Promise<void> {
  const program = programOf(inputs);
  const configuration = configurationOf(inputs);
  if (readConfiguration(inputs) === configuration && (await isUp(inputs))) {
    return;
  }
  await stop(program);
  const port = portOf(inputs.endpoint);
  if (await isPortTaken(port)) {
    throw userError(
      `The sandbox cannot use port ${port}, another program does: end that program, or name another port in logto:endpoint.`,
    );
  }
  makePrivate(program.folder);
  const file = configurationFile(inputs);
  rmSync(file, { force: true });
  writeFileSync(file, configuration, { mode: 0o600 });
  const written = logLength(program);
  start(program, {
    executable: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", path.resolve(inputs.program), file],
    directory: process.cwd(),
  });
  await waitUntilHealthy(inputs, program, written);
}

async function waitUntilHealthy(
  inputs: Inputs,
  program: BackgroundProgram,
  written: number,
): Promise<void> {
  const deadline = Date.now() + inputs.startLimit * 1000;
  while (runningPid(program) !== undefined && Date.now() < deadline) {
    if (await isHealthy(inputs.endpoint)) {
      return;
    }
    await delay(100);
  }
  const isRunning = runningPid(program) !== undefined;
  await stop(program);
  const { password } = parseDatabaseUrl(inputs.databaseUrl);
  const line = lastLogLine(program, written);
  const says = line ? redact(line, [inputs.databaseUrl, password]) : "it wrote nothing";
  const what = isRunning
    ? `did not answer ${inputs.endpoint}/api/status within ${inputs.startLimit} s`
    : "ended right after its start";
  const log = path.relative(process.cwd(), logFile(program));
  throw userError(`The sandbox ${what}: ${says} (see ${log})`);
}

async function isUp(inputs: Inputs): Promise<boolean> {
  return runningPid(programOf(inputs)) !== undefined && isHealthy(inputs.endpoint);
}

/**
 * The sandbox listens on 127.0.0.1 whatever the endpoint's name is, and some machines take `localhost`
 * for ::1 first, so it is asked there.
 */
function isHealthy(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(
      {
        host: "127.0.0.1",
        port: portOf(endpoint),
        path: "/api/status",
        headers: { host: new URL(endpoint).host },
        timeout: 5_000,
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 204);
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function portOf(endpoint: string): number {
  return Number(new URL(endpoint).port || 80);
}

function programOf({ directory }: Inputs): BackgroundProgram {
  return { folder: inProject(directory), name: "sandbox" };
}

function configurationFile({ directory }: Inputs): string {
  return path.join(inProject(directory), "config.json");
}

function configurationOf({ databaseUrl, endpoint, adminEndpoint }: Inputs): string {
  return JSON.stringify({ databaseUrl, endpoint, adminEndpoint }, null, 2);
}

function readConfiguration(inputs: Inputs): string | undefined {
  const file = configurationFile(inputs);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * The sandbox, this project's stand-in for a Logto server, as a background process of this machine.
 *
 * It runs on when `up` ends, and the next `up` starts it again where it was killed or the machine was
 * rebooted. A changed setting restarts it; changed code of the sandbox does not: end the process whose pid
 * is in sandbox.pid, and the next `up` starts the new code. Its log grows from start to start. Deleting
 * it stops it, by force after 10 seconds, and removes its folder.
 *
 * Errors: a port that is taken; a process that ends or does not get healthy, with its last log line.
 */
export class Sandbox extends DynamicResource {
  constructor(name: string, args: SandboxArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "infra/server/sandbox",
      "logto-server:Sandbox",
      name,
      { ...args, databaseUrl: pulumi.secret(args.databaseUrl) },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl"] }),
    );
  }
}

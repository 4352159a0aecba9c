import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { redact } from "../../redact";
import { userError } from "../../user-error";
import {
  type BackgroundProgram,
  end,
  isPortTaken,
  lastLogLine,
  logFile,
  logLength,
  makePrivate,
  pidsOf,
  runningPid,
  start,
  stop,
} from "./background-process";
import { inProject } from "./project-directory";

/** A program of this project that goes on when `up` ends, started with a configuration file by Node. */
export interface ProjectProgram {
  /** What errors call it, and the base name of its pid file and its log. */
  name: string;
  /** Holds the configuration, the pid file and the log, from the project's root. */
  directory: string;
  /** The script that Node runs, from the project's root. */
  script: string;
  /** Written as JSON, into a file that only this user can read. A change of it is a restart. */
  configuration: object;
  /** The ports at which it listens on 127.0.0.1. */
  ports: ListeningPort[];
  /** An address of this machine, http, that answers 204 when all is well. */
  health: string;
  /** Seconds until it must be healthy. */
  startLimit: number;
  /** What no error may hold. */
  secrets: () => string[];
}

interface ListeningPort {
  port: number;
  /** What else to do when another program has the port, besides ending that. Default: nothing else helps. */
  otherwise?: string;
}

/**
 * Sees to it that the program runs with this configuration. If it does, it is left alone.
 *
 * Errors: a port that is taken; a program that ends or does not get healthy, with its last log line.
 */
export async function ensureRuns(program: ProjectProgram): Promise<void> {
  const configuration = textOf(program);
  if (readConfiguration(program.directory) === configuration && (await isRunning(program))) {
    return;
  }
  const background = inBackground(program);
  await stop(background);
  // A program whose folder was removed while it ran still has the ports.
  for (const orphan of pidsOf(argumentsOf(program).join(" "))) await end(orphan);
  for (const { port, otherwise } of program.ports) {
    if (await isPortTaken(port)) {
      const remedies = ["end that program", ...(otherwise ? [otherwise] : [])];
      throw userError(
        `The ${program.name} cannot use port ${port}, another program does: ${remedies.join(", or ")}.`,
      );
    }
  }
  makePrivate(background.folder);
  const file = configurationFile(program.directory);
  rmSync(file, { force: true });
  writeFileSync(file, configuration, { mode: 0o600 });
  const written = logLength(background);
  start(background, {
    executable: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", ...argumentsOf(program)],
    directory: process.cwd(),
  });
  await waitUntilHealthy(program, background, written);
}

/** Whether it runs and answers. */
export async function isRunning(program: ProjectProgram): Promise<boolean> {
  return runningPid(inBackground(program)) !== undefined && (await isHealthy(program.health));
}

/** Ends the program, by force after 10 seconds, and removes its folder. */
export async function removeProgram(program: ProjectProgram): Promise<void> {
  await stop(inBackground(program));
  rmSync(inProject(program.directory), { recursive: true, force: true });
}

/** The configuration that a program in the folder was last started with, as text. */
export function readConfiguration(directory: string): string | undefined {
  const file = configurationFile(directory);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

async function waitUntilHealthy(
  { name, health, startLimit, secrets }: ProjectProgram,
  background: BackgroundProgram,
  written: number,
): Promise<void> {
  const deadline = Date.now() + startLimit * 1000;
  while (runningPid(background) !== undefined && Date.now() < deadline) {
    if (await isHealthy(health)) {
      return;
    }
    await delay(100);
  }
  const isStillThere = runningPid(background) !== undefined;
  await stop(background);
  const line = lastLogLine(background, written);
  const says = line ? redact(line, secrets()) : "it wrote nothing";
  const what = isStillThere
    ? `did not answer ${health} within ${startLimit} s`
    : "ended right after its start";
  const log = path.relative(process.cwd(), logFile(background));
  throw userError(`The ${name} ${what}: ${says} (see ${log})`);
}

/**
 * Whether the program answers at 127.0.0.1, where our programs listen whatever the address's name is: some machines
 * take `localhost` for ::1 first.
 */
function isHealthy(health: string): Promise<boolean> {
  const { host, port, pathname } = new URL(health);
  return new Promise((resolve) => {
    const request = http.get(
      {
        host: "127.0.0.1",
        port: Number(port || 80),
        path: pathname,
        headers: { host },
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

/** The script and its configuration: no other program has the two. */
function argumentsOf({ script, directory }: ProjectProgram): string[] {
  return [path.resolve(script), configurationFile(directory)];
}

function inBackground({ directory, name }: ProjectProgram): BackgroundProgram {
  return { folder: inProject(directory), name };
}

function textOf({ configuration }: ProjectProgram): string {
  return JSON.stringify(configuration, null, 2);
}

function configurationFile(directory: string): string {
  return path.join(inProject(directory), "config.json");
}

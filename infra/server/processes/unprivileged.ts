import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { makeFolder, passable } from "./folder";

/** The user for a program that refuses to run as root. Empty for everyone but root. */
export interface UnprivilegedUser {
  uid?: number;
  gid?: number;
}

/**
 * Postgres refuses to run as root, so for root it runs as `postgres` if that user exists, else as `nobody`.
 */
export function unprivilegedUser(): UnprivilegedUser {
  if (process.getuid?.() !== 0) {
    return {};
  }
  for (const name of ["postgres", "nobody"]) {
    const answer = spawnSync("id", ["-u", name], { encoding: "utf8" });
    if (answer.status === 0) {
      const gid = execFileSync("id", ["-g", name], { encoding: "utf8" });
      return { uid: Number(answer.stdout), gid: Number(gid) };
    }
  }
  throw new Error(
    "Postgres does not run as root and this machine has neither a user postgres nor a user nobody; run as an ordinary user.",
  );
}

/**
 * A folder in which `user` can work: `directory` itself or, if a folder above it is closed to that user (a clone in
 * root's home or in a fresh `mktemp -d`), one below /var/lib/logto-stack. If the latter exists already, it stays in
 * use.
 */
export function reachableDirectory(directory: string, user: UnprivilegedUser): string {
  const elsewhere = substituteOf(directory);
  const isReachable = !existsSync(elsewhere) && canEnter(nearestExisting(directory), user);
  return isReachable ? directory : elsewhere;
}

/** The folder below /var/lib/logto-stack that takes the place of a `directory` which is out of reach. */
export function substituteOf(directory: string): string {
  const key = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  return path.join("/var/lib/logto-stack", `${path.basename(directory)}-${key}`);
}

/** A copy of the folder `source` that `user` can read: `source` itself if possible. */
export function reachableCopy(source: string, user: UnprivilegedUser): string {
  const target = reachableDirectory(source, user);
  if (target !== source && !existsSync(target)) {
    makeFolder(path.dirname(target), passable);
    const unfinished = `${target}.${process.pid}`;
    cpSync(source, unfinished, { recursive: true, verbatimSymlinks: true });
    makeReadable(unfinished);
    try {
      renameSync(unfinished, target);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    }
  }
  return target;
}

/** Makes a copy readable for everyone: the original may be closed by the umask of the user who made it. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(file);
    if (entry.isFile()) chmodSync(file, statSync(file).mode & 0o100 ? 0o755 : 0o644);
  }
}

function canEnter(directory: string, user: UnprivilegedUser): boolean {
  return spawnSync("/bin/sh", ["-c", 'cd "$0"', directory], { ...user, cwd: "/" }).status === 0;
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(path.dirname(directory));
}

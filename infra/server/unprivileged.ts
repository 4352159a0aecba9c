import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** The user as whom a program runs that refuses to run as root. Empty for everyone but root. */
export interface UnprivilegedUser {
  uid?: number;
  gid?: number;
}

/**
 * Postgres refuses to run as root, so for root it runs as `postgres` where that user exists, else as
 * `nobody`.
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
 * Where `user` can work: `directory` itself or, where a folder above it is closed to that user (a clone
 * in root's home or in a fresh `mktemp -d`), a folder of its own below /var/lib/logto-stack.
 */
export function reachableDirectory(directory: string, user: UnprivilegedUser): string {
  if (canEnter(nearestExisting(directory), user)) {
    return directory;
  }
  const key = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  return path.join("/var/lib/logto-stack", `${path.basename(directory)}-${key}`);
}

/** A copy of the folder `source` that `user` can read: `source` itself wherever that is possible. */
export function reachableCopy(source: string, user: UnprivilegedUser): string {
  const target = reachableDirectory(source, user);
  if (target !== source && !existsSync(target)) {
    mkdirSync(path.dirname(target), { recursive: true, mode: 0o755 });
    const unfinished = `${target}.${process.pid}`;
    cpSync(source, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, target);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    }
  }
  return target;
}

function canEnter(directory: string, user: UnprivilegedUser): boolean {
  return spawnSync("/bin/sh", ["-c", 'cd "$0"', directory], { ...user, cwd: "/" }).status === 0;
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(path.dirname(directory));
}

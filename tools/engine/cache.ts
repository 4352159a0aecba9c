import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import envPaths from "env-paths";
import { makeFolder } from "../../infra/server/processes/folder";

const dayInMilliseconds = 24 * 60 * 60 * 1000;

/**
 * The folder that keeps the tools, shared by all clones: `LOGTO_STACK_CACHE` or, if that is unset or empty, the
 * platform's folder for caches (XDG_CACHE_HOME is honoured).
 */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const directory = path.resolve(
    env["LOGTO_STACK_CACHE"] || envPaths("logto-stack", { suffix: "" }).cache,
  );
  makeFolder(directory, 0o700);
  return directory;
}

/**
 * The PULUMI_HOME of our runs: plugins, and the engine's notes about this clone. It is not the user's ~/.pulumi, so
 * that no other project gets a stand-in.
 */
export function enginesHome(env: NodeJS.ProcessEnv): string {
  const home = path.join(cacheDirectory(env), "home");
  makeFolder(home, 0o700);
  return home;
}

/**
 * A new folder in the cache, to build something in before it is moved to its place as a whole: other runs never see
 * half of it. Leftovers of killed runs are removed after a day.
 */
export function workFolder(cache: string): string {
  const parent = path.join(cache, "unfinished");
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const folder = path.join(parent, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > dayInMilliseconds) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return mkdtempSync(path.join(parent, "work-"));
}

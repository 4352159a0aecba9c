import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { userError } from "../../../infra/user-error";
import { say } from "../../engine/tools";
import { exitCodes, withExitCode } from "../exit-codes";
import { requireGoingOn } from "./engine";
import type { Workspaces } from "./workspaces";

/**
 * Gives a workspace the packages in its own lockfile, so that packages that a change adds or alters neither judge it
 * nor bring up its base.
 */
export async function linkPackages(workspaces: Workspaces, workspace: string): Promise<void> {
  const { home, signal } = workspaces.about;
  const [wanted, there] = [workspaces.path(workspace), home].map((folder) => {
    const lock = path.join(folder, "package-lock.json");
    return existsSync(lock) ? readFileSync(lock, "utf8") : undefined;
  });
  if (wanted === undefined || wanted === there) {
    symlinkSync(path.join(home, "node_modules"), workspaces.path(workspace, "node_modules"));
    return;
  }
  requireGoingOn(signal);
  say(`Installing the packages of the ${workspace}, as its package-lock.json is another one …`);
  // Outside the workspace, whose files are compared and copied.
  const packages = workspaces.path(`${workspace}-packages`);
  mkdirSync(packages);
  for (const file of ["package.json", "package-lock.json"]) {
    cpSync(workspaces.path(workspace, file), path.join(packages, file));
  }
  const { failed, all } = await execa("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: packages,
    // The caller's configuration decides where packages come from.
    env: {
      ...workspaces.env,
      npm_config_userconfig:
        process.env["npm_config_userconfig"] ?? path.join(os.homedir(), ".npmrc"),
    },
    extendEnv: false,
    reject: false,
    all: true,
    cancelSignal: signal,
  });
  requireGoingOn(signal);
  if (failed) {
    throw withExitCode(
      userError(`The packages of the ${workspace} could not be installed (npm ci): ${all}`),
      exitCodes.unreachable,
    );
  }
  symlinkSync(path.join(packages, "node_modules"), workspaces.path(workspace, "node_modules"));
}

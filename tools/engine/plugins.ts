import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { workFolder } from "./cache";
import type { Engine } from "./engine";

/** A provider plugin as it lies in PULUMI_HOME. */
export interface Plugin {
  name: string;
  version: string;
  /** Whether it is the program of test/standins instead of the vendor's. */
  isStandIn: boolean;
}

export interface PluginSearch {
  engine: Engine;
  env: NodeJS.ProcessEnv;
  cache: string;
  /** The PULUMI_HOME of our runs. */
  home: string;
  /** The project's root. */
  project: string;
  isVendorReachable: () => Promise<boolean>;
  /** Whether to try again to get the vendor's plugin where a stand-in lies already. */
  isReplacing: boolean;
  say: (line: string) => void;
}

/** The plugins of the npm packages @pulumi/NAME that have a stand-in. */
const names = ["random", "postgresql", "docker"] as const;

/** In a stand-in's folder; the vendor's plugins have no such file. */
const marker = "stand-in";

/**
 * Sees to it that the provider plugins are there, in the versions of the installed npm packages: the
 * vendor's where they can be had, else the stand-ins.
 */
export async function ensurePlugins(search: PluginSearch): Promise<Plugin[]> {
  const plugins: Plugin[] = [];
  for (const name of names) {
    plugins.push(await ensurePlugin(name, installedVersion(search.project, name), search));
  }
  return plugins;
}

async function ensurePlugin(name: string, version: string, search: PluginSearch): Promise<Plugin> {
  const folder = path.join(search.home, "plugins", `resource-${name}-v${version}`);
  const hasStandIn = existsSync(path.join(folder, marker));
  if (existsSync(folder) && !(hasStandIn && search.isReplacing)) {
    return { name, version, isStandIn: hasStandIn };
  }
  if (await search.isVendorReachable()) {
    rmSync(folder, { recursive: true, force: true });
    if (await install(name, version, search)) {
      return { name, version, isStandIn: false };
    }
  }
  if (!existsSync(folder)) {
    writeStandIn(name, folder, search.cache);
  }
  return { name, version, isStandIn: true };
}

async function install(name: string, version: string, search: PluginSearch): Promise<boolean> {
  search.say(`Plugin ${name} ${version}: downloading it from the vendor …`);
  const result = await execa(
    path.join(search.engine.bin, "pulumi"),
    ["plugin", "install", "resource", name, version, "--non-interactive"],
    {
      cwd: search.project,
      env: { ...search.env, PULUMI_HOME: search.home },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      all: true,
    },
  );
  if (result.failed) {
    search.say(`The download failed: ${result.all.trimEnd().split("\n").at(-1) ?? "no output"}`);
  }
  return !result.failed;
}

/** The engine starts a plugin in the project's root, so one script serves every clone. */
function writeStandIn(name: string, folder: string, cache: string): void {
  const unfinished = path.join(workFolder(cache), "plugin");
  mkdirSync(unfinished);
  writeFileSync(
    path.join(unfinished, `pulumi-resource-${name}`),
    `#!/bin/sh\nexec node test/standins/main.cjs ${name} "$@"\n`,
    { mode: 0o755 },
  );
  writeFileSync(
    path.join(unfinished, marker),
    "Written by tools/engine/plugins.ts of logto-stack.\n",
  );
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another run was faster.
    if (!existsSync(folder)) {
      throw error;
    }
  } finally {
    rmSync(path.dirname(unfinished), { recursive: true, force: true });
  }
}

function installedVersion(project: string, name: string): string {
  const file = path.join(project, "node_modules", "@pulumi", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

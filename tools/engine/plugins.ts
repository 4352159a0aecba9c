import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { workFolder } from "./cache";
import type { Engine } from "./engine";

/** A provider plugin in PULUMI_HOME. */
export interface Plugin {
  name: string;
  version: string;
  /** Whether it is the stand-in (standins) instead of the vendor's plugin. */
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
  /** Whether to try to download the vendor's plugin again if there is a stand-in. */
  isReplacing: boolean;
  say: (line: string) => void;
}

/** The npm packages @pulumi/NAME whose plugin has a stand-in. */
const names = ["random", "postgresql", "docker"] as const;

/** A file in a stand-in's folder; the vendor's plugins do not have it. */
const marker = "stand-in";

/**
 * Makes sure that the provider plugins exist in the versions of the installed npm packages: the vendor's if they
 * can be downloaded, else the stand-ins.
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
  if (hasStandIn) renewStandIn(name, folder, search.cache);
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

/**
 * The script that the engine starts as the plugin, in the project's root. It works for every clone, also for those
 * from before the stand-ins had a folder of their own.
 */
function scriptOf(name: string): string {
  return [
    "#!/bin/sh",
    "for program in standins/main.cjs test/standins/main.cjs; do",
    `  if [ -f "$program" ]; then exec node "$program" ${name} "$@"; fi`,
    "done",
    `echo "This clone has no stand-in for the plugin ${name}." >&2`,
    "exit 1",
    "",
  ].join("\n");
}

const fileOf = (name: string) => `pulumi-resource-${name}`;

function writeStandIn(name: string, folder: string, cache: string): void {
  const unfinished = path.join(workFolder(cache), "plugin");
  mkdirSync(unfinished);
  writeFileSync(path.join(unfinished, fileOf(name)), scriptOf(name), { mode: 0o755 });
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

/** Replaces an older version's script, whose program this clone lacks. It does so at once: an engine may start it. */
function renewStandIn(name: string, folder: string, cache: string): void {
  const script = path.join(folder, fileOf(name));
  if (existsSync(script) && readFileSync(script, "utf8") === scriptOf(name)) return;
  const unfinished = workFolder(cache);
  try {
    const aside = path.join(unfinished, fileOf(name));
    writeFileSync(aside, scriptOf(name), { mode: 0o755 });
    renameSync(aside, script);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function installedVersion(project: string, name: string): string {
  const file = path.join(project, "node_modules", "@pulumi", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import semver from "semver";
import { workFolder } from "./cache";
import { buildEngine, builtVersion, newestVersion } from "./build";
import { findOnPath, isExecutable } from "./executables";
import { userError } from "../../infra/user-error";

/** A Pulumi engine: its command line and the language host for TypeScript, in the same folder or on PATH. */
export interface Engine {
  version: string;
  /** The folder that holds `pulumi`. */
  bin: string;
  /** Where it comes from, for display. */
  origin: string;
}

/** What is needed to choose an engine. */
export interface EngineSearch {
  env: NodeJS.ProcessEnv;
  /** See tools/engine/cache.ts. */
  cache: string;
  isVendorReachable: () => Promise<boolean>;
  /** Prints a line of progress. */
  say: (line: string) => void;
}

/** Older engines lack features that this project uses. Newer ones' differences are in `quirks`. */
const oldestVersion = "3.170.0";

/** The version of the vendor's npm launcher, which downloads the engine of the same version. */
const vendorVersion = "3.265.0";

/**
 * The engine to use: the one on PATH if it is new enough, else the vendor's, else one built from Go modules.
 * A downloaded or built engine is kept in the cache, and from then on used without asking the vendor
 * again.
 */
export async function findEngine(search: EngineSearch): Promise<Engine> {
  return (
    (await engineOnPath(search)) ??
    cachedEngine(search.cache, "vendor", vendorVersion) ??
    cachedEngine(search.cache, "built", builtVersion) ??
    (await downloadedEngine(search, vendorVersion)) ??
    (await engineFromGo(search, builtVersion))
  );
}

/**
 * The engine of {@link newestVersion}: built from Go modules if Go is installed, else the vendor's. The cache keeps it
 * next to the other.
 */
export async function newestEngine(search: EngineSearch): Promise<Engine> {
  return (
    cachedEngine(search.cache, "built", newestVersion) ??
    cachedEngine(search.cache, "vendor", newestVersion) ??
    (findOnPath("go", search.env) === undefined
      ? await downloadedEngine(search, newestVersion)
      : undefined) ??
    (await engineFromGo(search, newestVersion))
  );
}

async function engineOnPath({ env, say }: EngineSearch): Promise<Engine | undefined> {
  const found = findOnPath("pulumi", env);
  if (found === undefined) {
    return undefined;
  }
  const { stdout } = await execa(found, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  // Prerelease versions and other output are accepted too.
  const version =
    semver.clean(/^v?\d+\.\d+\.\d+(?:[-+]\S*)?$/m.exec(stdout)?.[0] ?? "") ?? undefined;
  if (version === undefined || semver.lt(version, oldestVersion)) {
    say(
      `${found} is not used: it is ${version ?? "of no known version"}, not ${oldestVersion} or later.`,
    );
    return undefined;
  }
  const host = "pulumi-language-nodejs";
  const besideIt = [path.dirname(found), path.dirname(realpathSync(found))];
  const bin = besideIt.find((folder) => isExecutable(path.join(folder, host)));
  if (bin === undefined && findOnPath(host, env) === undefined) {
    say(`${found} is not used: ${host} is neither in its folder nor on PATH.`);
    return undefined;
  }
  return { version, bin: bin ?? path.dirname(found), origin: "on PATH" };
}

type CachedKind = "vendor" | "built";

const cachedOrigins: Record<CachedKind, string> = {
  vendor: "downloaded from the vendor",
  built: "built from Go modules",
};

/** The folder for an engine. Machines of different kinds may share a cache, so the kind is part of the name. */
function cachedFolder(cache: string, kind: CachedKind, version: string): string {
  const machine = `${process.platform}-${process.arch}`;
  return path.join(cache, "engines", `${kind}-${version}-${machine}`);
}

function cachedEngine(cache: string, kind: CachedKind, version: string): Engine | undefined {
  const bin = path.join(cachedFolder(cache, kind, version), "bin");
  const isThere = ["pulumi", "pulumi-language-nodejs"].every((name) =>
    isExecutable(path.join(bin, name)),
  );
  return isThere ? { version, bin, origin: cachedOrigins[kind] } : undefined;
}

/** Downloads an engine: the launcher puts it below PULUMI_HOME, which is one of our folders meanwhile. */
async function downloadedEngine(
  search: EngineSearch,
  version: string,
): Promise<Engine | undefined> {
  if (!(await search.isVendorReachable())) {
    return undefined;
  }
  search.say(`Pulumi engine ${version}: downloading it from the vendor …`);
  const home = workFolder(search.cache);
  try {
    const result = await execa("npx", ["--yes", `pulumi@${version}`, "version"], {
      env: { ...search.env, PULUMI_HOME: home, PULUMI_VERSION: version },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    const downloaded = path.join(home, "versions", version);
    if (existsSync(path.join(downloaded, "bin"))) {
      keep(downloaded, cachedFolder(search.cache, "vendor", version));
    } else {
      search.say(`The download failed: ${lastLine(result.all)}`);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  return cachedEngine(search.cache, "vendor", version);
}

async function engineFromGo({ env, cache, say }: EngineSearch, version: string): Promise<Engine> {
  const go = findOnPath("go", env);
  if (go === undefined) {
    throw userError(
      `There is no Pulumi engine: none of ${oldestVersion} or later is on PATH, the vendor's downloads are out of reach and there is no Go to build one with. ` +
        "Install Pulumi (https://www.pulumi.com/docs/install/) or Go 1.23 or later, and run this again.",
    );
  }
  say(
    `Pulumi engine ${version}: building it from Go modules, as the vendor's downloads are out of reach. This takes 3 to 5 minutes, once.`,
  );
  const folder = workFolder(cache);
  try {
    const built = await buildEngine({ version, go, env, folder, say });
    keep(built, cachedFolder(cache, "built", version));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const engine = cachedEngine(cache, "built", version);
  if (engine === undefined) {
    throw new Error(
      `The engine that was built is not in ${cachedFolder(cache, "built", version)}.`,
    );
  }
  return engine;
}

/** Moves the engine into place. If another run was faster, its result is the same and stays. */
function keep(folder: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) {
      throw error;
    }
  }
}

function lastLine(text: string | undefined): string {
  return text?.trimEnd().split("\n").at(-1) ?? "no output";
}

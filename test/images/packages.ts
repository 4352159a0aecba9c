import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** A package as it lies in node_modules, one within another where versions differ. */
export interface InstalledPackage {
  /** Such as node_modules/koa, from the project's root. */
  folder: string;
  version: string;
}

const project = path.resolve(__dirname, "../..");

/** The project's own modules that some of them need, themselves included, from the project's root. */
export function modulesOf(entries: string[]): string[] {
  return [...walk(entries).modules].sort();
}

/** The packages that modules of the project need, with all that those need themselves. */
export function packagesOf(entries: string[], others: string[] = []): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const pending = [...walk(entries).packages, ...others].map((name) => ({ name, from: "" }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const folder = locate(next.name, next.from);
    if (folder === undefined || found.has(folder)) {
      continue;
    }
    const manifest = manifestIn(folder);
    found.set(folder, { folder, version: manifest.version });
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
      (peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true,
    );
    const needed = { ...manifest.optionalDependencies, ...manifest.dependencies };
    pending.push(...[...peers, ...Object.keys(needed)].map((name) => ({ name, from: folder })));
  }
  return [...found.values()].sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

const importing = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*["']([^"'\n]+)["']/g;

function walk(entries: string[]): { modules: Set<string>; packages: Set<string> } {
  const modules = new Set<string>();
  const packages = new Set<string>();
  const pending = [...entries];
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    if (modules.has(module)) {
      continue;
    }
    modules.add(module);
    const text = readFileSync(path.join(project, module), "utf8");
    for (const [, name = ""] of text.matchAll(importing)) {
      const file = name.startsWith(".")
        ? moduleFile(path.join(path.dirname(module), name))
        : undefined;
      if (file !== undefined) {
        pending.push(file);
      } else if (!name.startsWith(".") && !isBuiltin(name)) {
        packages.add(packageOf(name));
      }
    }
  }
  return { modules, packages };
}

function moduleFile(module: string): string | undefined {
  return ["", ".ts", ".tsx", ".cjs", "/index.ts"]
    .map((ending) => module + ending)
    .find((file) => /\.(ts|tsx|cjs)$/.test(file) && existsSync(path.join(project, file)));
}

function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Where Node finds a package: in the node_modules of the folder that asks, or of one above it. */
function locate(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder === "." ? "" : folder, "node_modules", name);
    if (existsSync(path.join(project, candidate, "package.json"))) {
      return candidate;
    }
    if (folder === "" || folder === ".") {
      return undefined;
    }
  }
}

function manifestIn(folder: string): Manifest {
  const file = path.join(project, folder, "package.json");
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

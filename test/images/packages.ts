import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** A package as it lies in node_modules, one within another where versions differ. */
export interface InstalledPackage {
  /** Such as node_modules/koa, from the project's root. */
  folder: string;
  version: string;
}

const project = path.resolve(__dirname, "../..");

/** The project's own modules that one of them needs, itself included, from the project's root. */
export function modulesOf(entry: string): string[] {
  return [...walk(entry).modules].sort();
}

/** The packages that a module of the project needs, with all that they need themselves. */
export function packagesOf(entry: string, others: string[] = []): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const pending = [...walk(entry).packages, ...others].map((name) => ({ name, from: "" }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const folder = locate(next.name, next.from);
    if (folder === undefined || found.has(folder)) {
      continue;
    }
    const manifest = manifestIn(folder);
    found.set(folder, { folder, version: manifest.version });
    const needed = {
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
      ...manifest.dependencies,
    };
    pending.push(...Object.keys(needed).map((name) => ({ name, from: folder })));
  }
  return [...found.values()].sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

const importing = /(?:\bfrom|\bimport|\brequire\(|\bload\(|\bimport\()\s*["']([^"'\n]+)["']/g;

function walk(entry: string): { modules: Set<string>; packages: Set<string> } {
  const modules = new Set<string>();
  const packages = new Set<string>();
  const pending = [entry];
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    if (modules.has(module)) {
      continue;
    }
    modules.add(module);
    const text = readFileSync(path.join(project, module), "utf8");
    for (const [, name = ""] of text.matchAll(importing)) {
      // infra/load.cjs takes a module by its path from the project's root.
      const own = name.startsWith(".") ? path.join(path.dirname(module), name) : name;
      const file = moduleFile(own);
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

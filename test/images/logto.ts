import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { transformFileSync } from "@swc/core";
import type Docker from "dockerode";
import { dependencies } from "../../package.json";
import { ensureImage, filesIn } from "./image";
import { busyboxFile, copyFolder, copyLibraries, copyProgram, stampOf } from "./machine";
import { type InstalledPackage, modulesOf, packagesOf } from "./packages";
import { fillShell } from "./shell";

/** What makes one version of the image another. */
export interface Release {
  /** Alterations beyond those of the installed packages, by file name, such as 9.0.0-1800000000-note.js. */
  alterations?: Record<string, string>;
  /** What starts in the place of the sandbox: a script for Node. */
  core?: string;
}

const home = "etc/logto";
const cli = "node_modules/@logto/cli";

/** All of the sandbox but its own way to start, which compiles it each time. */
const sandboxFiles = filesIn("sandbox").filter((file) => !file.endsWith("start.cjs"));
const sandboxModules = sandboxFiles.filter(isCompiled);
/** With what runs as it is, in a thread. */
const sandboxPrograms = sandboxFiles.filter((file) => isCompiled(file) || file.endsWith(".cjs"));

/**
 * What the tests take for `svhd/logto`: {@link sandboxImage}, or the image that
 * `LOGTO_STACK_TEST_LOGTO_IMAGE` names, such as the official one. Other releases are the sandbox's always.
 */
export async function logtoImage(docker: Docker, release?: Release): Promise<string> {
  const given = process.env["LOGTO_STACK_TEST_LOGTO_IMAGE"];
  return given && release === undefined ? given : sandboxImage(docker, release);
}

/**
 * The sandbox, with Logto's own command line tool, behind the working folder, the commands, the ports and the
 * environment variables of Logto's image. It has no bash and no GNU tools either.
 */
export async function sandboxImage(docker: Docker, release: Release = {}): Promise<string> {
  const files = [...new Set([...sandboxFiles, ...modulesOf(sandboxModules)])].sort();
  return ensureImage(docker, {
    name: "logto-stack-test/logto",
    folder: "logto",
    key: [
      ...files.map((file) => `${file}\n${readFileSync(file, "utf8")}`),
      JSON.stringify(release),
    ],
    arguments: { PACKAGES_IMAGE: await packagesImage(docker) },
    fill(root) {
      for (const file of files) {
        install(path.join(root, home, "packages/core"), file);
      }
      for (const [name, text] of Object.entries(release.alterations ?? {})) {
        const folder = path.join(root, home, "node_modules/@logto/schemas/alterations-js");
        mkdirSync(folder, { recursive: true });
        writeFileSync(path.join(folder, name), text);
      }
      if (release.core !== undefined) {
        writeFileSync(path.join(root, home, "packages/core/index.cjs"), release.core);
      }
    },
  });
}

/** Puts one of the project's files there, compiled if that is what it takes. */
function install(core: string, file: string): void {
  const target = path.join(core, file);
  mkdirSync(path.dirname(target), { recursive: true });
  if (!isCompiled(file)) {
    copyFileSync(file, target);
    return;
  }
  const { code } = transformFileSync(file, {
    swcrc: false,
    jsc: {
      parser: { syntax: "typescript", tsx: file.endsWith("x") },
      target: "es2022",
      transform: { react: { runtime: "automatic", importSource: "preact" } },
    },
    module: { type: "commonjs", ignoreDynamic: true },
  });
  writeFileSync(target.replace(/\.tsx?$/, ".js"), code);
}

/** What runs in a browser is put together by the sandbox itself. */
function isCompiled(file: string): boolean {
  return /\.tsx?$/.test(file) && !file.includes("/browser/");
}

/** Node and the npm packages: the part that seldom changes. */
async function packagesImage(docker: Docker): Promise<string> {
  // A package within a package comes with it.
  const packages = packagesOf(sandboxPrograms, ["@logto/cli", ...connectors()]).filter(
    ({ folder }) => folder.lastIndexOf("node_modules/") === 0 && !folder.includes("/@types/"),
  );
  return ensureImage(docker, {
    name: "logto-stack-test/packages",
    key: [
      process.version,
      stampOf(busyboxFile()),
      ...packages.map(({ folder, version }) => `${folder} ${version}`),
    ],
    fill(root) {
      fillShell(root);
      symlinkSync("/bin/env", path.join(root, "usr/bin/env"));
      installNode(root);
      installPackages(path.join(root, home), packages);
      for (const addOn of filesIn(root).filter((file) => file.endsWith(".node"))) {
        copyLibraries(root, addOn);
      }
    },
  });
}

function installPackages(folder: string, packages: InstalledPackage[]): void {
  mkdirSync(path.join(folder, "packages"), { recursive: true });
  // One archive of thousands of small files takes a second, and copying them ten.
  const archive = execFileSync(
    "tar",
    ["--create", "--directory", path.dirname(realpathSync("node_modules")), "--files-from=-"],
    { input: packages.map((one) => one.folder).join("\n"), maxBuffer: 2 ** 30 },
  );
  execFileSync("tar", ["--extract", "--directory", folder], { input: archive });
  // Logto's repository has the tool among its own packages.
  renameSync(path.join(folder, cli), path.join(folder, "packages/cli"));
  symlinkSync("../../packages/cli", path.join(folder, cli));
  const bin = path.join(folder, "node_modules/.bin");
  mkdirSync(bin);
  symlinkSync("../@logto/cli/bin/logto.js", path.join(bin, "logto"));
  chmodSync(path.join(folder, "packages/cli/bin/logto.js"), 0o755);
}

function connectors(): string[] {
  return Object.keys(dependencies).filter(
    (name) => name.startsWith("@logto/connector-") && name !== "@logto/connector-kit",
  );
}

function installNode(root: string): void {
  copyProgram(root, process.execPath);
  const bin = path.join(root, "usr/local/bin");
  mkdirSync(bin, { recursive: true });
  if (process.execPath !== "/usr/local/bin/node") {
    symlinkSync(process.execPath, path.join(bin, "node"));
  }
  copyFolder(root, npmFolder(), "usr/local/lib/node_modules/npm");
  for (const name of ["npm", "npx"]) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(bin, name));
  }
}

/** npm lies next to the Node that it came with. */
function npmFolder(): string {
  return path.resolve(process.execPath, "../../lib/node_modules/npm");
}

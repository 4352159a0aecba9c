import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import semver from "semver";
import { userError } from "../../infra/user-error";
import { workFolder } from "../engine/cache";
import { findOnPath } from "../engine/executables";

/** What is needed to create a virtual environment. */
export interface PythonSearch {
  env: NodeJS.ProcessEnv;
  /** See tools/engine/cache.ts. */
  cache: string;
  /** A requirements.txt that pins every package. */
  requirements: string;
  /** The modules that the program imports. An environment in which one cannot be imported is broken. */
  modules: string[];
  /** Prints a line of progress. */
  say: (line: string) => void;
}

/** The oldest Python version that still gets fixes and that the packages support. */
const oldestVersion = "3.11.0";

interface Python {
  executable: string;
  /** Changes with the interpreter: an environment only works with the one that created it. */
  identity: string;
}

/**
 * The interpreter of a virtual environment with the requirements. The environment is created on first use and kept
 * in the cache, under a name made of the requirements and the Python version. A broken one is created again.
 */
export async function ensurePythonEnvironment(search: PythonSearch): Promise<string> {
  const python = await findPython(search.env);
  const key = createHash("sha256")
    .update(readFileSync(search.requirements))
    .update(python.identity)
    .digest("hex")
    .slice(0, 16);
  const folder = path.join(search.cache, "python", key);
  if (!(await isUsable(folder, search))) {
    search.say(
      "Python: making a virtual environment and installing the packages, once (under a minute) …",
    );
    await makeEnvironment(python, folder, search);
  }
  return interpreterOf(folder);
}

/** Builds the environment elsewhere and moves it into place. Its interpreter can be moved, but its scripts cannot. */
async function makeEnvironment(
  { executable }: Python,
  folder: string,
  search: PythonSearch,
): Promise<void> {
  const work = workFolder(search.cache);
  const made = path.join(work, "environment");
  try {
    const venv = await run(executable, ["-I", "-m", "venv", made], search.env);
    if (venv.failed) {
      throw userError(
        `${executable} cannot make a virtual environment: ${lastLine(venv.output)}. Put that right, and run this again.`,
      );
    }
    await install(made, search);
    if (!(await isUsable(made, search))) {
      throw new Error(`${search.requirements} lacks one of ${search.modules.join(", ")}.`);
    }
    await keep(made, folder, search);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function install(environment: string, { env, requirements }: PythonSearch): Promise<void> {
  const options = ["--quiet", "--no-input", "--disable-pip-version-check"];
  const pip = await run(
    interpreterOf(environment),
    ["-I", "-m", "pip", "install", ...options, "--requirement", requirements],
    env,
  );
  if (!pip.failed) {
    return;
  }
  const file = path.basename(requirements);
  if (unreachable.test(pip.output)) {
    throw userError(
      `pip cannot reach its package index, which has to serve what ${file} names: check the network, the proxy (HTTPS_PROXY) and the index that pip uses (PIP_INDEX_URL, pip config list), and run this again.`,
    );
  }
  throw userError(
    `pip could not install ${file}: ${lastLine(pip.output)}. Put that right, and run this again.`,
  );
}

/** Connection problems in pip's warnings; its last line would only say that it found no such package. */
const unreachable =
  /connection broken by|ConnectTimeout|ReadTimeout|NewConnectionError|NameResolutionError|ProxyError|SSLError/;

/** Moves the new environment into place, unless another run was faster and its result works. */
async function keep(made: string, folder: string, search: PythonSearch): Promise<void> {
  mkdirSync(path.dirname(folder), { recursive: true });
  if (existsSync(folder)) {
    if (await isUsable(folder, search)) return;
    renameSync(folder, path.join(path.dirname(made), "broken"));
  }
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) {
      throw error;
    }
  }
}

async function isUsable(folder: string, { env, modules }: PythonSearch): Promise<boolean> {
  const python = interpreterOf(folder);
  return (
    existsSync(python) &&
    !(await run(python, ["-I", "-c", `import ${modules.join(", ")}`], env)).failed
  );
}

function interpreterOf(folder: string): string {
  return path.join(folder, "bin", "python");
}

async function findPython(env: NodeJS.ProcessEnv): Promise<Python> {
  const executable = findOnPath("python3", env);
  const wanted = `Python ${oldestVersion.replace(/\.0$/, "")} or later`;
  if (executable === undefined) {
    throw userError(`There is no python3 on PATH: install ${wanted} (https://www.python.org).`);
  }
  const { failed, output } = await run(executable, ["-I", "-c", question], env);
  if (failed) {
    throw userError(`${executable} does not run: ${lastLine(output)}. Install ${wanted}.`);
  }
  const answer = JSON.parse(lastLine(output)) as { version: string; venv: boolean; id: string };
  if (semver.lt(answer.version, oldestVersion)) {
    throw userError(
      `${executable} is Python ${answer.version}, which is too old: install ${wanted}.`,
    );
  }
  if (!answer.venv) {
    throw userError(
      `${executable} lacks the modules venv and ensurepip: install them (on Debian and Ubuntu: apt-get install python3-venv).`,
    );
  }
  return { executable, identity: answer.id };
}

/** Checks for venv too: Debian ships it in a package of its own. */
const question = `
import json, sys
from importlib.util import find_spec
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "venv": find_spec("venv") is not None and find_spec("ensurepip") is not None,
    "id": sys.version + sys.base_prefix,
}))`;

async function run(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ failed: boolean; output: string }> {
  const result = await execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    all: true,
  });
  return { failed: result.failed, output: result.all || (result.shortMessage ?? "") };
}

function lastLine(output: string): string {
  return (
    output
      .trimEnd()
      .split("\n")
      .at(-1)
      ?.replace(/^ERROR: /, "")
      .replace(/\.$/, "") ?? ""
  );
}

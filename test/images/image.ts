import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import type Docker from "dockerode";
import { lock } from "proper-lockfile";

/** How one of the tests' images is made, of files that lie on this machine. */
export interface Recipe {
  /** The repository's name in the engine; the tag is a hash of all that follows. */
  name: string;
  /**
   * The folder next to this file with a Dockerfile and what that copies. Without one the image is just
   * the root: an engine takes that in ten times as fast as it builds.
   */
  folder?: string;
  /** What the image depends on besides that folder and the code here: texts, such as versions. */
  key: string[];
  /** The arguments of the Dockerfile, such as the image that it begins with. */
  arguments?: Record<string, string>;
  /** Puts files of this machine into `root`, which is the image, or which the Dockerfile copies. */
  fill: (root: string) => void;
}

const label = "logto-stack.test-image";
const dayInSeconds = 24 * 60 * 60;

/**
 * An image, made where the engine does not have it yet: its tag is a hash of what it is made of. Of two
 * that need it at once one makes it. Older ones of that name go after a day.
 */
export async function ensureImage(docker: Docker, recipe: Recipe): Promise<string> {
  const tag = `${recipe.name}:${hashOf(recipe)}`;
  if (await isThere(docker, tag)) {
    return tag;
  }
  const lockFile = path.join(os.tmpdir(), `logto-stack-image-${recipe.name.replaceAll("/", "-")}`);
  mkdirSync(lockFile, { recursive: true });
  const release = await lock(lockFile, {
    retries: { retries: 600, factor: 1, minTimeout: 500, maxTimeout: 500 },
    stale: 60_000,
  });
  try {
    if (!(await isThere(docker, tag))) {
      await make(docker, recipe, tag);
      await removeOlder(docker, recipe.name, tag);
    }
  } finally {
    await release();
  }
  return tag;
}

async function isThere(docker: Docker, tag: string): Promise<boolean> {
  try {
    await docker.getImage(tag).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) {
      return false;
    }
    throw error;
  }
}

async function make(docker: Docker, recipe: Recipe, tag: string): Promise<void> {
  const context = mkdtempSync(path.join(os.tmpdir(), "logto-stack-image-"));
  try {
    const root = path.join(context, "root");
    mkdirSync(root);
    recipe.fill(root);
    await (recipe.folder === undefined
      ? importRoot(docker, recipe, tag, root)
      : build(docker, recipe, tag, context, path.join(__dirname, recipe.folder)));
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function importRoot(docker: Docker, { name }: Recipe, tag: string, root: string) {
  const progress = await docker.importImage(archive(root), {
    repo: name,
    tag: tag.slice(name.length + 1),
    changes: `LABEL ${label}=${name}`,
  });
  await finished(docker, progress, tag);
}

async function build(docker: Docker, recipe: Recipe, tag: string, context: string, folder: string) {
  cpSync(folder, context, { recursive: true });
  const progress = await docker.buildImage(archive(context), {
    t: tag,
    labels: { [label]: recipe.name },
    buildargs: recipe.arguments ?? {},
    // Nothing is pulled: what an image begins with is made here, too.
    pull: false,
    rm: true,
    forcerm: true,
  });
  await finished(docker, progress, tag);
}

/** A folder as an archive, all of it as root's. */
function archive(folder: string): NodeJS.ReadableStream {
  const args = [
    "--create",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--directory",
    folder,
    ".",
  ];
  return spawn("tar", args, { stdio: ["ignore", "pipe", "inherit"] }).stdout;
}

function finished(docker: Docker, progress: NodeJS.ReadableStream, tag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error, steps: { error?: string }[] | null) => {
      const failure = error?.message ?? steps?.find((step) => step.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else reject(new Error(`The image ${tag} was not made: ${failure}`));
    });
  });
}

/** One that a container uses, or that is another's beginning, is refused by the engine, and stays. */
async function removeOlder(docker: Docker, name: string, tag: string): Promise<void> {
  const images = await docker.listImages({ filters: { label: [`${label}=${name}`] } });
  for (const { Created: created, RepoTags: tags } of images) {
    const isOld = Date.now() / 1000 - created > dayInSeconds;
    for (const old of (tags ?? []).filter((other) => isOld && other !== tag)) {
      await docker
        .getImage(old)
        .remove()
        .catch(() => undefined);
    }
  }
}

function hashOf(recipe: Recipe): string {
  const hash = createHash("sha256");
  const copied = recipe.folder === undefined ? [] : filesIn(path.join(__dirname, recipe.folder));
  for (const file of [...copied, ...ownCode()]) {
    hash.update(`${path.relative(__dirname, file)}\n`).update(readFileSync(file));
  }
  hash.update(JSON.stringify([recipe.key, recipe.arguments ?? {}]));
  return hash.digest("hex").slice(0, 16);
}

function ownCode(): string[] {
  return readdirSync(__dirname)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => path.join(__dirname, name));
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}

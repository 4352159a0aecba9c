import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { userError } from "../../../infra/user-error";

/** Default branches: without `--base`, a change is compared with the last common commit with one of these. */
const defaultBranches = ["origin/HEAD", "origin/main", "main"];

/**
 * The commit to compare with.
 *
 * @param given what `--base` names: a branch, a tag or a commit. Default: the last common commit with the
 *   default branch, so that on that branch itself what is not committed yet is the change
 * @throws a user error for a revision that this clone does not hold
 */
export async function baseOf(
  project: string,
  given?: string,
): Promise<{ commit: string; name: string }> {
  if (given !== undefined) {
    const commit = await git(project, ["rev-parse", "--verify", "--quiet", `${given}^{commit}`]);
    if (commit === undefined) {
      throw userError(
        `--base: this clone holds no revision ${given}: fetch it first, in a workflow with fetch-depth: 0.`,
      );
    }
    return { commit, name: given };
  }
  for (const branch of defaultBranches) {
    const commit = await git(project, ["merge-base", "HEAD", branch]);
    if (commit !== undefined) return { commit, name: `${branch} (${commit.slice(0, 10)})` };
  }
  throw userError(
    `There is nothing to compare with: this clone shares no commit with ${defaultBranches.join(", ")}. Name a revision with --base.`,
  );
}

/** Puts the files of a commit into an empty folder. */
export async function exportCommit(
  project: string,
  commit: string,
  directory: string,
): Promise<void> {
  const archive = `${directory}.tar`;
  mkdirSync(directory, { recursive: true });
  try {
    await execa("git", ["archive", "--format=tar", "--output", archive, commit], { cwd: project });
    await execa("tar", ["-xf", archive, "-C", directory]);
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Copies the clone's files, except those that git ignores, into an empty folder. */
export async function exportWorkingTree(project: string, directory: string): Promise<void> {
  const { stdout } = await execa("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: project,
  });
  mkdirSync(directory, { recursive: true });
  for (const file of new Set(stdout.split("\0"))) {
    const from = path.join(project, file);
    // Git also lists deleted files until the deletion is committed.
    if (file !== "" && existsSync(from)) {
      cpSync(from, path.join(directory, file), { recursive: true, verbatimSymlinks: true });
    }
  }
}

async function git(project: string, args: string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa("git", args, { cwd: project, reject: false });
  return failed ? undefined : stdout.trim();
}

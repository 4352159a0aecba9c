import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { userError } from "../../infra/user-error";
import { isOurs, type Repository, repositoryOf } from "../github/repository";
import { requireStackFile } from "../stack/project";
import { commentFile, longestBody, reportOf } from "../github/report-file";
import { endOf, type ExitCode, exitCodeOf, exitCodes, withExitCode } from "../review/exit-codes";
import { shortened } from "../review/markdown";
import { say } from "../engine/tools";

/** Marker by which the next run finds the comment, to update it in place. */
export const commentMarker = "<!-- logto-stack review -->";

/** A report in an artefact, whose name tells the stack and the pull request. */
interface Artefact {
  name: string;
  number: number;
  stack: string;
}

/** The run and the commit that made the artefacts, from GitHub itself, unlike the artefacts' content. */
const event = z.object({
  workflow_run: z.object({
    event: z.literal("pull_request"),
    html_url: z.string().url(),
    head_branch: z.string(),
    head_sha: z.string(),
    head_repository: z.object({ full_name: z.string() }),
  }),
});

type Run = z.infer<typeof event>["workflow_run"];

/**
 * `npm run pull-request-comment -- FOLDER STACK...`: puts the reports of a pull request's review into one comment
 * there, which the next run updates in place. It has a section for each stack, in the given order. If a stack's
 * report is missing, the comment says so. If the reports do not fit into one comment, they are cut evenly.
 *
 * It is for a workflow that `workflow_run` starts. That has the code of the default branch, a token that may
 * write, and in FOLDER the artefacts of the run that it follows, one folder `review-NUMBER-STACK` each. That run
 * had a stranger's code, which may have put anything into them. So they are read as data only, and must belong to
 * one pull request, whose head is the run's commit in the run's repository, and to the stacks that this branch
 * names for review.
 *
 * An earlier run's report must not remain as if it were this run's: if there is no usable report, the comment
 * says that.
 *
 * Exit codes: 0, also if there is no report or if the pull request has newer commits, whose own run then
 * comments; 2 if anything else is not as it must be.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(async () => {
    const { folder, stacks } = parse(args);
    for (const stack of stacks) requireStackFile(process.cwd(), stack);
    const run = runOf(process.env);
    const repository = repositoryOf(process.env);
    const read = readAll(folder, stacks);
    const problem =
      "problem" in read
        ? read.problem
        : await publish(repository, read.number, commentOf(read.reports, stacks, run), run);
    if (problem === undefined) return exitCodes.noChanges;
    for (const number of await pullRequestsOf(repository, run)) {
      await put(repository, number, commentWithoutReport(run));
    }
    say(problem.message);
    return exitCodeOf(problem);
  });
}

/** Not an error of this command: the review's own run shows what went wrong. */
const noReport = withExitCode(
  userError("There is no report: the review's own run says why."),
  exitCodes.noChanges,
);

/** The reports and the number of their pull request, as the artefacts claim it, or what is wrong with them. */
function readAll(
  folder: string,
  stacks: readonly string[],
): { number: number; reports: Map<string, string> } | { problem: Error } {
  try {
    const [first, ...others] = artefactsIn(folder, stacks);
    if (first === undefined) return { problem: noReport };
    return { number: first.number, reports: readReports(folder, [first, ...others]) };
  } catch (error) {
    if (exitCodeOf(error) !== exitCodes.refused) throw error;
    return { problem: error as Error };
  }
}

function parse([folder = "", ...stacks]: string[]): { folder: string; stacks: string[] } {
  if (folder === "" || folder.startsWith("-") || stacks.length === 0) {
    throw userError(
      "npm run pull-request-comment: invalid arguments. Usage: npm run pull-request-comment -- FOLDER STACK...",
    );
  }
  return { folder, stacks };
}

function runOf({ GITHUB_EVENT_PATH: file }: NodeJS.ProcessEnv): Run {
  const content: unknown = file === undefined ? {} : JSON.parse(readFileSync(file, "utf8"));
  const parsed = event.safeParse(content);
  if (parsed.success) return parsed.data.workflow_run;
  throw userError(
    "npm run pull-request-comment is for a workflow that follows one on: pull_request, by on: workflow_run.",
  );
}

function artefactsIn(folder: string, stacks: readonly string[]): Artefact[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  const artefacts = names.flatMap((name) => {
    const [, number, stack = ""] = /^review-(\d{1,9})-(.+)$/.exec(name) ?? [];
    return stacks.includes(stack) ? [{ name, number: Number(number), stack }] : [];
  });
  const strange = names.filter((one) => !artefacts.some(({ name }) => name === one));
  if (strange.length > 0) {
    const shown = strange.map((name) => JSON.stringify(name.slice(0, 80)));
    throw userError(`No artefact of a review of a stack that is reviewed: ${shown.join(", ")}.`);
  }
  const numbers = new Set(artefacts.map(({ number }) => number));
  if (numbers.size > 1) {
    throw userError(
      `The artefacts name several pull requests, and a review is of one: ${[...numbers].join(", ")}.`,
    );
  }
  return artefacts;
}

/** The report of each stack. All problems are reported at once. */
function readReports(folder: string, artefacts: readonly Artefact[]): Map<string, string> {
  const reports = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, stack } of artefacts) {
    try {
      reports.set(stack, reportOf(commentFile(path.join(folder, name), stack), stack));
    } catch (error) {
      if (exitCodeOf(error) !== exitCodes.refused) throw error;
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) throw userError(problems.join("\n"));
  return reports;
}

function commentOf(
  reports: ReadonlyMap<string, string>,
  stacks: readonly string[],
  run: Run,
): string {
  const missing = stacks.filter((stack) => !reports.has(stack));
  // Our own text comes first: an unclosed block in a report could hide everything below it.
  const head = [
    commentMarker,
    noteOn(run),
    ...missing.map((stack) => `**There is no report of \`${stack}\`: that run says why.**`),
  ].join("\n\n");
  const texts = stacks.flatMap((stack) => reports.get(stack) ?? []);
  const room = longestBody - head.length - texts.length * "\n\n".length;
  const shares = sharesOf(texts, room);
  const shown = texts.map((text, index) => shortened(text, shares[index] ?? 0).trim());
  return [head, ...shown].join("\n\n");
}

/** How many characters each text gets: its full length, or the same share as every other text that is cut. */
function sharesOf(texts: readonly string[], room: number): number[] {
  const shares = texts.map(() => 0);
  const byLength = [...texts.entries()].sort(([, one], [, other]) => one.length - other.length);
  let left = room;
  for (const [rank, [index, { length }]] of byLength.entries()) {
    const share = Math.min(length, Math.floor(left / (texts.length - rank)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

function commentWithoutReport({ head_sha: commit, html_url: url }: Run): string {
  return [
    commentMarker,
    `**There is no report of ${commit.slice(0, 10)}: [its run](${url}) says why.**`,
  ].join("\n\n");
}

function noteOn({ head_sha: commit, html_url: url }: Run): string {
  return (
    `_For ${commit.slice(0, 10)}, made in [this run](${url}) by the pull request's own code, without a secret. ` +
    "If it changes how it is made or judged (`policies`, `tools`, `infra`, `stacks`, `.github`, `package.json`, `package-lock.json`), review that first._"
  );
}

/**
 * Writes the comment, unless the pull request has newer commits.
 *
 * @returns an error if the run was not for this pull request
 */
async function publish(
  repository: Repository,
  number: number,
  body: string,
  run: Run,
): Promise<Error | undefined> {
  const { github, owner, repo } = repository;
  const { data } = await github.pulls.get({ owner, repo, pull_number: number });
  // Null if the head's repository was deleted.
  const head = data.head as { sha: string; repo: { full_name: string } | null };
  if (head.repo?.full_name !== run.head_repository.full_name) {
    return userError(
      `The reports name the pull request ${number}, which is not of the repository whose run made them: nothing is written there.`,
    );
  }
  if (head.sha === run.head_sha && data.state === "open") await put(repository, number, body);
  else say(`The pull request ${number} has gone on since: nothing is written there.`);
  return undefined;
}

/** The open pull requests whose head is the run's commit, as GitHub itself reports. */
async function pullRequestsOf(
  { github, owner, repo }: Repository,
  { head_branch: branch, head_sha: sha, head_repository: { full_name: name } }: Run,
): Promise<number[]> {
  const [whose = ""] = name.split("/");
  const open = await github.paginate(github.pulls.list, {
    owner,
    repo,
    state: "open",
    head: `${whose}:${branch}`,
    per_page: 100,
  });
  return open
    .filter(({ head }) => {
      // Null for a deleted repository too, whatever the types say.
      const from = head.repo as { full_name: string } | null;
      return head.sha === sha && from?.full_name === name;
    })
    .map(({ number }) => number);
}

async function put(
  { github, owner, repo }: Repository,
  number: number,
  body: string,
): Promise<void> {
  const there = await github.paginate(github.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  const ours = there.find((comment) => isOurs(comment, commentMarker));
  if (ours === undefined) {
    await github.issues.createComment({ owner, repo, issue_number: number, body });
  } else if (ours.body !== body) {
    await github.issues.updateComment({ owner, repo, comment_id: ours.id, body });
  }
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { userError } from "../infra/user-error";
import { isOurs, type Repository, repositoryOf } from "./github";
import { stacksOf } from "./project";
import { bodyOf, commentFile } from "./report-file";
import { endOf, type ExitCode, exitCodeOf, exitCodes } from "./review/exit-codes";
import { markerOf } from "./review/markdown";
import { say } from "./tools";

/** A report as an artefact holds it: the artefact's name says of which stack and for which pull request. */
interface Report {
  artefact: string;
  number: number;
  stack: string;
}

/** Which run of which commit made the artefacts: GitHub's own word, unlike all that is in them. */
const event = z.object({
  workflow_run: z.object({
    event: z.literal("pull_request"),
    head_sha: z.string(),
    head_repository: z.object({ full_name: z.string() }),
  }),
});

type Run = z.infer<typeof event>["workflow_run"];

/**
 * `npm run pull-request-comment -- FOLDER`: puts the reports of a pull request's review there as comments,
 * one for each stack, which the next run updates in place.
 *
 * It is for a workflow that `workflow_run` starts: that has the code of the default branch and a token that
 * may write, and the artefacts of the run that it follows in FOLDER, a folder `review-NUMBER-STACK` each.
 * That run had a stranger's code, which may have put anything there. So they are read as data only: of a
 * pull request whose head is the commit that the run was for, in the repository that it came from, and of
 * stacks that this branch has.
 *
 * Ends with 0 also where the pull request has gone on since, and its next run has the word; with 2 where
 * anything else is not as it must be.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(async () => {
    const folder = parse(args);
    const run = runOf(process.env);
    const reports = reportsIn(folder, stacksOf(process.cwd()));
    if (reports.length === 0) {
      say("There is no report: the review's own run says why.");
      return exitCodes.noChanges;
    }
    const bodies = bodiesOf(folder, reports, run);
    const repository = await repositoryOf(process.env);
    for (const [number, comments] of bodies) {
      if (await isStillOf(repository, number, run)) await put(repository, number, comments);
    }
    return exitCodes.noChanges;
  });
}

function parse([folder, ...more]: string[]): string {
  if (folder === undefined || folder.startsWith("-") || more.length > 0) {
    throw userError("npm run pull-request-comment takes the folder of the artefacts, and only it.");
  }
  return folder;
}

function runOf({ GITHUB_EVENT_PATH: file }: NodeJS.ProcessEnv): Run {
  const content: unknown = file === undefined ? {} : JSON.parse(readFileSync(file, "utf8"));
  const parsed = event.safeParse(content);
  if (parsed.success) return parsed.data.workflow_run;
  throw userError(
    "npm run pull-request-comment is for a workflow that follows one on: pull_request, by on: workflow_run.",
  );
}

function reportsIn(folder: string, stacks: readonly string[]): Report[] {
  if (!existsSync(folder)) return [];
  const artefacts = readdirSync(folder).sort();
  const reports = artefacts.flatMap((artefact) => {
    const [, number, stack = ""] = /^review-(\d{1,9})-(.+)$/.exec(artefact) ?? [];
    return stacks.includes(stack) ? [{ artefact, number: Number(number), stack }] : [];
  });
  const strange = artefacts.filter((name) => !reports.some(({ artefact }) => artefact === name));
  if (strange.length === 0) return reports;
  const shown = strange.map((name) => JSON.stringify(name.slice(0, 80)));
  throw userError(`No artefact of a review of a stack that there is: ${shown.join(", ")}.`);
}

/** Every comment to write, by its pull request and its marker. All that is wrong is said at once. */
function bodiesOf(
  folder: string,
  reports: readonly Report[],
  run: Run,
): Map<number, Map<string, string>> {
  const bodies = new Map<number, Map<string, string>>();
  const problems: string[] = [];
  for (const { artefact, number, stack } of reports) {
    try {
      const body = bodyOf(commentFile(path.join(folder, artefact), stack), stack, noteOn(run));
      const comments = bodies.get(number) ?? new Map<string, string>();
      bodies.set(number, comments.set(markerOf(stack), body));
    } catch (error) {
      if (exitCodeOf(error) !== exitCodes.refused) throw error;
      problems.push(`${artefact}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) throw userError(problems.join("\n"));
  return bodies;
}

function noteOn({ head_sha: commit }: Run): string {
  return (
    `_Of ${commit.slice(0, 10)}, made by the pull request's own code, without a secret. ` +
    "Where it changes how it is made (`tools`, `.github`, `package-lock.json`), review that first._"
  );
}

/** @throws a user error for a pull request that the run was not for */
async function isStillOf(
  { github, owner, repo }: Repository,
  number: number,
  run: Run,
): Promise<boolean> {
  const { data } = await github.pulls.get({ owner, repo, pull_number: number });
  // The repository of the head may be deleted by now.
  const head = data.head as { sha: string; repo: { full_name: string } | null };
  if (head.repo?.full_name !== run.head_repository.full_name) {
    throw userError(
      `The reports name the pull request ${number}, which is not of the repository whose run made them: nothing is written there.`,
    );
  }
  if (head.sha === run.head_sha && data.state === "open") return true;
  say(`The pull request ${number} has gone on since: nothing is written there.`);
  return false;
}

async function put(
  { github, owner, repo }: Repository,
  number: number,
  comments: ReadonlyMap<string, string>,
): Promise<void> {
  const there = await github.paginate(github.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  for (const [marker, body] of comments) {
    const ours = there.find((comment) => isOurs(comment, marker));
    if (ours === undefined) {
      await github.issues.createComment({ owner, repo, issue_number: number, body });
    } else if (ours.body !== body) {
      await github.issues.updateComment({ owner, repo, comment_id: ours.id, body });
    }
  }
}

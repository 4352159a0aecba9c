import { userError } from "../../infra/user-error";
import { isOurs, type Repository, repositoryOf } from "../github/repository";
import { requireStackFile } from "../stack/project";
import { commentFile, longestBody, reportOf, reportsDirectory } from "../github/report-file";
import { endOf, type ExitCode, exitCodes } from "../review/exit-codes";
import { markerOf } from "../review/markdown";
import { say } from "../engine/tools";

const verbs = ["open", "close"];

/**
 * `npm run drift-issue -- open|close STACK`: `open` makes sure that one open issue has the report of the stack's
 * last `review --drift`, and `close` that there is none. An existing issue is updated silently, without notifying
 * its watchers. An issue that somebody closed is not reopened; a new one is created instead.
 *
 * It is for a workflow, whose token may write issues.
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(async () => {
    const { verb, stack } = parse(args);
    const project = process.cwd();
    requireStackFile(project, stack);
    const file = commentFile(reportsDirectory(project), stack);
    const body = verb === "open" ? bodyOf(reportOf(file, stack), stack) : undefined;
    const repository = repositoryOf(process.env);
    const there = await openIssues(repository, stack);
    await (body === undefined ? close(repository, there) : open(repository, there, stack, body));
    return exitCodes.noChanges;
  });
}

function parse([verb = "", stack, ...more]: string[]): { verb: string; stack: string } {
  if (!verbs.includes(verb) || stack === undefined || more.length > 0) {
    throw userError(
      "npm run drift-issue: invalid arguments. Usage: npm run drift-issue -- open|close STACK",
    );
  }
  return { verb, stack };
}

/** The issue's text. It begins with the report's marker, by which the next run finds the issue. */
function bodyOf(report: string, stack: string): string {
  const marker = markerOf(stack);
  const body = [marker, noteOn(stack), report.slice(marker.length).trim()].join("\n\n");
  if (body.length > longestBody) throw new Error("the note leaves no room for the report");
  return body;
}

function noteOn(stack: string): string {
  return (
    `To put back what is declared: \`npm run up -- ${stack} --refresh\`. To keep what was changed: declare it, ` +
    "in a pull request. This issue is kept up to date, and closed when nothing differs any more."
  );
}

/** Our open issues for this stack, the oldest first. There is at most one, unless somebody reopened an old one. */
async function openIssues(
  { github, owner, repo }: Repository,
  stack: string,
): Promise<{ number: number; body?: string | null }[]> {
  const issues = await github.paginate(github.issues.listForRepo, {
    owner,
    repo,
    state: "open",
    direction: "asc",
    per_page: 100,
  });
  return issues.filter((issue) => isOurs(issue, markerOf(stack)));
}

async function open(
  { github, owner, repo }: Repository,
  [there]: { number: number; body?: string | null }[],
  stack: string,
  body: string,
): Promise<void> {
  if (there === undefined) {
    const title = `The stack ${stack} was changed on the server`;
    const { data } = await github.issues.create({ owner, repo, title, body });
    say(`Opened issue ${data.number}.`);
  } else if (there.body !== body) {
    await github.issues.update({ owner, repo, issue_number: there.number, body });
    say(`Issue ${there.number} is brought up to date.`);
  }
}

async function close(
  { github, owner, repo }: Repository,
  issues: readonly { number: number }[],
): Promise<void> {
  for (const { number } of issues) {
    await github.issues.createComment({
      owner,
      repo,
      issue_number: number,
      body: "The server holds what the last `up` left there.",
    });
    await github.issues.update({
      owner,
      repo,
      issue_number: number,
      state: "closed",
      state_reason: "completed",
    });
    say(`Closed issue ${number}.`);
  }
}

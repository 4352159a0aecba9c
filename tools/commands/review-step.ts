import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { userError } from "../../infra/user-error";
import { commentFile, reportFile, reportsDirectory } from "../github/report-file";
import { parse } from "./review";
import { endOf, type ExitCode, exitCodes } from "../review/exit-codes";
import { chooseStack } from "../stack/choice";

/** What GitHub takes as the summary of a step, in bytes. */
const longestSummary = 1024 * 1024;

/**
 * `npm run review-step -- [STACK] [FLAGS OF npm run review] [--approved FILE]`: a review as a step of a
 * workflow, which fails only where `npm run review` ends with 2 or 3: that something changes is what it was
 * made to tell.
 *
 * - The report is the summary of the run, for whoever approves what comes next.
 * - The step's output `changes` is `true` or `false`; after a failure there is none.
 * - Beside the whole report, `.logto-stack/reviews/STACK.md`, lies `STACK.comment.md`, which is cut to what
 *   a comment takes.
 * - With `--approved`, the report that somebody approved: where it says something else than this one, the
 *   step fails, so that nothing is applied that nobody has seen.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(() => reviewStep(args, process.env, runReview));
}

/** How `npm run review` ended, and what it printed. */
interface Reviewed {
  code: number;
  report: string;
}

export async function reviewStep(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  review: (flags: string[]) => Promise<Reviewed>,
): Promise<ExitCode> {
  const { flags, approved } = withoutApproved(args);
  const { stack } = chooseStack(process.cwd(), env, parse(flags).named);
  const before = approved === undefined ? undefined : readApproved(approved);
  const folder = reportsDirectory(process.cwd());
  const comment = commentFile(folder, stack);
  // What is there is of another change.
  rmSync(comment, { force: true });
  const { code, report } = await review(flags);
  const whole = reportFile(folder, stack);
  if (!existsSync(whole)) return failureOf(code);
  writeFileSync(comment, report, { mode: 0o600 });
  const shown = readFileSync(whole, "utf8");
  append(env["GITHUB_STEP_SUMMARY"], Buffer.byteLength(shown) > longestSummary ? report : shown);
  if (code !== exitCodes.noChanges && code !== exitCodes.changes) return failureOf(code);
  if (before !== undefined && before !== shown) {
    throw userError(
      `What would change in ${stack} is not what was approved, as this run's summary shows: run the whole workflow again, to have that approved.`,
    );
  }
  append(env["GITHUB_OUTPUT"], `changes=${String(code === exitCodes.changes)}\n`);
  return exitCodes.noChanges;
}

function withoutApproved(args: readonly string[]): { flags: string[]; approved?: string } {
  const index = args.indexOf("--approved");
  const approved = args[index + 1];
  if (index === -1) return { flags: [...args] };
  if (approved === undefined || approved.startsWith("-")) {
    throw userError("npm run review-step: --approved takes the file of the report.");
  }
  return { flags: args.filter((_, at) => at !== index && at !== index + 1), approved };
}

function readApproved(file: string): string {
  if (!existsSync(file)) {
    throw userError(`--approved: there is no ${file}, so nothing was approved.`);
  }
  return readFileSync(file, "utf8");
}

/** One that ended without a report, by a signal too. */
function failureOf(code: number): ExitCode {
  return code === exitCodes.refused ? exitCodes.refused : exitCodes.unreachable;
}

/** Nothing to append to, where no workflow runs. */
function append(file: string | undefined, text: string): void {
  if (file !== undefined && file !== "") appendFileSync(file, text);
}

async function runReview(flags: string[]): Promise<Reviewed> {
  const command = [path.join("tools", "start.cjs"), "review", ...flags];
  const { exitCode, stdout } = await execa(process.execPath, command, {
    reject: false,
    stdin: "ignore",
    stdout: ["pipe", "inherit"],
    stderr: "inherit",
    stripFinalNewline: false,
  });
  return { code: exitCode ?? exitCodes.unreachable, report: stdout };
}

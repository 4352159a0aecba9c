import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { userError } from "../../infra/user-error";
import { commentFile, reportFile, reportsDirectory } from "../github/report-file";
import { parse } from "./review";
import { endOf, type ExitCode, exitCodes } from "../review/exit-codes";
import { chooseStack } from "../stack/choice";

/** The largest summary of a step that GitHub accepts, in bytes. */
const longestSummary = 1024 * 1024;

/**
 * `npm run review-step -- [STACK] [FLAGS OF npm run review] [--approved FILE]`: a review as a step of a
 * workflow. It fails only if `npm run review` ends with 2 or 3; changes are what it is there to report.
 *
 * - The report becomes the run's summary, for the person who approves the next step.
 * - The step's output `changes` is `true` or `false`; after a failure there is none.
 * - It writes the whole report, `.logto-stack/reviews/STACK.md`, and `STACK.comment.md`, which is cut to the
 *   length of a comment.
 * - `--approved` names the report that was approved: if this run's report differs, the step fails, so that only
 *   reviewed changes are applied.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(() => reviewStep(args, process.env, runReview));
}

/** The exit code and the output of `npm run review`. */
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
  // An existing file belongs to another change.
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

/** The exit code for a review that ended without a report, also by a signal. */
function failureOf(code: number): ExitCode {
  return code === exitCodes.refused ? exitCodes.refused : exitCodes.unreachable;
}

/** Outside a workflow there is no file, and nothing is written. */
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

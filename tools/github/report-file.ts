import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import { userError } from "../../infra/user-error";
import { beginningOf, longestComment } from "../review/markdown";

/** What GitHub takes as the body of a comment or an issue, in characters. */
export const longestBody = 65_536;

/** Where reports are kept. Git ignores the folder. */
export function reportsDirectory(project: string): string {
  return path.join(project, ".logto-stack/reviews");
}

/** The whole report of a review. */
export function reportFile(folder: string, stack: string): string {
  return path.join(folder, `${stack.replaceAll("/", "-")}.md`);
}

/** The report, cut to what a comment takes, beside the whole one: see tools/commands/review-step.ts. */
export function commentFile(folder: string, stack: string): string {
  return reportFile(folder, `${stack}.comment`);
}

/**
 * The report in a file, as it is put into a comment or an issue: it begins with its marker
 * and its title.
 *
 * @throws a user error for a file that is no report of the stack's: it may come from a stranger
 */
export function reportOf(file: string, stack: string): string {
  const report = textOf(file);
  const name = path.basename(file);
  if (report.length > longestComment) {
    throw userError(`${name} has ${report.length} characters, and a report ${longestComment}.`);
  }
  if (!report.startsWith(`${beginningOf(stack)}\n\n`)) {
    throw userError(`${name} is no report of the stack ${stack}: it does not begin as one.`);
  }
  return report.trim();
}

function textOf(file: string): string {
  const entry = lstatSync(file, { throwIfNoEntry: false });
  const name = path.basename(file);
  // Not a link, which would lead to what is none of the artefact's.
  if (entry?.isFile() !== true) throw userError(`There is no report ${name}.`);
  if (entry.size > 4 * longestBody) throw userError(`${name} is too large for a report.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch {
    throw userError(`${name} is no text in UTF-8.`);
  }
}

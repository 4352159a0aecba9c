import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import { userError } from "../../infra/user-error";
import { beginningOf, longestComment } from "../review/markdown";

/** The longest body of a comment or an issue that GitHub accepts, in characters. */
export const longestBody = 65_536;

/** The folder for reports. Git ignores it. */
export function reportsDirectory(project: string): string {
  return path.join(project, ".logto-stack/reviews");
}

/** The file with the whole report of a review. */
export function reportFile(folder: string, stack: string): string {
  return path.join(folder, `${stack.replaceAll("/", "-")}.md`);
}

/** The file with the report cut to a comment's length: see tools/commands/review-step.ts. */
export function commentFile(folder: string, stack: string): string {
  return reportFile(folder, `${stack}.comment`);
}

/**
 * The report in a file, for a comment or an issue. It begins with its marker and its title.
 *
 * @throws a user error if the file is not a report of this stack: it may come from a stranger
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
  // A link is refused: it could lead out of the artefact.
  if (entry?.isFile() !== true) throw userError(`There is no report ${name}.`);
  if (entry.size > 4 * longestBody) throw userError(`${name} is too large for a report.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch {
    throw userError(`${name} is no text in UTF-8.`);
  }
}

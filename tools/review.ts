import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { userError } from "../infra/user-error";
import { defaultStack, requireStackFile } from "./project";
import { type ExitCode, exitCodeOf, exitCodes, withExitCode } from "./review/exit-codes";
import { longestComment, markdownOf } from "./review/markdown";
import { failureOf, previewOf } from "./review/preview";
import { hasChanges, type Review, reviewOf } from "./review/review";
import { findSecrets, type Secret, secretsOf } from "./review/secrets";
import { placeOf } from "./stack";
import { prepareTools, say } from "./tools";

interface Options {
  stack: string;
  isRefreshed: boolean;
  isJson: boolean;
}

/**
 * `npm run review -- [STACK] [--refresh] [--json]`: what an `up` would change, for whoever reviews it, as
 * Markdown for a pull request or as JSON. Nothing is changed.
 *
 * Exit codes: 0 no changes, 1 changes, 2 wrong use, a policy violation or a stack that cannot be previewed,
 * 3 server or engine not reachable. See {@link exitCodes}.
 */
export async function main(args: string[]): Promise<ExitCode> {
  try {
    return await review(parse(args));
  } catch (error) {
    say((error as Error).stack ?? String(error));
    return exitCodeOf(error);
  }
}

async function review({ stack, isRefreshed, isJson }: Options): Promise<ExitCode> {
  const project = process.cwd();
  requireStackFile(project, stack);
  const artefact = artefactOf(project, stack);
  // What is there is of another change.
  rmSync(artefact, { force: true });
  const place = placeOf(project, stack, process.env);
  const tools = (await toolsOf(project)).with(place.env);
  const [secrets, preview] = await both(
    secretsOf(tools, stack),
    previewOf(tools, { project, stack, isRefreshed }),
  );
  const failure = failureOf(preview, stack);
  if (failure !== undefined) {
    requireNoSecret([failure.message], secrets);
    throw failure;
  }
  const result = reviewOf(preview, { stack, isRefreshed });
  const json = `${JSON.stringify(result, null, 2)}\n`;
  const whole = markdownOf(result);
  const comment = markdownOf(result, longestComment);
  // Rendering escapes and cuts, so what it was made of is searched too.
  requireNoSecret([json, ...plainTexts(result), whole, comment], secrets);
  keep(artefact, whole);
  process.stdout.write(isJson ? json : comment);
  if (comment !== whole) say(`The whole report is in ${path.relative(project, artefact)}.`);
  return codeOf(result);
}

export function parse(args: string[]): Options {
  const { values, positionals } = parsed(args);
  const stacks = [...(values.stack === undefined ? [] : [values.stack]), ...positionals];
  if (stacks.length > 1) throw usage(`several stacks: ${stacks.join(", ")}`);
  return {
    stack: stacks[0] ?? defaultStack,
    isRefreshed: values.refresh ?? false,
    isJson: values.json ?? false,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        refresh: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function usage(problem: string): Error {
  const reason = problem.split(/[.\n]/)[0] ?? "";
  return userError(
    `npm run review takes the name of a stack, --refresh and --json (${reason}): npm run review -- [STACK] [--refresh] [--json]`,
  );
}

/** Side by side, as the engine takes its time for each. None is left running when the other fails. */
async function both<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

async function toolsOf(project: string) {
  try {
    return await prepareTools({ project, env: process.env, isThorough: false });
  } catch (error) {
    throw withExitCode(error as Error, exitCodes.unreachable);
  }
}

function requireNoSecret(texts: readonly string[], secrets: readonly Secret[]): void {
  const places = findSecrets(texts, secrets);
  if (places.length > 0) {
    throw userError(
      `There is no report, because it would hold a secret in clear: ${places.join("; ")}. Mark it secret wherever the stack uses it, then review again; if it was published before, rotate it.`,
    );
  }
}

/** Every text of the review as it is, without an escape. */
function plainTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) {
    return [
      value.filter((held) => typeof held === "string").join("\n"),
      ...value.flatMap(plainTexts),
    ];
  }
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap(plainTexts)
    : [];
}

/** Git ignores the folder. */
function artefactOf(project: string, stack: string): string {
  return path.join(project, ".logto-stack/reviews", `${stack.replaceAll("/", "-")}.md`);
}

function keep(artefact: string, report: string): void {
  mkdirSync(path.dirname(artefact), { recursive: true, mode: 0o700 });
  writeFileSync(artefact, report, { mode: 0o600 });
  chmodSync(artefact, 0o600);
}

function codeOf(result: Review): ExitCode {
  if (result.violations.length > 0) return exitCodes.refused;
  return hasChanges(result) ? exitCodes.changes : exitCodes.noChanges;
}

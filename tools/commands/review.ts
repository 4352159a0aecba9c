import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "../../infra/server/processes/folder";
import { userError } from "../../infra/user-error";
import { requirePolicyHost } from "../engine/policy-host";
import { policyFlags } from "../engine/policy-pack";
import { requireStackFile } from "../stack/project";
import { reportFile, reportsDirectory } from "../github/report-file";
import { compareWithServer, isConnectionChanged, isFingerprintKeyChanged } from "../review/drift";
import type { Preview } from "../review/events";
import { endOf, type ExitCode, exitCodes, withExitCode } from "../review/exit-codes";
import { longestComment, markdownOf } from "../review/markdown";
import { reviewOffline } from "../review/offline/offline";
import { failureOf, previewOf } from "../review/preview";
import { hasChanges, isRefused, type Review, reviewOf } from "../review/review";
import {
  findSecrets,
  noStateYet,
  readStack,
  type Secret,
  secretsOf,
  type StackContent,
} from "../review/secrets";
import { placeToRead } from "../stack/place";
import { chooseAndSay } from "../stack/choice";
import { isUnused } from "../stack/state-file";
import { prepareTools, say } from "../engine/tools";
import { parsedArguments, usageOf } from "./usage";

export interface Options {
  /** The stack that the arguments name. */
  named: string | undefined;
  isRefreshed: boolean;
  isJson: boolean;
  /** Whether to compare the state with the server, without a preview. */
  isDriftCheck: boolean;
  /** Whether to review the change without access to the real environment. */
  isOffline: boolean;
  /** The revision that an offline review compares with. */
  base?: string;
  /** The clone whose files an offline review takes as the change. Default: this one. */
  change?: string;
}

/**
 * `npm run review -- [STACK] [--refresh | --drift | --offline [--base REF] [--change DIR]] [--json]`: shows what an
 * `up` would change, as Markdown for a pull request or as JSON. It changes nothing.
 *
 * - `--refresh` first reads what the server really holds.
 * - `--drift` only compares the server with the last `up`, without a preview: see {@link compareWithServer}.
 * - `--offline` compares the change with a revision, on a sandbox and without the stack's secrets: see
 *   {@link reviewOffline}. With `--change` the change is that of another clone, and everything that judges it comes
 *   from this one, so that no change can judge itself.
 *
 * Exit codes: 0 no changes, 1 changes, 2 wrong use, a policy violation or a stack that cannot be previewed,
 * 3 server, database or engine not reachable. See {@link exitCodes}.
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(() => review(parse(args)));
}

async function review(options: Options): Promise<ExitCode> {
  const project = process.cwd();
  const stack = chooseAndSay(project, process.env, options.named);
  requireStackFile(changeOf(project, options), stack);
  const artefact = reportFile(reportsDirectory(project), stack);
  // An existing file belongs to another change.
  rmSync(artefact, { force: true });
  const { result, secrets } = options.isOffline
    ? await offlineReview(project, stack, options)
    : await reviewOfEnvironment(project, stack, options);
  const json = `${JSON.stringify(result, null, 2)}\n`;
  const whole = markdownOf(result);
  const comment = markdownOf(result, longestComment);
  // Rendering escapes and cuts texts, so the data behind the report is searched too.
  requireNoSecret([json, ...plainTexts(result), whole, comment], secrets);
  keep(artefact, whole);
  process.stdout.write(options.isJson ? json : comment);
  if (comment !== whole) say(`The whole report is in ${path.relative(project, artefact)}.`);
  return codeOf(result);
}

interface Reviewed {
  result: Review;
  secrets: Secret[];
}

async function reviewOfEnvironment(
  project: string,
  stack: string,
  { isRefreshed, isDriftCheck }: Options,
): Promise<Reviewed> {
  const place = placeToRead(project, stack, process.env);
  if (isUnused(place)) throw noStateYet(stack);
  const tools = (await toolsOf(project)).with(place.env);
  say(
    isDriftCheck
      ? `Comparing what ${stack} declares with its server …`
      : `Previewing ${stack}${isRefreshed ? " against what its server holds" : ""} …`,
  );
  if (isDriftCheck) {
    const content = await readStack(tools, stack);
    const secrets = secretsOf(content);
    return { result: await guarded(secrets, () => driftReview(content, stack)), secrets };
  }
  await requirePolicyHost(tools, policyFlags(project, stack));
  const reading = readStack(tools, stack);
  // A refresh's connection depends on the stack, so it is read first; otherwise both can run at once.
  const options = isRefreshed ? { isConnectionChanged: isConnectionChanged(await reading) } : {};
  const [content, preview] = await both(
    reading,
    previewOf(tools, { project, stack, isRefreshed, ...options }),
  );
  const secrets = secretsOf(content);
  return guarded(secrets, () => {
    const failure = failureOf(preview, stack);
    if (failure !== undefined) throw failure;
    const result = reviewOf(preview, { stack, isRefreshed, ...fingerprintKeyIn(content) });
    return Promise.resolve({ result, secrets });
  });
}

async function driftReview(content: StackContent, stack: string): Promise<Review> {
  const { refreshes, notLookedAt, unreachable, undeclaredSecrets } = await compareWithServer(
    content,
    stack,
  );
  const preview: Preview = {
    steps: [],
    refreshes,
    outputs: undefined,
    findings: [],
    errors: [],
    unchanged: refreshes.length,
    isEnded: true,
  };
  return reviewOf(preview, {
    stack,
    isRefreshed: true,
    isDriftCheck: true,
    notLookedAt,
    unreachable,
    undeclaredSecrets,
    ...fingerprintKeyIn(content),
  });
}

function fingerprintKeyIn(content: StackContent): Pick<Review, "isFingerprintKeyChanged"> {
  return isFingerprintKeyChanged(content) ? { isFingerprintKeyChanged: true } : {};
}

/** The root of the clone whose change is reviewed. */
function changeOf(project: string, { change }: Options): string {
  return change === undefined ? project : path.resolve(project, change);
}

async function offlineReview(project: string, stack: string, options: Options): Promise<Reviewed> {
  const { base } = options;
  const tools = await toolsOf(project);
  await requirePolicyHost(tools, policyFlags(project, stack));
  const name = path.basename(stack);
  say("Standing up the base on a sandbox, to preview the change on it: a minute or two …");
  const { preview, offline, secrets } = await reviewOffline(tools, {
    project: changeOf(project, options),
    home: project,
    stack: name,
    ...(base !== undefined && { base }),
  });
  return { result: reviewOf(preview, { stack, isRefreshed: false, offline }), secrets };
}

/** Runs the work. An error with a secret in its message or stack trace is replaced by another one. */
async function guarded<Result>(
  secrets: readonly Secret[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message, stack = "" } = error as Error;
    requireNoSecret([message, stack], secrets);
    throw error;
  }
}

const usage = usageOf(
  "review",
  "[STACK] [--refresh | --drift | --offline [--base REF] [--change DIR]] [--json]",
);

export function parse(args: string[]): Options {
  const { values, positionals } = parsedArguments(
    {
      args,
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        refresh: { type: "boolean" },
        drift: { type: "boolean" },
        offline: { type: "boolean" },
        base: { type: "string" },
        change: { type: "string" },
        json: { type: "boolean" },
      },
    },
    usage,
  );
  const { stack, refresh = false, json = false, drift = false, offline = false } = values;
  const { base, change } = values;
  // Pulumi accepts `-s=dev` too.
  const stacks = [...(stack === undefined ? [] : [stack.replace(/^=/, "")]), ...positionals];
  if (stacks.length > 1) throw usage(`several stacks: ${stacks.join(", ")}`);
  const modes = [refresh && "--refresh", drift && "--drift", offline && "--offline"].filter(
    (mode) => mode !== false,
  );
  if (modes.length > 1) throw usage(`${modes.join(" and ")} exclude each other`);
  if (base !== undefined && !offline) throw usage("--base is for --offline");
  if (change !== undefined && !offline) throw usage("--change is for --offline");
  return {
    named: stacks[0],
    isRefreshed: refresh,
    isJson: json,
    isDriftCheck: drift,
    isOffline: offline,
    ...(base !== undefined && { base }),
    ...(change !== undefined && { change }),
  };
}

/** Runs both at once, as the engine takes its time for each. If one fails, the other is still waited for. */
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

/** Every text of the review, without escapes. */
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

function keep(artefact: string, report: string): void {
  makeFolder(path.dirname(artefact), 0o700);
  writeFileSync(artefact, report, { mode: 0o600 });
  chmodSync(artefact, 0o600);
}

export function codeOf(result: Review): ExitCode {
  if (isRefused(result)) return exitCodes.refused;
  if (hasChanges(result)) return exitCodes.changes;
  // "No changes" only holds for what could be compared.
  return (result.unreachable ?? []).length > 0 ? exitCodes.unreachable : exitCodes.noChanges;
}

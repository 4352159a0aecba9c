import { existsSync, readFileSync } from "node:fs";
import { userError } from "../../infra/user-error";
import { quirks } from "../engine/quirks";
import { policyFlags } from "../engine/policy-pack";
import type { Tools } from "../engine/tools";
import { type Preview, readDependencies, readEvents } from "./events";
import { exitCodes, withExitCode } from "./exit-codes";

export interface PreviewOptions {
  project: string;
  stack: string;
  /** Whether to read first what the server really holds. */
  isRefreshed: boolean;
  /**
   * Whether an external Logto's connection has changed since the last `up`: a refresh then has to run the program,
   * or it would use the old connection. Default: no.
   */
  isConnectionChanged?: boolean;
  /** The project whose policies judge the preview; undefined for none. Default: the project itself. */
  judge?: string | undefined;
  /** The file for the engine's events. With it the dependencies between resources are read too. */
  eventLog?: string;
}

/**
 * Lets the engine preview the stack and the policies judge it. Nothing is written, neither on the server
 * nor in the state; with a refresh the server is read.
 */
export async function previewOf(
  tools: Pick<Tools, "pulumi" | "with">,
  options: PreviewOptions,
): Promise<Preview> {
  const { project, stack, isRefreshed, isConnectionChanged = false, eventLog } = options;
  const judge = "judge" in options ? options.judge : project;
  const {
    stdout,
    stderr = "",
    output,
  } = await tools
    .with(
      eventLog === undefined
        ? { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" }
        : // The flag is there only with it.
          { PULUMI_DEBUG_COMMANDS: "true" },
    )
    .pulumi([
      ...["preview", "--json", "--stack", stack, "--non-interactive"],
      ...(isRefreshed ? ["--refresh"] : []),
      ...(isRefreshed && isConnectionChanged ? ["--run-program"] : []),
      ...(eventLog === undefined ? [] : ["--event-log", eventLog]),
      ...(judge === undefined ? [] : policyFlags(project, stack, judge)),
    ]);
  const preview =
    eventLog === undefined
      ? readEvents(stdout)
      : {
          ...readEvents(existsSync(eventLog) ? readFileSync(eventLog, "utf8") : ""),
          dependencies: readDependencies(stdout),
        };
  if (!preview.isEnded && preview.errors.length === 0) {
    preview.errors.push(whyItEnded(output, stderr));
  }
  return preview;
}

/** The engine's reason, which may come after the first of its events, and then only on stderr. */
function whyItEnded(output: string, stderr: string): string {
  if (output.includes(panicAtReplacement)) {
    return `This engine cannot preview a refresh of a stack whose connection to Logto is set otherwise than at the last up, and of which something is replaced: review without --refresh, run npm run up, or use an engine that is none of ${quirks.panicAtReplacement.versions}.`;
  }
  const first = output.split(/\{ ?"(?:sequence|config|steps)"/)[0]?.trim() ?? "";
  return first || stderr || "The engine ended without a word.";
}

const panicAtReplacement = "could not determine index for resource";

/** Messages about failed connections, from this project's clients and from Node. */
const connectionFailed =
  /does not answer|\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)\b|connection refused|no such host/;

export function isConnectionFailure(message: string): boolean {
  return connectionFailed.test(message);
}

/**
 * The error of a preview that failed without a policy violation; a violation, or a preview without errors, can be
 * reported.
 */
export function failureOf(
  { errors, findings, isEnded }: Preview,
  stack: string,
): Error | undefined {
  const isViolated = findings.some(({ level }) => level !== "advisory");
  if (errors.length === 0 || isViolated) return undefined;
  const isUnreachable = !isEnded || errors.some(isConnectionFailure);
  return withExitCode(
    userError(`The stack ${stack} cannot be previewed:\n${errors.join("\n")}`),
    isUnreachable ? exitCodes.unreachable : exitCodes.refused,
  );
}

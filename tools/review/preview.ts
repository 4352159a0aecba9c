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
  /** Whether to ask the server first what it really holds. */
  isRefreshed: boolean;
  /**
   * Whether a Logto of others is reached otherwise than at the last `up`: a refresh then needs the program to be run,
   * or it reads with the old connection. Default: no.
   */
  isConnectionChanged?: boolean;
  /** The project whose policies judge it, if any do. Default: itself. */
  judge?: string | undefined;
  /** The file in which the engine writes down what it tells. Then it also tells what depends on what. */
  eventLog?: string;
}

/**
 * Has the engine preview the stack, and the policies judge it. Nothing is written, neither on the server
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

/** The engine may say it after the first of its events, and then on stderr alone. */
function whyItEnded(output: string, stderr: string): string {
  if (output.includes(panicAtReplacement)) {
    return `This engine cannot preview a refresh of a stack whose connection to Logto is set otherwise than at the last up, and of which something is replaced: review without --refresh, run npm run up, or use an engine that is none of ${quirks.panicAtReplacement.versions}.`;
  }
  const first = output.split(/\{ ?"(?:sequence|config|steps)"/)[0]?.trim() ?? "";
  return first || stderr || "The engine ended without a word.";
}

const panicAtReplacement = "could not determine index for resource";

/** How a connection fails, as the project's own clients and Node say it. */
const connectionFailed =
  /does not answer|\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)\b|connection refused|no such host/;

export function isConnectionFailure(message: string): boolean {
  return connectionFailed.test(message);
}

/**
 * The error of a preview that neither came to its end nor found a policy violated: without either there is
 * nothing to report.
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

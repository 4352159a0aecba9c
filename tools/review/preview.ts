import { existsSync, readFileSync } from "node:fs";
import { userError } from "../../infra/user-error";
import { policyFlags } from "../policy-pack";
import type { Tools } from "../tools";
import { type Preview, readDependencies, readEvents } from "./events";
import { exitCodes, withExitCode } from "./exit-codes";

export interface PreviewOptions {
  project: string;
  stack: string;
  /** Whether to ask the server first what it really holds. */
  isRefreshed: boolean;
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
  const { project, stack, isRefreshed, eventLog } = options;
  const judge = "judge" in options ? options.judge : project;
  const { stdout, output } = await tools
    .with(
      eventLog === undefined
        ? { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" }
        : // The flag is there only with it.
          { PULUMI_DEBUG_COMMANDS: "true" },
    )
    .pulumi([
      ...["preview", "--json", "--stack", stack, "--non-interactive"],
      ...(isRefreshed ? ["--refresh"] : []),
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
    const said = output.split(/\{ ?"(?:sequence|config|steps)"/)[0]?.trim() ?? "";
    preview.errors.push(said === "" ? "The engine ended without a word." : said);
  }
  return preview;
}

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

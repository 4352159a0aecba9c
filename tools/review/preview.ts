import { existsSync } from "node:fs";
import path from "node:path";
import { userError } from "../../infra/user-error";
import type { Tools } from "../tools";
import { type Preview, readEvents } from "./events";
import { exitCodes, withExitCode } from "./exit-codes";

export interface PreviewOptions {
  project: string;
  stack: string;
  /** Whether to ask the server first what it really holds. */
  isRefreshed: boolean;
  /** Whether the policies judge it. Default: true. */
  isJudged?: boolean;
}

/**
 * Has the engine preview the stack, and the policies judge it. Nothing is written, neither on the server
 * nor in the state; with a refresh the server is read.
 */
export async function previewOf(
  tools: Pick<Tools, "pulumi" | "with">,
  { project, stack, isRefreshed, isJudged = true }: PreviewOptions,
): Promise<Preview> {
  const { stdout, output } = await tools
    .with({ PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" })
    .pulumi([
      ...["preview", "--json", "--stack", stack, "--non-interactive"],
      ...(isRefreshed ? ["--refresh"] : []),
      ...(isJudged ? ["--policy-pack", "policies", ...policyConfigurationOf(project, stack)] : []),
    ]);
  const preview = readEvents(stdout);
  if (!preview.isEnded && preview.errors.length === 0) {
    const said = output.split(/\{"sequence"/)[0]?.trim() ?? "";
    preview.errors.push(said === "" ? "The engine ended without a word." : said);
  }
  return preview;
}

/** Of the environment's own; without one, every rule is production's. */
function policyConfigurationOf(project: string, stack: string): string[] {
  const file = `policies/configuration/${path.basename(stack)}.json`;
  return existsSync(path.join(project, file)) ? ["--policy-pack-config", file] : [];
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

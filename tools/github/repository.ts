import { Octokit } from "@octokit/rest";
import { userError } from "../../infra/user-error";
import { exitCodes, withExitCode } from "../review/exit-codes";

/** The repository in which a workflow runs, with GitHub's own client and the workflow's token. */
export interface Repository {
  github: Octokit;
  /** The account that owns it, for every request. */
  owner: string;
  repo: string;
}

/** The author of comments and issues that are written with a workflow's token. */
const workflowLogin = "github-actions[bot]";

/**
 * The repository of the running workflow, from the environment that GitHub sets: GITHUB_REPOSITORY and
 * GITHUB_API_URL (default: that of github.com). GITHUB_TOKEN must be set by the step.
 *
 * A refused or unanswered request becomes an error of one line that names the request and never the token.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export function repositoryOf(env: NodeJS.ProcessEnv): Repository {
  const { GITHUB_TOKEN: token = "", GITHUB_REPOSITORY: name = "" } = env;
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(name) ?? [];
  const missing = [
    ...(token === "" ? ["GITHUB_TOKEN (in the step: env: GITHUB_TOKEN: ${{ github.token }})"] : []),
    ...(owner === undefined ? ["GITHUB_REPOSITORY, as OWNER/NAME"] : []),
  ];
  if (owner === undefined || repo === undefined || token === "") {
    throw userError(`This runs in a workflow of GitHub's, and lacks ${missing.join(" and ")}.`);
  }
  const { GITHUB_API_URL: baseUrl = "https://api.github.com" } = env;
  // Failures are reported by the error below, so the client must not log.
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const github = new Octokit({ auth: token, baseUrl, log });
  github.hook.error("request", (error, { method, url }) => {
    const request = `${method} ${url.replace(baseUrl, "")} for ${name}`;
    const reason = error.message.split(" - https://docs.github.com")[0] ?? "";
    if (!("response" in error) || error.response === undefined) {
      const failure = userError(`GitHub does not answer ${request} (${reason}): run this again.`);
      throw withExitCode(failure, exitCodes.unreachable);
    }
    throw userError(
      `GitHub refuses ${request} (${error.status}: ${reason}): see the permissions of the workflow's job.`,
    );
  });
  return { github, owner, repo };
}

function silent(): void {
  // The client's messages are dropped.
}

/** Whether a comment or an issue was written by an earlier run: it begins with the marker. */
export function isOurs(
  { user, body }: { user?: { login: string } | null; body?: string | null },
  marker: string,
): boolean {
  // Others may copy the marker: what they wrote is left alone.
  return user?.login === workflowLogin && body?.startsWith(marker) === true;
}

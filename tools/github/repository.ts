import { Octokit } from "@octokit/rest";
import { userError } from "../../infra/user-error";
import { exitCodes, withExitCode } from "../review/exit-codes";

/** The repository that a workflow runs in, and GitHub's own client with the workflow's token. */
export interface Repository {
  github: Octokit;
  /** What every request about it names. */
  owner: string;
  repo: string;
}

/** Whose comments and issues those are that a workflow's token writes. */
const workflowLogin = "github-actions[bot]";

/**
 * The repository of the workflow that runs, by the environment that GitHub gives it: GITHUB_REPOSITORY,
 * GITHUB_API_URL (default: that of github.com), and GITHUB_TOKEN, which the step has to be given.
 *
 * What is refused or gets no answer is one line that names the request, never the token.
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
  // What fails is said by the error below, and nothing else is to be said.
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
  // Nothing is said.
}

/** Whether a comment or an issue is the one that an earlier run wrote, which begins with the marker. */
export function isOurs(
  { user, body }: { user?: { login: string } | null; body?: string | null },
  marker: string,
): boolean {
  // Somebody else's may hold the marker too: what they wrote stays as it is.
  return user?.login === workflowLogin && body?.startsWith(marker) === true;
}

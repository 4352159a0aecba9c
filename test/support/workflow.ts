import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Exchange, ScriptedServer } from "./scripted-server";
import { temporaryFolder } from "./programs";

/** What nothing may print. */
export const workflowToken = "ghs_canaryOfTheWorkflow4711";

/** Who writes with a workflow's token. */
export const workflowUser = { login: "github-actions[bot]" };

/** The environment that GitHub gives a step, with its API on this machine. */
export function workflowEnvironment(
  { endpoint }: Pick<ScriptedServer, "endpoint">,
  event: unknown = {},
): Record<string, string> {
  const file = path.join(temporaryFolder(), "event.json");
  writeFileSync(file, JSON.stringify(event));
  return {
    GITHUB_API_URL: endpoint,
    GITHUB_REPOSITORY: "bookstore/logto",
    GITHUB_TOKEN: workflowToken,
    GITHUB_EVENT_PATH: file,
  };
}

/** An exchange with GitHub's API. */
export interface GitHubExchange extends Exchange {
  headers?: Record<string, string>;
}

/** One about that repository. */
export function exchange(
  method: string,
  place: string,
  body: unknown = {},
  rest: Partial<GitHubExchange> = {},
): GitHubExchange {
  const headers = { "content-type": "application/json; charset=utf-8", ...rest.headers };
  return { method, path: `/repos/bookstore/logto${place}`, body, ...rest, headers };
}

/** Runs a command as if in that folder and environment: how it ended, and what it said. */
export async function runCommand(
  main: (args: string[]) => Promise<number>,
  args: string[],
  { project, env }: { project: string; env: Record<string, string> },
): Promise<{ code: number; said: string }> {
  let said = "";
  const cwd = jest.spyOn(process, "cwd").mockReturnValue(project);
  const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const environment = jest.replaceProperty(process, "env", { ...process.env, ...env });
  try {
    return { code: await main(args), said };
  } finally {
    environment.restore();
    write.mockRestore();
    cwd.mockRestore();
    expect(said).not.toContain(workflowToken);
  }
}

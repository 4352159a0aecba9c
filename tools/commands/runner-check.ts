import { parseArgs } from "node:util";
import { userError } from "../../infra/user-error";
import { type Repository, repositoryOf } from "../github/repository";
import { endOf, type ExitCode, exitCodes } from "../review/exit-codes";
import { say } from "../engine/tools";

/** Files of the workflows that need one of the team's own runners. */
const trusted = ["deploy-environment.yml", "drift.yml"];

/**
 * `npm run runner-check -- OWNER/REPOSITORY`: checks that pull requests cannot use the team's own runners, as far as
 * GitHub's API tells.
 *
 * A pull request may change a workflow's `runs-on`, and so run its own code on any runner that accepts the job. No
 * file of the repository can prevent that, but settings can: each own runner is in a group of the organization that
 * only accepts the two workflows that need it, as they are on main; and runs for outside contributors need approval.
 *
 * It only reads, with an administrator's token in GITHUB_TOKEN: a workflow's token may not read these settings.
 *
 * Exit codes: 0 all is set up, 1 something is not, 2 wrong use or a token without the rights, 3 GitHub does not answer.
 *
 * @see https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/manage-access
 */
export function main(args: string[]): Promise<ExitCode> {
  return endOf(async () => {
    const name = parse(args);
    const repository = repositoryOf({ ...process.env, GITHUB_REPOSITORY: name });
    const problems = [
      ...(await ofRepositoryRunners(repository)),
      ...(await ofGroups(repository)),
      ...(await ofApproval(repository)),
    ];
    for (const problem of problems) say(problem);
    if (problems.length > 0) return exitCodes.changes;
    say(`No pull request of ${name} reaches a runner of yours, by the settings that GitHub tells.`);
    return exitCodes.noChanges;
  });
}

function parse(args: string[]): string {
  const { positionals } = parseArgs({ args, allowPositionals: true, strict: false });
  const [name, ...more] = positionals;
  if (
    name === undefined ||
    more.length > 0 ||
    args.length !== 1 ||
    !/^[\w.-]+\/[\w.-]+$/.test(name)
  ) {
    throw userError(
      `npm run runner-check: invalid arguments (${args.join(" ") || "none"}). Usage: npm run runner-check -- OWNER/REPOSITORY`,
    );
  }
  return name;
}

/** Problems with runners of the repository itself, which accept jobs of every workflow, a pull request's too. */
async function ofRepositoryRunners({ github, owner, repo }: Repository): Promise<string[]> {
  const runners = await github.paginate(github.actions.listSelfHostedRunnersForRepo, {
    owner,
    repo,
    per_page: 100,
  });
  return runners.map(
    ({ name }) =>
      `The runner ${name} belongs to the repository, so any pull request may name it: register it with the organization, in a group that is limited to ${trusted.join(" and ")} on main.`,
  );
}

async function ofGroups({ github, owner, repo }: Repository): Promise<string[]> {
  const groups = await github.paginate("GET /orgs/{org}/actions/runner-groups", {
    org: owner,
    visible_to_repository: repo,
    per_page: 100,
  });
  const wanted = trusted.map((file) =>
    `${owner}/${repo}/.github/workflows/${file}@refs/heads/main`.toLowerCase(),
  );
  const problems: string[] = [];
  for (const group of groups) {
    const { restricted_to_workflows: isRestricted = false, selected_workflows: selected = [] } =
      group;
    const others = selected.filter(
      (workflow) =>
        workflow.toLowerCase().startsWith(`${owner}/${repo}/`.toLowerCase()) &&
        !wanted.includes(workflow.toLowerCase()),
    );
    if (!isRestricted) {
      problems.push(
        `The runner group "${group.name}" takes the jobs of any workflow: limit it to ${trusted.join(" and ")} on main, or to other repositories.`,
      );
    } else if (others.length > 0) {
      problems.push(
        `The runner group "${group.name}" takes ${others.join(", ")} as well: limit it to ${trusted.join(" and ")} at refs/heads/main.`,
      );
    }
  }
  return problems;
}

async function ofApproval({ github, owner, repo }: Repository): Promise<string[]> {
  const { data } = await github.request(
    "GET /repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
    { owner, repo },
  );
  return data.approval_policy === "all_external_contributors"
    ? []
    : [
        `What outside contributors send runs without approval (${data.approval_policy}): require it for all external contributors, in the repository's settings for Actions.`,
      ];
}

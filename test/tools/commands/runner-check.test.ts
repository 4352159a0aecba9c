import { main } from "../../../tools/commands/runner-check";
import { temporaryFolder } from "../../support/programs";
import { type Exchange, startScriptedServer } from "../../support/scripted-server";
import { runCommand, workflowEnvironment } from "../../support/workflow";

const workflow = (file: string, ref = "refs/heads/main", repository = "acme/bookstore") =>
  `${repository}/.github/workflows/${file}@${ref}`;
const limited = {
  id: 1,
  name: "deployment",
  restricted_to_workflows: true,
  selected_workflows: [workflow("deploy-environment.yml"), workflow("drift.yml")],
};

/** What GitHub answers: the repository's own runners, the groups that it may use, and who needs approval. */
async function checked(
  runners: string[],
  groups: object[],
  policy = "all_external_contributors",
  args = ["acme/bookstore"],
) {
  const exchanges: Exchange[] = [
    {
      method: "GET",
      path: "/repos/acme/bookstore/actions/runners?per_page=100",
      body: { total_count: runners.length, runners: runners.map((name) => ({ name })) },
    },
    {
      method: "GET",
      path: "/orgs/acme/actions/runner-groups?visible_to_repository=bookstore&per_page=100",
      body: { total_count: groups.length, runner_groups: groups },
    },
    {
      method: "GET",
      path: "/repos/acme/bookstore/actions/permissions/fork-pr-contributor-approval",
      body: { approval_policy: policy },
    },
  ];
  const headers = { "content-type": "application/json; charset=utf-8" };
  const answers = exchanges.map((exchange) => ({ ...exchange, headers }));
  const server = await startScriptedServer(args.length === 1 ? answers : []);
  try {
    const env = workflowEnvironment(server);
    return await runCommand(main, args, { project: temporaryFolder(), env });
  } finally {
    await server.close();
  }
}

test("runners that only the two workflows on main may use are out of reach of pull requests", async () => {
  expect(await checked([], [limited])).toMatchObject({
    code: 0,
    said: "No pull request of acme/bookstore reaches a runner of yours, by the settings that GitHub tells.\n",
  });
});

test("a runner of the repository itself, an open group and a missing approval are each named", async () => {
  const open = { id: 2, name: "Default", restricted_to_workflows: false };
  const { code, said } = await checked(["nas"], [open], "first_time_contributors");
  expect(code).toBe(1);
  expect(said.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^The runner nas belongs to the repository/),
    expect.stringMatching(/^The runner group "Default" takes the jobs of any workflow/),
    expect.stringMatching(
      /^What outside contributors send runs without approval \(first_time_contributors\)/,
    ),
  ]);
});

test.each([
  ["another workflow", workflow("check.yml")],
  ["a branch that pull requests write", workflow("drift.yml", "refs/heads/next")],
  ["every ref", `acme/bookstore/.github/workflows/drift.yml`],
])("a group that takes %s of the repository as well is named", async (_, selected) => {
  const group = { ...limited, selected_workflows: [...limited.selected_workflows, selected] };
  const { code, said } = await checked([], [group]);
  expect(code).toBe(1);
  expect(said).toContain(`takes ${selected} as well`);
});

test("the workflows of another repository are that one's to limit", async () => {
  const other = workflow("build.yml", "refs/heads/main", "acme/website");
  const group = { ...limited, selected_workflows: [...limited.selected_workflows, other] };
  expect(await checked([], [group])).toMatchObject({ code: 0 });
});

test("it takes the name of a repository and nothing else", async () => {
  const { code, said } = await checked([], [], "", []);
  expect([code, said]).toEqual([
    2,
    "npm run runner-check: invalid arguments (none). Usage: npm run runner-check -- OWNER/REPOSITORY\n",
  ]);
});

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { main } from "../../../tools/commands/drift-issue";
import { markerOf } from "../../../tools/review/markdown";
import { freePort } from "../../support/free-port";
import { temporaryFolder } from "../../support/programs";
import { type Exchange, startScriptedServer } from "../../support/scripted-server";
import { exchange, runCommand, workflowEnvironment, workflowUser } from "../../support/workflow";

const report = `${markerOf("staging")}\n\n## Review of the stack \`staging\`\n\n**1 resource changed**\n`;
const body = `${markerOf("staging")}\n\nTo put back what is declared: \`npm run up -- staging --refresh\`. To keep what was changed: declare it, in a pull request. This issue is kept up to date, and closed when nothing differs any more.\n\n## Review of the stack \`staging\`\n\n**1 resource changed**`;
const ours = { number: 5, user: workflowUser, body };
const others = [
  { number: 1, user: { login: "somebody" }, body },
  { number: 2, user: workflowUser, body: body.replaceAll("staging", "production") },
  { number: 3, user: workflowUser, body: null },
];
const open = (...issues: unknown[]) =>
  exchange("GET", "/issues?state=open&direction=asc&per_page=100", [...others, ...issues]);

async function driftIssue(
  args: string[],
  exchanges: Exchange[],
  { isReported = true, environment = {} } = {},
) {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.staging.yaml"), "");
  const reports = path.join(project, ".logto-stack/reviews");
  mkdirSync(reports, { recursive: true });
  if (isReported) writeFileSync(path.join(reports, "staging.comment.md"), report);
  const server = await startScriptedServer([...exchanges]);
  try {
    const env = { ...workflowEnvironment(server), ...environment };
    const ended = await runCommand(main, args, { project, env });
    return { ...ended, last: server.requests.at(-1)?.body ?? "" };
  } finally {
    await server.close();
  }
}

test("drift that no issue tells of opens one", async () => {
  const made = exchange("POST", "/issues", { number: 6 }, { status: 201 });
  const { code, said, last } = await driftIssue(["open", "staging"], [open(), made]);
  expect(JSON.parse(last)).toEqual({ title: "The stack staging was changed on the server", body });
  expect([code, said]).toEqual([0, "Opened issue 6.\n"]);
});

test("if there is one it is brought up to date, and no other opened", async () => {
  const before = { ...ours, body: `${markerOf("staging")}\r\n\r\nof before` };
  const { code, said, last } = await driftIssue(
    ["open", "staging"],
    [open(before, { ...ours, number: 9 }), exchange("PATCH", "/issues/5")],
  );
  expect(JSON.parse(last)).toEqual({ body });
  expect([code, said]).toEqual([0, "Issue 5 is brought up to date.\n"]);
});

test("one that says the same already is left alone", async () => {
  expect(await driftIssue(["open", "staging"], [open(ours)])).toMatchObject({ code: 0, said: "" });
});

test("when nothing differs any more it is closed, with a word", async () => {
  const { code, said, last } = await driftIssue(
    ["close", "staging"],
    [open(ours), exchange("POST", "/issues/5/comments"), exchange("PATCH", "/issues/5")],
    { isReported: false },
  );
  expect(JSON.parse(last)).toEqual({ state: "closed", state_reason: "completed" });
  expect([code, said]).toEqual([0, "Closed issue 5.\n"]);
});

test("if there is none to close, nothing is done", async () => {
  expect(await driftIssue(["close", "staging"], [open()])).toMatchObject({ code: 0, said: "" });
});

test("without a report no issue is opened", async () => {
  const { code, said } = await driftIssue(["open", "staging"], [], { isReported: false });
  expect([code, said]).toEqual([2, "There is no report staging.comment.md.\n"]);
});

test.each([[[]], [["open"]], [["reopen", "staging"]], [["open", "staging", "--force"]]])(
  "%j is wrong use, which says the form",
  async (args) => {
    const { code, said } = await driftIssue(args, []);
    expect([code, said]).toEqual([
      2,
      "npm run drift-issue: invalid arguments. Usage: npm run drift-issue -- open|close STACK\n",
    ]);
  },
);

test("outside of a workflow it says all that it lacks", async () => {
  const environment = { GITHUB_TOKEN: "", GITHUB_REPOSITORY: "" };
  const { code, said } = await driftIssue(["close", "staging"], [], { environment });
  expect(said).toBe(
    "This runs in a workflow of GitHub's, and lacks GITHUB_TOKEN (in the step: env: GITHUB_TOKEN: ${{ github.token }}) and GITHUB_REPOSITORY, as OWNER/NAME.\n",
  );
  expect(code).toBe(2);
});

test("an API that does not answer is said in a line", async () => {
  const environment = { GITHUB_API_URL: `http://127.0.0.1:${await freePort()}` };
  const { code, said } = await driftIssue(["close", "staging"], [], { environment });
  expect(said).toMatch(
    /^GitHub does not answer GET \/repos\/[^\n]+ for bookstore\/logto \([^\n]+\): run this again\.\n$/,
  );
  expect(code).toBe(3);
});

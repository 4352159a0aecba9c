import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { main } from "../../tools/pull-request-comment";
import { longestComment, markerOf } from "../../tools/review/markdown";
import { temporaryFolder } from "../support/programs";
import { type Exchange, startScriptedServer } from "../support/scripted-server";
import {
  exchange,
  runCommand,
  workflowEnvironment,
  workflowToken,
  workflowUser,
} from "../support/workflow";

const head = "1234567890abcdef1234567890abcdef12345678";
const event = {
  workflow_run: {
    event: "pull_request",
    head_sha: head,
    head_repository: { full_name: "stranger/logto" },
  },
};
const pull = { state: "open", head: { sha: head, repo: { full_name: "stranger/logto" } } };
const pullIs = (answer: unknown) => exchange("GET", "/pulls/7", answer);
const comments = "/issues/7/comments";
const firstPage = `${comments}?per_page=100`;

const reportOf = (stack: string, text = "**1 to update**") =>
  `${markerOf(stack)}\n\n## Review of the stack \`${stack}\`\n\n${text}\n`;
const note =
  "_Of 1234567890, made by the pull request's own code, without a secret. Where it changes how it is made (`tools`, `.github`, `package-lock.json`), review that first._";
const bodyOf = (stack: string, text?: string) =>
  reportOf(stack, text).trim().replace("-->", `-->\n\n${note}`);

/** The folder of the artefacts, by the path of each file in it. */
function artefacts(files: Record<string, string | Buffer>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

const staging = (report: string | Buffer = reportOf("staging")) => ({
  "review-7-staging/staging.comment.md": report,
  "review-7-staging/staging.md": "the whole one",
});

async function comment(folder: string, exchanges: Exchange[], of: unknown = event) {
  const project = temporaryFolder();
  for (const stack of ["staging", "production"]) {
    writeFileSync(path.join(project, `Pulumi.${stack}.yaml`), "");
  }
  const server = await startScriptedServer([...exchanges]);
  try {
    for (const { headers = {} } of exchanges) {
      if (headers["link"]) headers["link"] = headers["link"].replace("{}", server.endpoint);
    }
    const env = workflowEnvironment(server, of);
    const { code, said } = await runCommand(main, [folder], { project, env });
    const authorized = new Set(server.requests.map(({ authorization }) => authorization));
    if (server.requests.length > 0) expect([...authorized]).toEqual([`token ${workflowToken}`]);
    return { code, said, bodies: server.requests.map(({ body }) => body) };
  } finally {
    await server.close();
  }
}

test("each stack's report becomes a comment of the pull request, with a word on where it is from", async () => {
  const folder = artefacts({
    ...staging(),
    "review-7-production/production.comment.md": reportOf("production"),
  });
  const { code, bodies } = await comment(folder, [
    pullIs(pull),
    exchange("GET", firstPage, []),
    exchange("POST", comments),
    exchange("POST", comments),
  ]);
  expect(code).toBe(0);
  expect(bodies.slice(2).map((body) => JSON.parse(body) as unknown)).toEqual([
    { body: bodyOf("production") },
    { body: bodyOf("staging") },
  ]);
});

test("the comment of the last run is updated in place, wherever it is among the others", async () => {
  const secondPage = `${firstPage}&page=2`;
  const next = { link: `<{}/repos/bookstore/logto${secondPage}>; rel="next"` };
  const others = [
    { id: 1, user: { login: "stranger" }, body: bodyOf("staging") },
    { id: 2, user: workflowUser, body: bodyOf("production") },
    { id: 3, user: null, body: null },
  ];
  const ours = { id: 4, user: workflowUser, body: bodyOf("staging", "of before") };
  const page = exchange("GET", firstPage, others, { headers: next });
  const folder = artefacts(staging());
  const { code, bodies } = await comment(folder, [
    pullIs(pull),
    page,
    exchange("GET", secondPage, [ours]),
    exchange("PATCH", "/issues/comments/4"),
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(bodies.at(-1) ?? "")).toEqual({ body: bodyOf("staging") });
});

test("one that says the same already is left alone", async () => {
  const ours = { id: 4, user: workflowUser, body: bodyOf("staging") };
  const exchanges = [pullIs(pull), exchange("GET", firstPage, [ours])];
  expect(await comment(artefacts(staging()), exchanges)).toMatchObject({ code: 0 });
});

test.each([
  ["has a new commit", { ...pull, head: { ...pull.head, sha: "f".repeat(40) } }],
  ["is closed", { ...pull, state: "closed" }],
])("where the pull request %s, nothing is written", async (_, answer) => {
  const { code, said } = await comment(artefacts(staging()), [pullIs(answer)]);
  expect(said).toBe("The pull request 7 has gone on since: nothing is written there.\n");
  expect(code).toBe(0);
});

test.each([
  ["of another repository", { sha: head, repo: { full_name: "bookstore/logto" } }],
  ["of one that is gone", { sha: head, repo: null }],
])("a number that is another pull request's, %s, is refused", async (_, other) => {
  const { code, said } = await comment(artefacts(staging()), [pullIs({ ...pull, head: other })]);
  expect(said).toBe(
    "The reports name the pull request 7, which is not of the repository whose run made them: nothing is written there.\n",
  );
  expect(code).toBe(2);
});

test("without an artefact there is nothing to write", async () => {
  const nowhere = path.join(temporaryFolder(), "nowhere");
  const said = "There is no report: the review's own run says why.\n";
  expect(await comment(nowhere, [])).toMatchObject({ code: 0, said });
});

test("what a stranger put into the artefacts is refused before anything is asked, all of it at once", async () => {
  const folder = artefacts({
    ...staging(`${reportOf("staging")}${"x".repeat(longestComment)}`),
    "review-7-production/production.comment.md": reportOf("staging"),
    "review-8-staging/staging.comment.md": Buffer.alloc(300_000, "x"),
    "review-9-staging/staging.comment.md": Buffer.from([0xff, 0xfe]),
    "review-10-staging/other.md": reportOf("staging"),
    "review-11-staging/staging.comment.md/file": "",
  });
  mkdirSync(path.join(folder, "review-12-staging"));
  symlinkSync("/etc/passwd", path.join(folder, "review-12-staging/staging.comment.md"));
  const { code, said } = await comment(folder, []);
  expect(said.trimEnd().split("\n")).toEqual([
    "review-10-staging: There is no report staging.comment.md.",
    "review-11-staging: There is no report staging.comment.md.",
    "review-12-staging: There is no report staging.comment.md.",
    "review-7-production: production.comment.md is no report of the stack production: it does not begin as one.",
    expect.stringMatching(
      /^review-7-staging: staging.comment.md has \d+ characters, and a report 65000.$/,
    ),
    "review-8-staging: staging.comment.md is too large for a report.",
    "review-9-staging: staging.comment.md is no text in UTF-8.",
  ]);
  expect(code).toBe(2);
});

test.each(["review-7-elsewhere", "review-7", "review-1e3-staging", "..staging", "\u001b[31m"])(
  "an artefact %j is refused",
  async (name) => {
    const folder = artefacts({ ...staging(), [`${name}/staging.comment.md`]: reportOf("staging") });
    const { code, said } = await comment(folder, []);
    expect(said).toBe(
      `No artefact of a review of a stack that there is: ${JSON.stringify(name)}.\n`,
    );
    expect(code).toBe(2);
  },
);

test.each([
  ["another event", { workflow_run: { ...event.workflow_run, event: "push" } }],
  ["no run", {}],
])("a workflow that follows %s is no place for it", async (_, of) => {
  const { code, said } = await comment(artefacts(staging()), [], of);
  expect(said).toContain("is for a workflow that follows one on: pull_request");
  expect(code).toBe(2);
});

test("what GitHub refuses is said in a line, without the token", async () => {
  const refusal = { message: "Resource not accessible by integration", documentation_url: "d" };
  const { code, said } = await comment(artefacts(staging()), [
    pullIs(pull),
    exchange("GET", firstPage, []),
    exchange("POST", comments, refusal, { status: 403 }),
  ]);
  expect(said).toMatch(
    /^GitHub refuses POST \/repos\/\{owner\}\/\{repo\}\/issues\/\{issue_number\}\/comments for bookstore\/logto \(403: Resource not accessible by integration[^\n]*\): see the permissions of the workflow's job\.\n$/,
  );
  expect(code).toBe(2);
});

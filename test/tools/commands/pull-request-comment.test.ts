import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commentMarker, main } from "../../../tools/commands/pull-request-comment";
import { longestBody } from "../../../tools/github/report-file";
import { longestComment, markerOf } from "../../../tools/review/markdown";
import { temporaryFolder } from "../../support/programs";
import { startScriptedServer } from "../../support/scripted-server";
import {
  exchange,
  type GitHubExchange,
  runCommand,
  workflowEnvironment,
  workflowToken,
  workflowUser,
} from "../../support/workflow";

const head = "1234567890abcdef1234567890abcdef12345678";
const event = {
  workflow_run: {
    event: "pull_request",
    html_url: "https://github.com/bookstore/logto/actions/runs/5",
    head_branch: "change",
    head_sha: head,
    head_repository: { full_name: "stranger/logto" },
  },
};
const pull = { state: "open", head: { sha: head, repo: { full_name: "stranger/logto" } } };
const pullIs = (answer: unknown) => exchange("GET", "/pulls/7", answer);
/** GitHub's answer to which pull requests there are of the branch that the run was for. */
const branchIs = (...answer: unknown[]) =>
  exchange("GET", "/pulls?state=open&head=stranger%3Achange&per_page=100", answer);
const comments = "/issues/7/comments";
const firstPage = `${comments}?per_page=100`;

const reportOf = (stack: string, text = "**1 to update**") =>
  `${markerOf(stack)}\n\n## Review of the stack \`${stack}\`\n\n${text}\n`;
const note =
  "_For 1234567890, made in [this run](https://github.com/bookstore/logto/actions/runs/5) by the pull request's own code, without a secret. If it changes how it is made or judged (`policies`, `tools`, `infra`, `stacks`, `.github`, `package.json`, `package-lock.json`), review that first._";
const bodyOf = (...parts: string[]) =>
  [commentMarker, note, ...parts.map((part) => part.trim())].join("\n\n");
const noProduction = "**There is no report of `production`: that run says why.**";
const stagingAlone = bodyOf(noProduction, reportOf("staging"));

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

const both = (ofStaging: string, ofProduction: string) =>
  artefacts({
    ...staging(ofStaging),
    "review-7-production/production.comment.md": ofProduction,
  });

const stacks = ["staging", "production"];

async function comment(folder: string, exchanges: GitHubExchange[], of: unknown = event) {
  const project = temporaryFolder();
  for (const stack of stacks) {
    writeFileSync(path.join(project, `Pulumi.${stack}.yaml`), "");
  }
  const server = await startScriptedServer([...exchanges]);
  try {
    for (const { headers = {} } of exchanges) {
      if (headers["link"]) headers["link"] = headers["link"].replace("{}", server.endpoint);
    }
    const env = workflowEnvironment(server, of);
    const { code, said } = await runCommand(main, [folder, ...stacks], { project, env });
    const authorized = new Set(server.requests.map(({ authorization }) => authorization));
    if (server.requests.length > 0) expect([...authorized]).toEqual([`token ${workflowToken}`]);
    return { code, said, bodies: server.requests.map(({ body }) => body) };
  } finally {
    await server.close();
  }
}

/** The body of the comment of a pull request that has none yet. */
async function written(folder: string): Promise<string> {
  const { code, bodies } = await comment(folder, [
    pullIs(pull),
    exchange("GET", firstPage, []),
    exchange("POST", comments),
  ]);
  expect(code).toBe(0);
  return (JSON.parse(bodies.at(-1) ?? "") as { body: string }).body;
}

test("the reports of all stacks become one comment, in their order, with a word on where it is from", async () => {
  const body = await written(both(reportOf("staging"), reportOf("production")));
  expect(body).toBe(bodyOf(reportOf("staging"), reportOf("production")));
});

test("a stack whose job left no report is named, above what the others' reports could hide", async () => {
  expect(await written(artefacts(staging()))).toBe(stagingAlone);
});

describe("reports that do not fit into one comment together", () => {
  const lines = (count: number) => `\`content\`:\n\n\`\`\`diff\n${"+a line\n".repeat(count)}\`\`\``;
  const part = "word ".repeat(200).trim();
  const long = (stack: string, ...more: string[]) =>
    reportOf(stack, [lines(1000), ...Array<string>(50).fill(part), ...more].join("\n\n"));
  const sectionsOf = (body: string) =>
    stacks.map((stack, index) => {
      const from = body.indexOf(markerOf(stack));
      const next = stacks[index + 1];
      return body.slice(from, next === undefined ? undefined : body.indexOf(markerOf(next)));
    });
  const cutNote = "The whole is in the artefact of this run.";

  test("share its room, and each says what is cut and where the whole is", async () => {
    const body = await written(both(long("staging"), long("production")));
    expect(body.length).toBeLessThanOrEqual(longestBody);
    expect(body.length).toBeGreaterThan(longestBody - 2 * part.length);
    const [one = "", other = ""] = sectionsOf(body);
    expect(Math.abs(one.length - other.length)).toBeLessThanOrEqual(part.length);
    for (const [index, section] of [one, other].entries()) {
      const beginning = `${markerOf(stacks[index] ?? "")}\n\n## Review of the stack \`${stacks[index]}\``;
      expect(section.startsWith(`${beginning}\n\n**This report is cut`)).toBe(true);
      expect(section).toContain(cutNote);
      expect(section.trim()).toMatch(/… and \d+ more parts that are cut\.$/);
      // A fence is there whole or not at all.
      expect((section.match(/^```/gm) ?? []).length % 2).toBe(0);
    }
  });

  test.each([
    ["staging", [10, 60]],
    ["production", [60, 10]],
  ])(
    "leave the room of the short one, %s, to the other",
    async (short, [ofStaging, ofProduction]) => {
      const of = (stack: string, count = 0) =>
        reportOf(stack, Array<string>(count).fill(part).join("\n\n"));
      const body = await written(both(of("staging", ofStaging), of("production", ofProduction)));
      expect(body.length).toBeLessThanOrEqual(longestBody);
      expect(body.length).toBeGreaterThan(longestBody - 2 * part.length);
      expect(body).toContain(of(short, 10).trim());
      expect(body.split(cutNote)).toHaveLength(2);
    },
  );

  test("and were cut before, say so once, with all that is cut", async () => {
    const note =
      "**This report is cut: it is longer than a comment can be. The whole is in the artefact of this run.**";
    const cut = (stack: string) =>
      reportOf(stack, `${note}\n\n${long("x").trim()}\n\n… and 7000 more parts that are cut.`);
    for (const section of sectionsOf(await written(both(cut("staging"), cut("production"))))) {
      expect(section.split(cutNote)).toHaveLength(2);
      expect(section.match(/… and 70\d\d more parts that are cut\./g)).toHaveLength(1);
      expect(section).not.toContain("… and 7000 more");
    }
  });

  test("name a text that is cut", async () => {
    const body = await written(both(reportOf("staging", lines(6000)), long("production")));
    expect(body).toContain("**\n\n`content`: cut.\n\n");
  });

  test("and are a stranger's single part are left out, and the comment still fits", async () => {
    const single = (stack: string) => reportOf(stack, "x".repeat(64_000));
    const body = await written(both(single("staging"), single("production")));
    expect(body.match(/… and 1 more parts that are cut\./g)).toHaveLength(2);
    expect(body.length).toBeLessThan(1500);
  });
});

test("the comment of the last run is updated in place, wherever it is among the others", async () => {
  const secondPage = `${firstPage}&page=2`;
  const next = { link: `<{}/repos/bookstore/logto${secondPage}>; rel="next"` };
  const others = [
    { id: 1, user: { login: "stranger" }, body: stagingAlone },
    { id: 2, user: workflowUser, body: reportOf("staging") },
    { id: 3, user: null, body: null },
  ];
  const ours = { id: 4, user: workflowUser, body: bodyOf(reportOf("staging", "of before")) };
  const page = exchange("GET", firstPage, others, { headers: next });
  const { code, bodies } = await comment(artefacts(staging()), [
    pullIs(pull),
    page,
    exchange("GET", secondPage, [ours]),
    exchange("PATCH", "/issues/comments/4"),
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(bodies.at(-1) ?? "")).toEqual({ body: stagingAlone });
});

test("one that says the same already is left alone", async () => {
  const ours = { id: 4, user: workflowUser, body: stagingAlone };
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
  const { code, said } = await comment(artefacts(staging()), [
    pullIs({ ...pull, head: other }),
    branchIs(),
  ]);
  expect(said).toBe(
    "The reports name the pull request 7, which is not of the repository whose run made them: nothing is written there.\n",
  );
  expect(code).toBe(2);
});

describe("if no report can be used, the comment of the run before gives way to one that says so", () => {
  const nothing =
    "**There is no report of 1234567890: [its run](https://github.com/bookstore/logto/actions/runs/5) says why.**";
  const old = { id: 4, user: workflowUser, body: stagingAlone };
  const answers = [
    branchIs({ ...pull, number: 7 }),
    exchange("GET", firstPage, [old]),
    exchange("PATCH", "/issues/comments/4"),
  ];

  test.each<[string, () => string, number, GitHubExchange[]]>([
    ["no artefact", () => path.join(temporaryFolder(), "nowhere"), 0, []],
    ["a strange artefact", () => artefacts({ "review-7-elsewhere/a": "" }), 2, []],
    ["no report in it", () => artefacts(staging("Looks good")), 2, []],
    [
      "a report that names another pull request",
      () => artefacts(staging()),
      2,
      [pullIs({ ...pull, head: { ...pull.head, repo: { full_name: "bookstore/logto" } } })],
    ],
  ])("of %s", async (_, folder, code, asked) => {
    const ended = await comment(folder(), [...asked, ...answers]);
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.bodies.at(-1) ?? "")).toEqual({
      body: `${commentMarker}\n\n${nothing}`,
    });
  });

  test.each([
    ["has gone on", { ...pull, head: { ...pull.head, sha: "0".repeat(40) } }],
    ["is of another repository", { ...pull, head: { ...pull.head, repo: null } }],
  ])("but not where the pull request %s", async (_, other) => {
    const nowhere = path.join(temporaryFolder(), "nowhere");
    const said = "There is no report: the review's own run says why.\n";
    expect(await comment(nowhere, [branchIs({ ...other, number: 7 })])).toMatchObject({
      code: 0,
      said,
    });
  });
});

test("what a stranger put into the artefacts is refused, all of it at once", async () => {
  const folder = both(`${reportOf("staging")}${"x".repeat(longestComment)}`, reportOf("staging"));
  const { code, said } = await comment(folder, [branchIs()]);
  expect(said.trimEnd().split("\n")).toEqual([
    "review-7-production: production.comment.md is no report of the stack production: it does not begin as one.",
    expect.stringMatching(
      /^review-7-staging: staging.comment.md has \d+ characters, and a report 65000.$/,
    ),
  ]);
  expect(code).toBe(2);
});

const report = "review-7-staging/staging.comment.md";
test.each<[string, Record<string, string | Buffer>, string]>([
  ["too large", { [report]: Buffer.alloc(300_000, "x") }, "staging.comment.md is too large"],
  ["no text", { [report]: Buffer.from([0xff, 0xfe]) }, "staging.comment.md is no text in UTF-8."],
  ["another file", { "review-7-staging/other.md": reportOf("staging") }, "There is no report"],
  ["a folder", { [`${report}/file`]: "" }, "There is no report staging.comment.md."],
  [
    "a marker with all in its line",
    { [report]: `${markerOf("staging")}${"x".repeat(9)}` },
    "begin",
  ],
])("a report that is %s is refused", async (_, files, reason) => {
  const { code, said } = await comment(artefacts(files), [branchIs()]);
  expect(said).toMatch(/^review-7-staging: [^\n]*\n$/);
  expect(said).toContain(reason);
  expect(code).toBe(2);
});

test("a report that is a link to elsewhere is refused", async () => {
  const folder = artefacts({});
  mkdirSync(path.join(folder, "review-7-staging"));
  symlinkSync("/etc/passwd", path.join(folder, report));
  const said = "review-7-staging: There is no report staging.comment.md.\n";
  expect(await comment(folder, [branchIs()])).toMatchObject({ code: 2, said });
});

test("artefacts of several pull requests are refused", async () => {
  const folder = artefacts({
    ...staging(),
    "review-8-production/production.comment.md": reportOf("production"),
  });
  const said = "The artefacts name several pull requests, and a review is of one: 7, 8.\n";
  expect(await comment(folder, [branchIs()])).toMatchObject({ code: 2, said });
});

test.each(["review-7-elsewhere", "review-7", "review-1e3-staging", "..staging", "\u001b[31m"])(
  "an artefact %j is refused",
  async (name) => {
    const folder = artefacts({ ...staging(), [`${name}/staging.comment.md`]: reportOf("staging") });
    const { code, said } = await comment(folder, [branchIs()]);
    expect(said).toBe(
      `No artefact of a review of a stack that is reviewed: ${JSON.stringify(name)}.\n`,
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

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { longestComment } from "../../../tools/review/markdown";
import { reviewStep } from "../../../tools/commands/review-step";
import { temporaryFolder } from "../../support/programs";
import { failureOf } from "../../support/tools";

let project: string;
beforeEach(() => {
  project = temporaryFolder();
  jest.spyOn(process, "cwd").mockReturnValue(project);
});
afterEach(() => jest.restoreAllMocks());

const whole = "the whole report\n";
const cut = "the report for a comment\n";
const inProject = (name: string) => path.join(project, name);
const reportFile = () => inProject(".logto-stack/reviews/staging.md");
const commentFile = () => inProject(".logto-stack/reviews/staging.comment.md");

/** A review that ends so, and what the step makes of it. */
async function step(
  args: string[],
  { code = 0, report = whole }: { code?: number; report?: string | undefined } = {},
) {
  const env = { GITHUB_STEP_SUMMARY: inProject("summary"), GITHUB_OUTPUT: inProject("output") };
  for (const file of Object.values(env)) writeFileSync(file, "");
  const review = jest.fn((_flags: string[]) => {
    mkdirSync(path.dirname(reportFile()), { recursive: true });
    if (report !== "") writeFileSync(reportFile(), report);
    return Promise.resolve({ code, report: cut });
  });
  const running = reviewStep(args, env, review);
  const outcome = await running.catch(() => undefined);
  const [summary, output] = Object.values(env).map((file) => readFileSync(file, "utf8"));
  return { outcome, summary, output, running, flags: review.mock.calls[0]?.[0] };
}

test.each([
  [0, "changes=false\n"],
  [1, "changes=true\n"],
])("a review that ends with %d is no failure, and its output is %j", async (code, output) => {
  const args = ["staging", "--offline", "--base", "HEAD^1"];
  expect(await step(args, { code })).toMatchObject({
    outcome: 0,
    summary: whole,
    output,
    flags: args,
  });
  expect(readFileSync(commentFile(), "utf8")).toBe(cut);
});

test("a review of which a part could not be reached fails the step, and says neither that something changes nor that nothing does", async () => {
  expect(await step(["staging", "--drift"], { code: 3 })).toMatchObject({
    outcome: 3,
    summary: whole,
    output: "",
  });
});

test("a policy violation fails the step, and its report is there to be read", async () => {
  expect(await step(["staging"], { code: 2 })).toMatchObject({
    outcome: 2,
    summary: whole,
    output: "",
  });
  expect(readFileSync(commentFile(), "utf8")).toBe(cut);
});

test.each([
  [2, 2],
  [3, 3],
  [143, 3],
])("one that ends with %d and no report fails the step with %d", async (code, outcome) => {
  mkdirSync(path.dirname(commentFile()), { recursive: true });
  writeFileSync(commentFile(), "of another change");
  const made = await step(["staging"], { code, report: "" });
  expect(made).toMatchObject({ outcome, summary: "", output: "" });
  expect(existsSync(commentFile())).toBe(false);
});

test("what a summary does not take is shown as cut for a comment", async () => {
  const { summary } = await step(["staging"], { report: "ä".repeat(longestComment * 10) });
  expect(summary).toBe(cut);
});

test("a plan that is still what was approved may be applied", async () => {
  writeFileSync(inProject("approved.md"), whole);
  const args = ["staging", "--refresh", "--approved", inProject("approved.md")];
  const made = await step(args, { code: 1 });
  expect(made).toMatchObject({ outcome: 0, output: "changes=true\n" });
  expect(made.flags).toEqual(["staging", "--refresh"]);
});

test("one that is not is refused, and shown", async () => {
  writeFileSync(inProject("approved.md"), "another");
  const made = await step(["staging", "--approved", inProject("approved.md")], { code: 1 });
  expect(await failureOf(made.running)).toBe(
    "What would change in staging is not what was approved, as this run's summary shows: run the whole workflow again, to have that approved.",
  );
  expect(made).toMatchObject({ summary: whole, output: "" });
});

test.each([
  [["staging", "--approved"], "npm run review-step: --approved takes the file of the report."],
  [["--approved", "--refresh"], "npm run review-step: --approved takes the file of the report."],
  [
    ["staging", "--approved", "nowhere"],
    "--approved: there is no nowhere, so nothing was approved.",
  ],
  [["staging", "--unknown"], expect.stringContaining("npm run review: invalid arguments")],
])("%j is wrong use, and nothing is reviewed", async (args, message) => {
  const made = await step(args);
  expect(await failureOf(made.running)).toEqual(message);
  expect(made.flags).toBeUndefined();
});

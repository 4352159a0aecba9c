import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { backendIn } from "../../tools/stack/backend";
import { markerOf } from "../../tools/review/markdown";
import { temporaryFolder } from "../support/programs";
import { Project, type Run } from "../support/project";
import { requestToken, send } from "../support/sandbox";
import { startScriptedServer } from "../support/scripted-server";
import { startVault, type Vault } from "../support/vault";
import { exchange, workflowEnvironment, workflowToken, workflowUser } from "../support/workflow";

/**
 * The steps of the workflows deploy and drift as they are written there, on the real engine: with a back end
 * that is not the clone's, and a key service in the place of a passphrase. The stack is `local`.
 */
jest.setTimeout(900_000);

interface Step {
  if?: string;
  run?: string;
  env?: Record<string, string>;
}

let project: Project;
let endpoint: string;
let vault: Vault;
const runnerTemp = temporaryFolder();
const given = {
  "vars.PULUMI_BACKEND_URL": backendIn(temporaryFolder()),
  "github.token": workflowToken,
};

beforeAll(async () => {
  vault = await startVault();
  project = await Project.copy();
  endpoint = await project.useFreePorts();
  const file = "Pulumi.local.yaml";
  project.write(file, `secretsprovider: hashivault://logto-stack\n${project.read(file)}`);
});
afterAll(async () => {
  await run({ run: "npm run pulumi -- destroy --yes --stack local", env: secrets });
  project.remove();
  await vault.close();
});

/** The steps of a job that run something, but for the packages, which are there. */
function stepsOf(file: string, job: string): Step[] {
  const text = readFileSync(path.join(__dirname, "../../.github/workflows", file), "utf8");
  const { jobs } = parse(text) as { jobs: Record<string, { steps: Step[] }> };
  const steps = jobs[job]?.steps ?? [];
  return steps.filter(({ run }) => run !== undefined && !run.startsWith("npm ci"));
}

const [planned = {}] = stepsOf("deploy-environment.yml", "plan");
const secrets = planned.env ?? {};

/** What is not set in the repository is empty, as GitHub has it. */
function valueOf(expression: string): string {
  const name = /^\$\{\{ (.*) \}\}$/.exec(expression)?.[1] ?? "";
  return new Map(Object.entries(given)).get(name) ?? "";
}

/** Runs a step as a runner does, and answers also what its output was. */
async function run(
  { run: command = "", env = {} }: Step,
  more: Record<string, string> = {},
): Promise<Run & { outputs: string }> {
  const output = path.join(temporaryFolder(), "output");
  const values = Object.entries(env).map(([name, expression]) => [name, valueOf(expression)]);
  const ended = await project.run("bash", ["-e", "-c", command], "", {
    ...vault.env,
    CI: "true",
    STACK: "local",
    RUNNER_TEMP: runnerTemp,
    GITHUB_OUTPUT: output,
    ...(Object.fromEntries(values) as Record<string, string>),
    ...more,
  });
  return { ...ended, outputs: existsSync(output) ? readFileSync(output, "utf8") : "" };
}

async function succeed(step: Step | undefined, more: Record<string, string> = {}) {
  const ended = await run(step ?? {}, more);
  if (ended.code !== 0) throw new Error(ended.output);
  return ended;
}

/** What the plan's artefact hands over. */
function approve(): void {
  mkdirSync(path.join(runnerTemp, "approved"), { recursive: true });
  cpSync(project.path(".logto-stack/reviews"), path.join(runnerTemp, "approved"), {
    recursive: true,
  });
}

const [check, apply] = stepsOf("deploy-environment.yml", "apply");
const [compare, open, close] = stepsOf("drift.yml", "drift");

test("a change is planned, applied as it was approved, and leaves no drift", async () => {
  await succeed({ run: "npm run up -- local", env: secrets });
  expect(project.read("Pulumi.local.yaml")).toMatch(/^encryptedkey: /m);
  project.edit("Pulumi.local.yaml", "description: Sells books", "description: Sells old books");

  const plan = await succeed(planned);
  expect(plan.outputs).toBe("changes=true\n");
  expect(plan.output).toContain('- `description`: `"Sells books"` → `"Sells old books"`');
  approve();

  await succeed(check);
  const applied = await succeed(apply);
  expect(applied.output).toMatch(/~ \d+ updated/);

  expect((await succeed(compare)).outputs).toBe("changes=false\n");
  expect([open?.if, close?.if]).toEqual([
    "steps.review.outputs.changes == 'true'",
    "steps.review.outputs.changes == 'false'",
  ]);
  const issue = { number: 5, user: workflowUser, body: markerOf("local") };
  const github = await startScriptedServer([
    exchange("GET", "/issues?state=open&direction=asc&per_page=100", [issue]),
    exchange("POST", "/issues/5/comments"),
    exchange("PATCH", "/issues/5"),
  ]);
  const { GITHUB_API_URL = "", GITHUB_REPOSITORY = "" } = workflowEnvironment(github);
  await succeed(close, { GITHUB_API_URL, GITHUB_REPOSITORY });
  await github.close();
  expect(existsSync(project.path(".logto-stack/passphrase"))).toBe(false);
  expect(project.printed).not.toContain(workflowToken);
});

test("what was not approved is not applied", async () => {
  project.edit("Pulumi.local.yaml", "description: Sells old books", "description: Sells all books");
  const { code, output, outputs } = await run(check ?? {});
  expect(output).toContain("What would change in local is not what was approved");
  expect([code, outputs]).toEqual([2, ""]);
});

test("what a policy stops is not applied, even if it was approved", async () => {
  project.edit(
    "Pulumi.local.yaml",
    "- http://localhost:3000/callback",
    "- https://*.bookstore.example/a",
  );
  const { code, output } = await run(apply ?? {});
  expect(output).toContain("application-names-its-hosts");
  expect(code).not.toBe(0);
});

test("what somebody changed on the server is found as drift, and told in an issue", async () => {
  const key = {
    run: "npm run --silent pulumi -- config get logto:clientSecret --stack local",
    env: secrets,
  };
  const clientSecret = (await succeed(key)).stdout.trim();
  const token = await requestToken(endpoint, { clientId: "infrastructure", clientSecret });
  const hand = { supportEmail: "help@bookstore.example", signInMode: "SignIn" };
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await send(`${endpoint}/api/sign-in-exp`, "PATCH", hand, headers);
  expect(status).toBe(200);

  const drift = await succeed(compare);
  expect(drift.outputs).toBe("changes=true\n");
  expect(drift.output).toContain('- `signInMode`: `"SignInAndRegister"` → `"SignIn"`');
  const github = await startScriptedServer([
    exchange("GET", "/issues?state=open&direction=asc&per_page=100", []),
    exchange("POST", "/issues", { number: 6 }, { status: 201 }),
  ]);
  const { GITHUB_API_URL = "", GITHUB_REPOSITORY = "" } = workflowEnvironment(github);
  expect((await succeed(open, { GITHUB_API_URL, GITHUB_REPOSITORY })).output).toContain(
    "Opened issue 6.",
  );
  await github.close();
});

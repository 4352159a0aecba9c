import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Project } from "../support/project";
import { askForToken, send } from "../support/sandbox";
import { base, ofDocker, ofLocal, ofServer, type PullRequest } from "./pull-requests/pull-requests";

/**
 * Pull requests, each with the report that `npm run review` makes of it on the real engine, in the file
 * pull-requests/NAME.md. UPDATE_REPORTS=true writes these again: then read them as their reviewer would.
 */
jest.setTimeout(600_000);

const canaries = {
  "logto:clientSecret": "canaryClientSecret4711",
  "logto:fingerprintKey": "canaryFingerprintKey4711canary47",
  "logto-stack:sendgridApiKey": "SG.canaryApiKey4711canaryApiKey",
};

let project: Project;
let endpoint: string;

async function git(...args: string[]): Promise<void> {
  const { code, output } = await project.run("git", args);
  if (code !== 0) throw new Error(output);
}

/** Reviews the change, and takes it back. */
async function review(
  { edits = [], files = {}, secrets = {} }: PullRequest,
  ...args: string[]
): Promise<{ code: number; report: string }> {
  const edited = [...edits.map(([file]) => file), "Pulumi.local.yaml"];
  const before = new Map(edited.map((file) => [file, project.read(file)]));
  try {
    for (const edit of edits) project.edit(...edit);
    for (const [file, content] of Object.entries(files)) project.write(file, content);
    await project.setSecrets("local", secrets);
    // As its script has it: npm itself takes a part of a second, which is many pull requests' here.
    const command = ["tools/start.cjs", "review", ...args];
    const { code, stdout } = await project.run(process.execPath, command);
    return { code, report: `${stdout}\n` };
  } finally {
    for (const [file, content] of before) project.write(file, content);
    for (const file of Object.keys(files)) rmSync(project.path(file));
  }
}

/** The report on file, after it was written where that is asked for. */
function onFile(name: string, report?: string): string {
  const file = path.join(__dirname, `pull-requests/${name}.md`);
  if (report !== undefined && process.env["UPDATE_REPORTS"] === "true") writeFileSync(file, report);
  return readFileSync(file, "utf8");
}

describe("the report on file is what npm run review makes", () => {
  beforeAll(async () => {
    project = await Project.copy();
    for (const edit of base) project.edit(...edit);
    await git("init", "--quiet", "--initial-branch", "main");
    // A link, which the pattern for a folder does not ignore.
    project.write(".git/info/exclude", "node_modules\n");
    await git("add", "--all");
    const author = ["-c", "user.name=a", "-c", "user.email=a@logto-stack.invalid"];
    await git(...author, "commit", "--quiet", "--message", "As it is");
    await git("tag", "released");
    endpoint = await project.useFreePorts();
    await project.pulumi("stack", "init", "local", "--no-select");
    await project.setSecrets("local", canaries);
    const { code, output } = await project.npm("up");
    if (code !== 0) throw new Error(output);
  });
  afterAll(async () => {
    await project.pulumi("destroy", "--yes", "--stack", "local");
    project.remove();
  });

  test.each(ofLocal)("of $name", async (change) => {
    const { code, report } = await review(change, "local");
    expect(report).toBe(onFile(change.name, report));
    expect(code).toBe(change.code);
  });

  test.each(ofDocker)("of $name, without a Docker Engine", async (change) => {
    const { code, report } = await review(change, change.stack, "--offline", "--base", "released");
    expect(report).toBe(onFile(change.name, report));
    expect(code).toBe(change.code);
  });

  test.each(ofServer)("of $name", async (drift) => {
    const credential = { clientId: "infrastructure", clientSecret: canaries["logto:clientSecret"] };
    const { body: token } = await askForToken(endpoint, credential);
    const bearer = (token as { access_token: string }).access_token;
    const [method, place, body] = drift.request(await project.output("appId"));
    const { status } = await send(`${endpoint}${place}`, method, body, {
      authorization: `Bearer ${bearer}`,
    });
    expect(status).toBeLessThan(300);
    const { code, report } = await review(drift, "local", "--refresh");
    expect(report).toBe(onFile(drift.name, report));
    expect(code).toBe(drift.code);
  });
});

const all = [...ofLocal, ...ofDocker, ...ofServer];

test("there are at least 20, each with its report and no report without one", () => {
  expect(all.length).toBeGreaterThanOrEqual(20);
  const reports = readdirSync(path.join(__dirname, "pull-requests")).flatMap((file) =>
    file.endsWith(".md") ? [path.basename(file, ".md")] : [],
  );
  expect(reports.sort()).toEqual(all.map(({ name }) => name).sort());
});

describe.each(all)("a reviewer of $name", ({ name, canSay }) => {
  const named = canSay.flatMap((sentence) =>
    [...sentence.matchAll(/`(.+?)`/g)].map(([, it]) => it),
  );

  test("finds in the report all that there is to say", () => {
    const report = onFile(name);
    for (const it of named) expect(report).toContain(it);
  });

  test("says something of each resource and property that changes", () => {
    const rows = [
      ...onFile(name).matchAll(
        /^\| (?:update|create|replace|delete|may update|may replace) \| (.+) \| .+ \| (.*) \|$/gm,
      ),
    ];
    const changed = rows
      .flatMap(([, resource = "", properties = ""]) => [resource, ...properties.split(", ")])
      // The table names eight properties at most.
      .filter((it) => it !== "" && !/^\d+ more$/.test(it))
      .map((it) => it.replaceAll("`", ""));
    expect(named).toEqual(expect.arrayContaining(changed));
  });
});

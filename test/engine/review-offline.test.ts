import { spawn } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Review } from "../../tools/review/review";
import { Project, type Run } from "../support/project";

/**
 * `npm run review -- STACK --offline` on the real engine: the clone is that of a stranger's pull request,
 * with stack files whose secrets cannot be decrypted here, and nothing of it is up.
 */
jest.setTimeout(300_000);

let project: Project;
/** Where the reviews make their folders. */
const temporary = mkdtempSync(path.join(os.tmpdir(), "logto-stack-test-"));

/** What a workflow's environment may hold, by any name. */
const canary = "canaryOfTheCaller4711";
const environment = {
  TMPDIR: temporary,
  PULUMI_ACCESS_TOKEN: canary,
  PULUMI_BACKEND_URL: `https://${canary}.invalid`,
  PULUMI_CONFIG_PASSPHRASE: canary,
  PULUMI_CONFIG: JSON.stringify({ a: canary }),
  AWS_SECRET_ACCESS_KEY: canary,
  SOME_OTHER_NAME: canary,
};

beforeAll(async () => {
  project = await Project.copy();
  // Sealed under a passphrase that is nowhere.
  for (const stack of ["local", "dev"]) {
    const file = `Pulumi.${stack}.yaml`;
    const sealed = `config:\n  logto-stack:sendgridApiKey:\n    secure: v1:AAAAAAAAAAAAAAAA:one\n`;
    const salt = "encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA\n";
    project.write(file, salt + project.read(file).replace("config:\n", sealed));
  }
  // A link, which the pattern for a folder does not ignore.
  project.write(".git/info/exclude", "node_modules\n");
  await git("init", "--quiet", "--initial-branch", "main");
  project.write(".git/info/exclude", "node_modules\n");
  await commit();
});
afterAll(() => {
  project.remove();
  rmSync(temporary, { recursive: true, force: true });
});
afterEach(async () => {
  await git("checkout", "--quiet", ".");
  // npm and node keep caches of their own there.
  expect(readdirSync(temporary).filter((name) => /logto-stack|pulumi/.test(name))).toEqual([]);
  expect(runningIn(temporary)).toEqual([]);
});

async function git(...args: string[]): Promise<string> {
  const { code, stdout, output } = await project.run("git", args);
  if (code !== 0) throw new Error(output);
  return stdout;
}

async function commit(): Promise<void> {
  await git("add", "--all");
  const author = ["-c", "user.name=a", "-c", "user.email=a@logto-stack.invalid"];
  await git(...author, "commit", "--quiet", "--message", "As it is");
}

function review(...args: string[]): Promise<Run> {
  return project.run("npm", ["run", "--silent", "review", "--", ...args], "", environment);
}

/** As the workflow does it. */
function asStep(env: NodeJS.ProcessEnv): Promise<Run> {
  const args = ["run", "--silent", "review-step", "--", "local", "--offline"];
  return project.run("npm", args, "", { ...environment, ...env });
}

test("a stranger's change is reviewed without the secrets, and its code sees nothing of the caller's", async () => {
  const seen = path.join(project.directory, "seen.json");
  project.edit("Pulumi.local.yaml", "description: Sells books", "description: Sells old books");
  project.edit("Pulumi.local.yaml", "AAAAAAAAAAAAAAAA:one", "AAAAAAAAAAAAAAAA:two");
  project.edit(
    "stacks/index.ts",
    "  const settings = readSettings();",
    `  require("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify([process.env, process.argv]));\n  const settings = readSettings();`,
  );
  const [summary, output] = ["summary", "output"].map((name) => path.join(temporary, name));
  const { code, stdout } = await asStep({ GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output });
  expect(stdout).toMatch(
    /Offline: compared with `main \([\da-f]{10}\)` on a sandbox; nothing of the real environment was asked\./,
  );
  expect(stdout).toContain('- `description`: `"Sells books"` → `"Sells old books"`');
  expect(stdout).toContain(
    "### update `bookstore-email` (`logto:SendGridConnector`)\n\n- `config.apiKey`: secret, **changed**",
  );
  expect(stdout).toContain("- `logto-stack:sendgridApiKey`: secret, **changed**");
  expect(stdout).toContain("Not judged offline:\n\n- What the real server holds");
  expect(code).toBe(0);
  expect(readFileSync(String(output), "utf8")).toBe("changes=true\n");
  const report = `${stdout}\n`;
  expect(readFileSync(String(summary), "utf8")).toBe(report);
  expect(project.read(".logto-stack/reviews/local.md")).toBe(report);
  expect(project.read(".logto-stack/reviews/local.comment.md")).toBe(report);
  // Nothing of the clone's own was made or read: no passphrase, no back end.
  expect(readdirSync(project.path(".logto-stack"))).toEqual(["reviews"]);
  const given = readFileSync(seen, "utf8");
  rmSync(seen);
  expect(given).toContain("PULUMI_HOME");
  expect(given).not.toContain(canary);
  const { HOME: home } = (JSON.parse(given) as [NodeJS.ProcessEnv])[0];
  expect(home).toContain(temporary);
});

test("a stack on Docker shows what is Logto's from a sandbox and the rest as declared, judged by its policies", async () => {
  await git("tag", "released");
  project.edit("Pulumi.dev.yaml", "svhd/logto:1.43.0", "svhd/logto:1.44.0");
  project.edit(
    "Pulumi.dev.yaml",
    "- http://localhost:3000/callback",
    "- https://*.bookstore.example/other",
  );
  project.edit("infra/server/docker/containers.ts", '"max-file": "3"', '"max-file": "4"');
  project.edit("policies/configuration/dev.json", '"allowTags": true', '"allowTags": false');
  // What it does, its own policies allow, and those of the base do not.
  const rule = "application-names-its-hosts";
  project.edit(
    "policies/configuration/dev.json",
    '  "backups-are-made"',
    `  "${rule}": "disabled",\n  "backups-are-made"`,
  );
  const { code, stdout } = await review("dev", "--offline", "--base", "released", "--json");
  const { changes, violations, offline } = JSON.parse(stdout) as Review;
  expect(offline?.base).toBe("released");
  expect(offline?.settings).toEqual([
    {
      path: "logto-stack:docker.logtoImage",
      kind: "changed",
      before: "svhd/logto:1.43.0",
      after: "svhd/logto:1.44.0",
    },
  ]);
  const named = changes.map(({ operation, type, name }) => `${operation} ${type} ${name}`);
  expect(named).toEqual(
    expect.arrayContaining([
      "replace docker:Container logto",
      "replace docker:Container postgres",
      "replace docker:RemoteImage logto",
      "may update logto-server:FinishedContainer logto-backup",
      "update logto:Application bookstore",
    ]),
  );
  expect(named.filter((change) => /^update (logto|sendgrid)/.test(change))).toEqual([
    "update logto-server:UpgradeCheck upgrade-check",
    "update logto:Application bookstore",
  ]);
  expect(new Set(violations.map(({ policy }) => policy))).toEqual(new Set(["images-are-pinned"]));
  expect(offline?.policies).toMatchObject({
    files: ["policies/configuration/dev.json"],
    violations: [{ policy: rule }],
  });
  expect(code).toBe(2);
});

test("a change is judged by the program of its base, whatever of it the change edits", async () => {
  const change = path.join(temporary, "change");
  await git("clone", "--quiet", project.directory, change);
  const edit = (file: string, from: string, to: string) => {
    const text = readFileSync(path.join(change, file), "utf8");
    expect(text.split(from)).toHaveLength(2);
    writeFileSync(
      path.join(change, file),
      text.replace(from, () => to),
    );
  };
  edit("Pulumi.local.yaml", "config:\n", "# logto-stack:smtpPassword: hunter2\nconfig:\n");
  edit(
    "infra/load.cjs",
    "module.exports = (modulePath) => {",
    'module.exports = (modulePath) => {\n  if (modulePath === "policies/index") require("../policies/rules").rules.length = 0;',
  );
  edit("tools/review/review.ts", 'return level !== "advisory";', "return level === undefined;");
  const args = ["local", "--offline", "--change", change, "--base", "HEAD", "--json"];
  const { code, stdout, output } = await review(...args);
  rmSync(change, { recursive: true });
  expect(code === 2 ? "refused" : output).toBe("refused");
  const { offline } = JSON.parse(stdout) as Review;
  expect(offline?.policies).toMatchObject({
    files: ["infra/load.cjs", "tools/review/review.ts"],
    violations: [
      {
        policy: "stack-file-holds-no-credential",
        message: expect.stringContaining("the comment in line ") as string,
      },
    ],
  });
});

test("without a change it says so, and ends with 0; a base that is not there is wrong use", async () => {
  expect(await review("local", "--offline")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("**No changes**") as string,
  });
  const { code, output } = await review("local", "--offline", "--base", "nowhere");
  expect(output).toContain("--base: this clone holds no revision nowhere: fetch it first");
  expect(code).toBe(2);
});

test("a stack that is new is all to be created", async () => {
  project.write("Pulumi.try.yaml", project.read("Pulumi.local.yaml"));
  const { code, stdout, output } = await review("try", "--offline", "--json");
  expect(output).toContain("Standing up the base on a sandbox, to preview the change on it:");
  rmSync(project.path("Pulumi.try.yaml"));
  const { counts, changes, offline } = JSON.parse(stdout) as Review;
  expect(counts).toMatchObject({ update: 0, replace: 0, delete: 0 });
  expect(changes.map(({ name }) => name)).toContain("bookstore");
  expect(offline?.settings).toEqual([]);
  // Production's policies judge a stack without a configuration of its own.
  expect(code).toBe(2);
});

test("one that is interrupted stops and removes all that it started", async () => {
  const child = spawn(process.execPath, ["tools/start.cjs", "review", "local", "--offline"], {
    cwd: project.directory,
    env: { ...project.environment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  await until(() => runningIn(temporary).some((line) => line.includes("sandbox/start.cjs")));
  const postgres = runningIn("postgres -D").length;
  child.kill("SIGTERM");
  expect(await ended).toBe(3);
  expect(said).toContain("Stopped.");
  await until(() => runningIn(temporary).length === 0);
  expect(postgres).toBeGreaterThan(0);
});

/** The command lines of the processes that run in the folder, or name it: root's Postgres lies elsewhere. */
function runningIn(place: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const isThere =
        line.includes(place) ||
        readlinkSync(`/proc/${pid}/cwd`).startsWith(place) ||
        readFileSync(`/proc/${pid}/environ`, "utf8").includes(place);
      return /^\d+$/.test(pid) && isThere ? [line] : [];
    } catch {
      return [];
    }
  });
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("it did not come to that");
    await pause(50);
  }
}

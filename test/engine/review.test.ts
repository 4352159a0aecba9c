import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { shortType } from "../../tools/review/consequences";
import { isSecret } from "../../tools/review/difference";
import type { Review } from "../../tools/review/review";
import { findSecrets, secretsOfState } from "../../tools/review/secrets";
import { Project, type Run } from "../support/project";
import { madeUpSecrets } from "../support/registered";
import { askForToken, send } from "../support/sandbox";

/**
 * `npm run review` over the stack `local` on the real engine: each test is a pull request of which the
 * reviewer sees the report only. The stack is up once, and every change is taken back.
 */
jest.setTimeout(300_000);

const canaries = madeUpSecrets("local");
const rotated = madeUpSecrets("local");
const clientSecret = canaries["logto:clientSecret"] ?? "";
const apiKey = canaries["logto-stack:sendgridApiKey"] ?? "";
const rotatedKey = `${apiKey}rotated`;

let project: Project;
let endpoint: string;
let requestsBefore: number;
const reports: string[] = [];

beforeAll(async () => {
  project = await Project.copy();
  endpoint = await project.useFreePorts();
  await project.pulumi("stack", "init", "local", "--no-select");
  await project.setSecrets("local", canaries);
  const { code, output } = await project.npm("up");
  if (code !== 0) throw new Error(output);
  requestsBefore = project.sandboxLog().length;
});
afterAll(async () => {
  await project.pulumi("destroy", "--yes", "--stack", "local");
  project.remove();
});

async function review(...args: string[]): Promise<Run> {
  const run = await project.run(process.execPath, ["tools/start.cjs", "review", ...args]);
  reports.push(run.output);
  return run;
}

/** Does the work on changed files, and puts them back. */
async function withEdits<Result>(
  edits: [file: string, from: string, to: string][],
  work: () => Promise<Result>,
): Promise<Result> {
  const files = [...new Set(edits.map(([file]) => file))];
  const before = files.map((file) => project.read(file));
  for (const edit of edits) project.edit(...edit);
  try {
    return await work();
  } finally {
    files.forEach((file, index) => project.write(file, before[index] ?? ""));
  }
}

const stackFile = "Pulumi.local.yaml";
const callback = "- http://localhost:3000/callback";
const artefact = ".logto-stack/reviews/local.md";

test("of an unchanged stack it says that, and ends with 0", async () => {
  const { code, stdout, output } = await review("local");
  expect(output).toContain("Previewing local …\n");
  expect(stdout).toBe(
    [
      "<!-- logto-stack review of local -->",
      "",
      "## Review of the stack `local`",
      "",
      "**No changes**, 14 unchanged. No policy is violated. The server was not asked whether something changed there (`--refresh` does).",
    ].join("\n"),
  );
  expect(code).toBe(0);
});

test("a template's text, another redirect URI, a rotated key and another name show, and it ends with 1", async () => {
  const file = project.read(stackFile);
  await project.setSecrets("local", { "logto-stack:sendgridApiKey": rotatedKey });
  const { code, stdout } = await withEdits(
    [
      ["infra/templates/SignIn.html", "Enter this code to sign in.", "Type this code to sign in."],
      [stackFile, callback, "- http://localhost:3000/other"],
      [stackFile, "name: Bookstore\n", "name: Book`store` | Inc\n"],
    ],
    () => review(),
  );
  project.write(stackFile, file);
  expect(stdout).toMatch(
    /\n-\s+<p>Enter this code to sign in\.<\/p>\n\+\s+<p>Type this code to sign in\.<\/p>\n/,
  );
  expect(stdout).toContain("`config.templates[SignIn].content`:\n\n```diff\n@@ -");
  expect(stdout).toContain(
    '- `oidcClientMetadata.redirectUris`: removed `"http://localhost:3000/callback"`, added `"http://localhost:3000/other"`',
  );
  expect(stdout).toContain("- `config.apiKey`: secret, **changed**");
  expect(stdout).toContain('- `name`: `"Bookstore"` → ``"Book`store` | Inc"``');
  expect(code).toBe(1);
  expect(project.read(artefact)).toBe(`${stdout}\n`);
  expect((statSync(project.path(artefact)).mode & 0o777).toString(8)).toBe("600");
});

test("a stack that cannot be previewed is an error that says what to correct, without a report", async () => {
  const { code, stdout, output } = await withEdits(
    [[stackFile, callback, "- not an address"]],
    () => review(),
  );
  expect(output).toContain("The stack local cannot be previewed:");
  expect(output).toContain("Pulumi.local.yaml: logto-stack:application.redirectUris");
  expect(stdout).toBe("");
  expect(existsSync(project.path(artefact))).toBe(false);
  expect(code).toBe(2);
});

test("a secret in clear anywhere in the report is an error that names it, and no report", async () => {
  const encoded = Buffer.from(`key:${apiKey}`).toString("base64");
  const { code, stdout, output } = await withEdits(
    [["infra/templates/SignIn.html", "Enter this code to sign in.", `Enter ${encoded}.`]],
    () => review(),
  );
  expect(output).toMatch(
    /^There is no report, because it would hold a secret in clear: bookstore-email, config, apiKey; .*logto-stack:sendgridApiKey;/m,
  );
  expect(stdout).toBe("");
  expect(output).not.toContain(encoded);
  expect(existsSync(project.path(artefact))).toBe(false);
  expect(code).toBe(2);
});

test("wrong use is 2 and says how it is used", async () => {
  const { code, output } = await review("--diff");
  expect(output).toContain(
    "npm run review -- [STACK] [--refresh | --drift | --offline [--base REF] [--change DIR]] [--json]",
  );
  expect(code).toBe(2);
  expect(await review("nowhere")).toMatchObject({
    code: 2,
    output: expect.stringContaining("There is no stack nowhere") as string,
  });
});

test("up to here nothing was sent to the server but the question whether it runs", () => {
  const requests = project.sandboxLog().slice(requestsBefore);
  const sent = requests.filter(({ method }) => method !== undefined);
  expect([...new Set(sent.map(({ method, path }) => `${method ?? ""} ${path ?? ""}`))]).toEqual([
    "GET /api/status",
  ]);
});

test("what was changed on the server shows with --refresh, which only reads", async () => {
  const appId = await project.output("appId");
  await patch({
    path: `/api/applications/${appId}`,
    body: { description: "Sells other people's books" },
  });
  const before = project.sandboxLog().length;
  const { code, stdout } = await review("--refresh");
  expect(stdout).toContain("**1 resource changed on the server since the last `up`.**");
  expect(stdout).toContain(
    '- `description`: `"Sells books"` → `"Sells other people\'s books"`\n\n### update `bookstore`',
  );
  expect(code).toBe(1);
  const sent = project.sandboxLog().slice(before);
  const writes = sent.filter(({ method }) => method !== "GET" && method !== undefined);
  // Asking for a token is a POST.
  expect([...new Set(writes.map(({ method, path }) => `${method ?? ""} ${path ?? ""}`))]).toEqual([
    "POST /oidc/token",
  ]);
  expect(sent.some(({ path }) => path === `/api/applications/${appId}`)).toBe(true);
});

test("a replacement shows with --refresh as well, and so does what was changed on the server", async () => {
  const name = "    name: Bookstore\n";
  const { code, stdout } = await withEdits([[stackFile, name, `${name}    type: SPA\n`]], () =>
    review("--refresh"),
  );
  expect(stdout).toContain("**1 resource changed on the server since the last `up`.**");
  expect(stdout).toContain("### replace `bookstore`");
  expect(stdout).not.toContain("__");
  expect(code).toBe(1);
});

interface DriftEdit {
  path: string;
  body: object;
}

/** Edits of somebody else's, each of a place that the stack declares or of a neighbouring one. */
function edits(appId: string): fc.Arbitrary<DriftEdit> {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  const application = fc.oneof(
    text.map((name) => ({ name })),
    text.map((description) => ({ description })),
    fc.boolean().map((alwaysIssueRefreshToken) => ({
      customClientMetadata: { alwaysIssueRefreshToken },
    })),
    fc.subarray(["http://a.example/callback", "http://b.example/callback"]).map((redirectUris) => ({
      oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
    })),
  );
  const experience = fc.oneof(
    fc.constantFrom("#123456", "#7A3E1D").map((primaryColor) => ({
      color: { primaryColor, isDarkModeEnabled: false, darkPrimaryColor: "#000000" },
    })),
    fc.webUrl().map((termsOfUseUrl) => ({ termsOfUseUrl })),
  );
  return fc.oneof(
    application.map((body) => ({ path: `/api/applications/${appId}`, body })),
    experience.map((body) => ({ path: "/api/sign-in-exp", body })),
  );
}

/** Sends an edit, and waits for its line in the server's log, which comes a moment after the answer. */
async function patch({ path, body }: DriftEdit): Promise<void> {
  const { body: token } = await askForToken(endpoint, {
    clientId: "infrastructure",
    clientSecret,
  });
  const bearer = (token as { access_token: string }).access_token;
  const logged = () =>
    project.sandboxLog().filter((line) => line.method === "PATCH" && line.path === path).length;
  const before = logged();
  const answer = await send(`${endpoint}${path}`, "PATCH", body, {
    authorization: `Bearer ${bearer}`,
  });
  expect(answer.status).toBe(200);
  const deadline = Date.now() + 30_000;
  while (logged() === before) {
    if (Date.now() > deadline) throw new Error("the PATCH does not show in the sandbox's log");
    await pause(50);
  }
}

test("--drift finds what the engine's refresh finds, whatever somebody changed, and only reads", async () => {
  const appId = await project.output("appId");
  const samples = fc.sample(fc.array(edits(appId), { minLength: 1, maxLength: 3 }), {
    numRuns: 2,
    seed: 4711,
  });
  // Sent as the mail service's key of somebody else: neither may say which.
  const foreign = {
    path: "/api/connectors/bookstore-email",
    body: await foreignConfig({ apiKey: "SG.foreign.key" }),
  };
  const [first = [], last = []] = samples;
  let found: Review["drift"] = [];
  for (const sample of [first, [...last, foreign]]) {
    for (const edit of sample) await patch(edit);
    const asked = project.sandboxLog().length;
    const drift = await review("--drift", "--json");
    const sent = project.sandboxLog().slice(asked);
    expect(
      sent.filter(
        ({ method, path }) => method !== undefined && method !== "GET" && path !== "/oidc/token",
      ),
    ).toEqual([]);
    const refresh = await review("--refresh", "--json");
    const [one, other] = [drift, refresh].map(({ stdout }) => JSON.parse(stdout) as Review);
    expect(one?.drift).toEqual(other?.drift);
    expect(drift.code).toBe(one?.drift.length === 0 ? 0 : 1);
    expect(drift.output).not.toContain("SG.foreign");
    found = one?.drift ?? [];
  }
  expect(found.find(({ name }) => name === "bookstore-email")?.differences).toContainEqual({
    path: "config.apiKey",
    kind: "secret",
    state: "changed",
  });
});

/** The stored config with other values in some places. */
async function foreignConfig(changes: object): Promise<object> {
  const { body: token } = await askForToken(endpoint, {
    clientId: "infrastructure",
    clientSecret,
  });
  const bearer = (token as { access_token: string }).access_token;
  const { body } = await send(`${endpoint}/api/connectors/bookstore-email`, "GET", undefined, {
    authorization: `Bearer ${bearer}`,
  });
  return { config: { ...(body as { config: object }).config, ...changes } };
}

test("the report of --drift says how many resources were compared and which were not looked at", async () => {
  const { code, stdout, output } = await review("--drift");
  expect(output).toContain("Comparing what local declares with its server …\n");
  expect(stdout).toContain("resources compared with it, without a preview.");
  expect(stdout).toContain("### Not looked at\n\n");
  expect(stdout).toContain("- `sandbox (logto-server:Sandbox)`");
  expect(code).toBe(1);
});

test("of a change of every secret the report says that each changed, and holds none", async () => {
  const file = project.read(stackFile);
  await project.setSecrets("local", rotated);
  const { code, stdout } = await withEdits(
    [
      [
        "infra/server/database/generated-password.ts",
        "{ length: 32, special: false }",
        "{ length: 33, special: false }",
      ],
    ],
    () => review("--json"),
  );
  project.write(stackFile, file);
  const { changes, isFingerprintKeyChanged } = JSON.parse(stdout) as Review;
  expect(isFingerprintKeyChanged).toBe(true);
  const changed = changes.flatMap(({ operation, name, type, differences }) => [
    `${operation} ${name} (${type})`,
    ...differences.flatMap((one) =>
      one.kind === "secret" && one.state !== "unchanged"
        ? [`${one.path} of ${name} (${type})`]
        : [],
    ),
  ]);
  // A generated password is made again: what takes it without a fingerprint is named with it.
  expect(changed).toEqual(
    expect.arrayContaining([
      "logto:clientSecret of management-access (logto-server:ManagementAccess)",
      "replace logto-database-password (random:RandomPassword)",
      "replace postgres-superuser-password (random:RandomPassword)",
      ...(await secretInputs()),
    ]),
  );
  expect(code).toBe(1);
});

/** The places of all secrets that the stack's resources take, as `path of name (type)`. */
async function secretInputs(): Promise<string[]> {
  const { stdout } = await project.pulumi("stack", "export", "--stack", "local");
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; type: string; inputs?: object }[] };
  };
  const places = (value: unknown, path: string): string[] => {
    if (isSecret(value)) return [path];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, held]) =>
      places(held, path === "" ? key : `${path}.${key}`),
    );
  };
  const found = deployment.resources
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .flatMap(({ urn, type, inputs }) =>
      places(inputs, "").map(
        (place) => `${place} of ${urn.split("::").at(-1) ?? ""} (${shortType(type)})`,
      ),
    );
  expect(found.length).toBeGreaterThanOrEqual(7);
  return found;
}

/** In a form that the engine, which masks the secrets that it knows, lets pass. */
const encodedBy = (expression: string) =>
  `Buffer.from(JSON.stringify(${expression})).toString("base64")`;

test.each([["--refresh"], ["--drift"]])(
  "a provider that throws a secret is an error that holds none, with %s",
  async (flag) => {
    const head = "async read(storedId, { inputs, outputs: stored }) {\n";
    const leak = `if (kind.type === "logto:SendGridConnector") throw new Error(${encodedBy("inputs")});\n`;
    const { code, output, stdout } = await withEdits(
      [["infra/logto/mechanism/management-resource.ts", head, head + leak]],
      () => review(flag),
    );
    expect(output).toContain("There is no report, because it would hold a secret in clear:");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  },
);

test("a policy that throws a secret is an error that holds none", async () => {
  const leaking = `{
    name: "leaks",
    description: "Leaks.",
    enforcementLevel: "mandatory",
    validateResource: ({ props }) => {
      if (props["apiKey"]) throw new Error(${encodedBy('props["apiKey"]')});
    },
  }`;
  const { code, output, stdout } = await withEdits(
    [
      [
        "policies/index.ts",
        "policies: policiesFor(rules)",
        `policies: [...policiesFor(rules), ${leaking}]`,
      ],
    ],
    () => review(),
  );
  expect(output).toContain("There is no report, because it would hold a secret in clear:");
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("an engine that is killed in the middle is 3, and no report", async () => {
  const running = review("--refresh");
  process.kill(await pidOfPreview(), "SIGKILL");
  const { code, stdout, output } = await running;
  expect(output).toContain("The stack local cannot be previewed:");
  expect(stdout).toBe("");
  expect(code).toBe(3);
});

/** The process of the engine that previews in the project's folder, once it runs. */
async function pidOfPreview(): Promise<number> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const found = readdirSync("/proc").find((pid) => {
      try {
        const [program = "", command] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const isOurs = readlinkSync(`/proc/${pid}/cwd`) === project.directory;
        return program.endsWith("/pulumi") && command === "preview" && isOurs;
      } catch {
        return false;
      }
    });
    if (found !== undefined) return Number(found);
    await pause(20);
  }
  throw new Error("no engine previews");
}

test("a server that does not answer is 3, and no report", async () => {
  const record = project.read(".logto-stack/local/sandbox/sandbox.pid");
  process.kill((JSON.parse(record) as { pid: number }).pid, "SIGKILL");
  const { code, stdout, output } = await review("--refresh");
  expect(output).toMatch(/Logto at http:\/\/localhost:\d+ does not answer/);
  expect(output).not.toMatch(/\n\s+at /);
  expect(stdout).toBe("");
  expect(code).toBe(3);
  const drift = await review("--drift");
  expect(drift.output).toMatch(/^The stack local cannot be compared with the server:$/m);
  expect(drift.stdout).toBe("");
  expect(drift.code).toBe(3);
});

test.each([["--refresh"], ["--drift"]])(
  "a server that fails with the credential in its answer is an error that holds none, with %s",
  async (flag) => {
    const server = http.createServer(({ headers, url }, response) => {
      response.statusCode = url === "/api/status" ? 204 : 500;
      response.setHeader("content-type", "application/json");
      const message = `${headers.authorization ?? ""} ${clientSecret}`;
      response.end(url === "/api/status" ? "" : JSON.stringify({ code: "internal", message }));
    });
    await new Promise<void>((resolve) => {
      server.listen(Number(new URL(endpoint).port), "127.0.0.1", resolve);
    });
    try {
      const { code, stdout, output } = await review(flag);
      // What Logto says is shown without the credential that it holds.
      expect(output).toMatch(/answered 500 internal: Basic \[secret\]/);
      expect(output).not.toContain(clientSecret);
      expect(stdout).toBe("");
      expect(code).toBe(2);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  },
);

test("no report and no error ever held a secret, in any form", async () => {
  const { stdout } = await project.pulumi(
    ...["stack", "export", "--show-secrets", "--stack", "local"],
  );
  const given = [...Object.values(canaries), rotatedKey, ...Object.values(rotated)];
  const secrets = [
    ...secretsOfState(JSON.parse(stdout)),
    ...given.map((value) => ({ place: "given", value })),
  ];
  expect(secrets.length).toBeGreaterThan(12);
  expect(reports).toHaveLength(22);
  for (const text of reports) expect(findSecrets([text], secrets)).toEqual([]);
});

import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { providerText } from "../../infra/provider/dynamic-resource";
import { formerModules, formerText } from "../support/former-states";
import { Project } from "../support/project";
import { askForToken, send } from "../support/sandbox";

/**
 * The stack `local`, from a fresh clone to its destruction, on the real engine. The tests go on from one
 * another, as a user would. A canary stands for each secret that a user can choose; what is generated,
 * the database's password, is read from the state and searched for in the end.
 */
jest.setTimeout(300_000);

const apiKey = "SG.canaryApiKey4711canaryApiKey";
const firstSecret = "canaryClientSecret4711first";
const secondSecret = "canaryClientSecret4711second";

let project: Project;
let endpoint: string;
const processList: string[] = [];
const watch = setInterval(() => {
  processList.push(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }));
}, 500);

beforeAll(async () => {
  project = await Project.copy({ withPackages: false });
  endpoint = await project.useFreePorts();
});
afterAll(async () => {
  clearInterval(watch);
  await project.pulumi("destroy", "--yes");
  project.remove();
});

/** The part of the output that the update wrote, after its preview. */
const resources = (output: string) =>
  [...output.matchAll(/Resources:\n([\s\S]*?)\n\n/g)].at(-1)?.[1]?.trim() ?? output;
const api = async (method: string, url: string, body?: unknown, clientSecret = firstSecret) => {
  const { body: token } = await askForToken(endpoint, { clientId: "infrastructure", clientSecret });
  const { access_token: bearer } = token as { access_token: string };
  return send(`${endpoint}${url}`, method, body, { authorization: `Bearer ${bearer}` });
};

test("npm run up on a fresh clone installs, stands everything up and says what comes next", async () => {
  // A user who wants secrets of their own sets them before the first `up`, in a stack that exists.
  await project.pulumi("stack", "init", "local", "--no-select");
  await project.setSecrets("local", {
    "logto-stack:sendgridApiKey": apiKey,
    "logto:clientSecret": firstSecret,
  });
  const { code, output } = await project.npm("up");
  expect(output).toMatch(/appId\s*: "[\da-z]{21}"/);
  expect(output).toMatch(/appSecret\s*: \[secret\]/);
  expect(output).toMatch(new RegExp(`endpoint\\s*: "${endpoint}"`));
  expect(output).toMatch(/outbox\s*: "http:\/\/localhost:\d+"/);
  expect(output).toContain("npm run pulumi -- stack output appSecret --show-secrets");
  expect(resources(output)).toBe("+ 14 created");
  expect(code).toBe(0);
});

test("the application, the connector with its four templates and the sign-in experience are there", async () => {
  const appId = await project.output("appId");
  const { body: application } = await api("GET", `/api/applications/${appId}`);
  expect(application).toMatchObject({
    name: "Bookstore",
    type: "Traditional",
    oidcClientMetadata: {
      redirectUris: ["http://localhost:3000/callback"],
      postLogoutRedirectUris: ["http://localhost:3000/"],
    },
  });
  const { body: secrets } = await api("GET", `/api/applications/${appId}/secrets`);
  expect(secrets).toMatchObject([{ value: await project.output("appSecret") }]);
  const { body: connectors } = await api("GET", "/api/connectors");
  expect(connectors).toMatchObject([
    {
      id: "bookstore-email",
      connectorId: "sendgrid-email-service",
      config: {
        apiKey,
        fromEmail: "no-reply@bookstore.example",
        templates: ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
          usageType,
          type: "text/html",
          content: expect.stringContaining("{{code}}") as string,
        })),
      },
    },
  ]);
  const { body: experience } = await api("GET", "/api/sign-in-exp");
  expect(experience).toMatchObject({
    signUp: { identifiers: ["email"], password: false, verify: true },
    signIn: { methods: [{ identifier: "email", password: false, verificationCode: true }] },
  });
});

test("what is private is readable by its owner only", () => {
  const mode = (file: string) => (statSync(project.path(file)).mode & 0o777).toString(8);
  expect({
    backend: mode(".logto-stack/backend"),
    passphrase: mode(".logto-stack/passphrase"),
    sandbox: mode(".logto-stack/local/sandbox"),
    configuration: mode(".logto-stack/local/sandbox/config.json"),
    outbox: mode(".logto-stack/local/outbox"),
    key: mode(".logto-stack/local/outbox/config.json"),
  }).toEqual({
    backend: "700",
    passphrase: "600",
    sandbox: "700",
    configuration: "600",
    outbox: "700",
    key: "600",
  });
});

test("a second npm run up changes nothing and sends no write to the Management API", async () => {
  const before = project.writes();
  const { code, output } = await project.npm("up");
  expect(resources(output)).toBe("14 unchanged");
  expect(code).toBe(0);
  expect(project.writes()).toEqual(before);
});

test("editing one template changes one resource, and the diff shows the old and the new line", async () => {
  const before = project.writes();
  project.edit(
    "infra/templates/SignIn.html",
    "Enter this code to sign in.",
    "Type this code to sign in.",
  );
  expect(await project.preview()).toEqual(["update bookstore-email"]);
  const { output } = await project.pulumi("preview", "--diff");
  expect(output).toMatch(
    /-\s+<p>Enter this code to sign in\.<\/p>\n\s*\+\s+<p>Type this code to sign in\.<\/p>/,
  );
  expect(project.writes()).toEqual(before);
  expect((await project.npm("up")).code).toBe(0);
  expect(await project.preview()).toEqual([]);
});

test("adding a redirect URI changes one resource, and the diff shows the new one", async () => {
  project.edit(
    "Pulumi.local.yaml",
    "- http://localhost:3000/callback",
    "- http://localhost:3000/callback\n      - https://bookstore.example/callback",
  );
  expect(await project.preview()).toEqual(["update bookstore"]);
  const { output } = await project.pulumi("preview", "--diff");
  expect(output).toMatch(/\+ \[1\]: "https:\/\/bookstore\.example\/callback"/);
  expect((await project.npm("up")).code).toBe(0);
});

test("a rotated client secret is one change, and the old one is refused from then on", async () => {
  await project.setSecrets("local", { "logto:clientSecret": secondSecret });
  expect(await project.preview()).toEqual(["update management-access"]);
  expect((await project.npm("up")).code).toBe(0);
  expect(await project.preview("--refresh")).toEqual([]);
  const status = async (clientSecret: string) =>
    (await askForToken(endpoint, { clientId: "infrastructure", clientSecret })).status;
  expect([await status(firstSecret), await status(secondSecret)]).toEqual([401, 200]);
});

test("a changed API key shows as a changed fingerprint and not as a value", async () => {
  await project.setSecrets("local", { "logto-stack:sendgridApiKey": `${apiKey}changed` });
  const { output } = await project.pulumi("preview", "--diff");
  expect(output).toMatch(/~ apiKey: "[\da-f]{16}" => "[\da-f]{16}"/);
  await project.setSecrets("local", { "logto-stack:sendgridApiKey": apiKey });
  expect(await project.preview()).toEqual([]);
});

test("a state whose resources name the files of their providers shows no change", async () => {
  const { stdout: state } = await project.pulumi("stack", "export");
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
  let named = 0;
  const former = Object.entries(formerModules).reduce((text, [type, module]) => {
    const parts = text.split(quoted(providerText(type)));
    named += parts.length - 1;
    return parts.join(quoted(formerText(module)));
  }, state);
  expect(named).toBe(2 * 9);
  expect(former).not.toContain("logto-stack/provider");
  project.write("former.json", former);
  const imported = await project.pulumi("stack", "import", "--file", project.path("former.json"));
  expect(imported.code).toBe(0);
  expect(await project.preview()).toEqual([]);
});

test("editing the code of a resource is no change of it, and a refresh runs the new code", async () => {
  const marker = project.path(".ran");
  const source = "infra/logto/application.ts";
  project.write(
    source,
    `// A comment.\n${project.read(source)}\nimport { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(marker)}, "");\n`,
  );
  expect(await project.preview()).toEqual([]);
  rmSync(marker, { force: true });
  expect((await project.pulumi("refresh", "--yes", "--run-program=false")).code).toBe(0);
  expect(existsSync(marker)).toBe(true);
});

test("after a reboot the next npm run up starts everything again, with its data", async () => {
  const appId = await project.output("appId");
  for (const pid of [pidOf("sandbox"), pidOf("outbox"), await postgresPid()]) {
    await end(pid);
  }
  const { code, output } = await project.npm("up");
  expect(output).toMatch(/~ 3 updated\n\s+11 unchanged/);
  expect(code).toBe(0);
  expect(await project.output("appId")).toBe(appId);
  const { status } = await api("GET", `/api/applications/${appId}`, undefined, secondSecret);
  expect(status).toBe(200);
});

test("a port that is taken is an error that names the port and the key that changes it", async () => {
  await end(pidOf("sandbox"));
  const { port } = new URL(endpoint);
  const other = await listenOn(Number(port));
  const { code, output } = await project.npm("up");
  other.close();
  expect(code).not.toBe(0);
  expect(output).toContain(
    `Port ${port} (logto:endpoint) is taken by another program: end that program, or name another port there.`,
  );
  expect(output).not.toMatch(/\n\s+at /);
  expect((await project.npm("up")).code).toBe(0);
});

test("no secret is in clear in a state, a log, a process list or anything that was printed", async () => {
  const exported = await project.run("npm", [
    "run",
    "--silent",
    "pulumi",
    "--",
    "stack",
    "export",
    "--show-secrets",
  ]);
  // What was asked for in clear is not part of what must not show.
  project.printed = project.printed.replace(exported.output, "");
  const passwords = [...exported.stdout.matchAll(/"plaintext":\s*"\\"([A-Za-z0-9]{32})\\""/g)].map(
    ([, password]) => password as string,
  );
  expect(new Set(passwords).size).toBeGreaterThanOrEqual(3);
  const appSecret = await project.output("appSecret");
  const canaries = [apiKey, firstSecret, secondSecret, ...passwords].filter(
    (value) => value !== appSecret,
  );
  const places = new Map<string, string>([
    ["printed", project.printed.replaceAll(appSecret, "")],
    ["process list", processList.join("\n")],
    ["stack file", project.read("Pulumi.local.yaml")],
    ...filesBelow(project.path(".logto-stack/backend")),
    ["sandbox.log", project.read(".logto-stack/local/sandbox/sandbox.log")],
    ["outbox.log", project.read(".logto-stack/local/outbox/outbox.log")],
    ...filesBelow(process.env["PULUMI_HOME"] as string, /workspaces/),
  ]);
  expect(places.size).toBeGreaterThan(10);
  const found = [...places].flatMap(([place, text]) =>
    canaries.filter((canary) => text.includes(canary)).map(() => place),
  );
  expect(found).toEqual([]);
  const state = [...places].filter(([place]) => place !== "printed").map(([, text]) => text);
  expect(state.some((text) => text.includes(appSecret))).toBe(false);
});

test("a destroy of what is declared on Logto alone deletes it there, or is refused where it would not", async () => {
  const appId = await project.output("appId");
  const before = await api("GET", "/api/sign-in-exp", undefined, secondSecret);
  const refused = await project.pulumi("destroy", "--yes", "--target", "**Role**");
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain(
    "Nothing was destroyed: the engine would only forget logto, and leave them on the server.",
  );
  const { code, output } = await project.pulumi(
    ...["destroy", "--yes", "--target", "**dynamic/logto:**"],
  );
  expect(code).toBe(0);
  expect(output).toContain("- 3 deleted");
  expect((await api("GET", `/api/applications/${appId}`, undefined, secondSecret)).status).toBe(
    404,
  );
  expect((await api("GET", "/api/connectors", undefined, secondSecret)).body).toEqual([]);
  const after = await api("GET", "/api/sign-in-exp", undefined, secondSecret);
  expect(before.body).toMatchObject({ signUp: { identifiers: ["email"] } });
  expect(after.body).toMatchObject({ signUp: { identifiers: ["username"] } });
  expect((await project.npm("up")).code).toBe(0);
});

test("destroy stops and removes everything, and can be run again", async () => {
  const pids = [pidOf("sandbox"), pidOf("outbox"), await postgresPid()];
  const { code, output } = await project.pulumi("destroy", "--yes");
  expect(code).toBe(0);
  expect(output).toContain("- 14 deleted");
  for (const pid of pids) {
    await waitUntilGone(pid);
  }
  expect(readdirSync(project.path(".logto-stack/local"))).toEqual([]);
  expect((await project.pulumi("destroy", "--yes")).code).toBe(0);
});

async function end(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await waitUntilGone(pid);
}

/** The port of a process that was killed is free a moment after the process is gone. */
async function listenOn(port: number): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      return server;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(200);
    }
  }
}

/** A killed process is there until its memory is free and its parent has noticed. */
async function waitUntilGone(pid: number): Promise<void> {
  const isThere = () =>
    spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.match(
      /^[^Z\s]/,
    );
  const deadline = Date.now() + 20_000;
  while (isThere()) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} is still there`);
    await pause(100);
  }
}

function pidOf(program: "sandbox" | "outbox"): number {
  const record = project.read(`.logto-stack/local/${program}/${program}.pid`);
  return (JSON.parse(record) as { pid: number }).pid;
}

/** The server's main process, which is the parent of the one that answers. */
async function postgresPid(): Promise<number> {
  const { databaseUrl } = JSON.parse(project.read(".logto-stack/local/sandbox/config.json")) as {
    databaseUrl: string;
  };
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const backend = (rows[0] as { pid: number }).pid;
  const parent = execFileSync("ps", ["-o", "ppid=", "-p", String(backend)], { encoding: "utf8" });
  await client.end();
  return Number(parent);
}

function filesBelow(folder: string, only = /./): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => only.test(file))
    .map((file) => [file, readFileSync(file, "utf8")]);
}

import { randomUUID } from "node:crypto";
import { providerText } from "../../infra/provider/dynamic-resource";
import { backendIn } from "../../tools/stack/backend";
import { freePort } from "../support/free-port";
import { type LogtoForTests, startLogtoForTests } from "../support/logto";
import { type Outbox, startOutbox } from "../support/outbox";
import { Project, type Run } from "../support/project";
import { startScriptedServer } from "../support/scripted-server";
import { type SendGridForTests, startSendGridForTests } from "../support/sendgrid";

/**
 * The ladder on a server that was there before and stays: what is declared on it, found changed, put
 * right and put back is seen in the server's own view. The tests go on from one another.
 */
jest.setTimeout(300_000);

const application = `
  logto-stack:application:
    name: Bookstore
    redirectUris: [http://localhost:3000/callback]
`;
const rest = `
  logto-stack:email:
    fromEmail: no-reply@bookstore.example
    fromName: Bookstore
    sendgridEndpoint: SENDGRID
  logto-stack:signInExperience: { signUpIdentifier: email, primaryColor: "#7A3E1D" }
`;
const secrets = {
  "logto:fingerprintKey": "canaryFingerprintKey4711",
  "logto-stack:sendgridApiKey": "SG.canaryApiKey4711",
};

const wrongKey = "SG.canaryWrongKey4711";
const testRecipient = "you@bookstore.example";
const foreignKey = "SG.canaryForeignKey4711";
const foreignUri = "https://canary4711.example/callback";

let project: Project;
let logto: LogtoForTests;
let sendGrid: SendGridForTests;
let outbox: Outbox;

beforeAll(async () => {
  const apiKey = secrets["logto-stack:sendgridApiKey"];
  sendGrid = await startSendGridForTests(apiKey, ["No-Reply@bookstore.example"]);
  outbox = await startOutbox({ apiKey });
  logto = await startLogtoForTests({ mailServer: outbox.mailServer });
  project = await Project.copy();
  writeStack(logto.sandbox.endpoint);
  await project.pulumi("stack", "init", "external", "--no-select");
  const { clientSecret } = await logto.sandbox.managementCredential();
  await project.setSecrets("external", { ...secrets, "logto:clientSecret": clientSecret });
});
afterAll(async () => {
  await logto.stop();
  await outbox.stop();
  await sendGrid.close();
  project.remove();
});

function writeStack(endpoint: string, settings = application + rest): void {
  const kept = secretLines();
  project.write(
    "Pulumi.external.yaml",
    `config:\n  logto:endpoint: ${endpoint}\n  logto-stack:runtime: external${settings.replace("SENDGRID", sendGrid.endpoint)}${kept}`,
  );
}

/** The secrets and the salt of the stack file, which stay when the rest is written again. */
function secretLines(): string {
  try {
    const text = project.read("Pulumi.external.yaml");
    const lines = text.match(/^ {2}[\w:-]+:\n {4}secure: .*\n|^encryptionsalt: .*\n/gm) ?? [];
    const salt = lines.filter((line) => line.startsWith("encryptionsalt"));
    return [...lines.filter((line) => !salt.includes(line)), ...salt].join("");
  } catch {
    return "";
  }
}

const up = (...flags: string[]) => project.npm("up", ["external", ...flags]);
const preview = (...flags: string[]) => project.preview("--stack", "external", ...flags);
const view = async () => ({
  applications: (await logto.get("/api/applications")) as unknown as { id: string; name: string }[],
  connectors: (await logto.get("/api/connectors")) as unknown as { id: string }[],
  experience: await logto.get("/api/sign-in-exp"),
});
let before: Awaited<ReturnType<typeof view>>;
const bookstore = async () => {
  const found = (await view()).applications.find(({ name }) => name.startsWith("Bookstore"));
  if (found === undefined) throw new Error("there is no application Bookstore");
  return found as { id: string } & Record<string, unknown>;
};

test("a key that SendGrid does not know fails the up before anything is declared; a preview asks nothing", async () => {
  before = await view();
  await project.setSecrets("external", { "logto-stack:sendgridApiKey": wrongKey });
  expect(await preview()).toContain("create sendgrid-preflight");
  expect(sendGrid.requests).toEqual([]);
  const writes = await logto.writesDuring(async () => {
    const { code, output } = await up();
    expect(code).not.toBe(0);
    expect(output).toContain(
      "SendGrid does not know the API key, " +
        `${sendGrid.endpoint}/v3/scopes answered 401: The provided authorization grant is invalid, expired, or revoked; set one`,
    );
    expect(output).not.toMatch(/\n\s+at /);
  });
  expect(writes).toEqual([]);
  expect(sendGrid.requests).toEqual(["GET /v3/scopes"]);
  await project.setSecrets("external", secrets);
});

test("up declares three resources once SendGrid is asked, and up again changes and writes nothing", async () => {
  const { code, output } = await up();
  expect(output).toContain("+ 4 created");
  expect(code).toBe(0);
  const asked = sendGrid.requests.length;
  expect(asked).toBeGreaterThan(1);
  const writes = await logto.writesDuring(async () => {
    expect((await up()).output).toContain("5 unchanged");
    expect(await preview("--refresh")).toEqual([]);
  });
  expect(writes).toEqual([]);
  expect(sendGrid.requests).toHaveLength(asked);
});

test("the program says where the application is sent back to, and of no outbox", async () => {
  const { stdout } = await project.pulumi("stack", "output", "--json", "--stack", "external");
  const { redirectUri, ...others } = JSON.parse(stdout) as Record<string, unknown>;
  expect(redirectUri).toBe("http://localhost:3000/callback");
  expect(Object.keys(others).sort()).toEqual(["appId", "appSecret", "endpoint"]);
});

/** What an `up` says in the end that somebody else changed. */
const foreignChanges = ({ output }: Run) => {
  const [, diagnostics = ""] = output.split("\nDiagnostics:\n");
  return diagnostics.match(/(?<=warning: .*)Since the last up somebody else.*/g) ?? [];
};

test("changing one field is one PATCH, its neighbours stay, and what somebody else changed there is told", async () => {
  const { id } = await bookstore();
  writeStack(logto.sandbox.endpoint, application.replace("Bookstore", "Bookstore Two") + rest);
  expect(await preview()).toEqual(["update bookstore"]);
  await logto.send("PATCH", `/api/applications/${id}`, {
    customClientMetadata: { idTokenTtl: 60 },
    oidcClientMetadata: { redirectUris: [foreignUri], postLogoutRedirectUris: [] },
  });
  const writes = await logto.writesDuring(async () => {
    const run = await up();
    expect(run.code).toBe(0);
    expect(foreignChanges(run)).toEqual([
      'Since the last up somebody else, or a run that was interrupted, changed the application "Bookstore Two" in oidcClientMetadata.redirectUris[0]; this run writes over that. Such a change shows beforehand with npm run review -- STACK --drift, or npm run up -- STACK --refresh.',
    ]);
  });
  expect(writes).toEqual([`PATCH /api/applications/${id}`]);
  expect(await bookstore()).toMatchObject({
    name: "Bookstore Two",
    customClientMetadata: { idTokenTtl: 60 },
    oidcClientMetadata: { redirectUris: ["http://localhost:3000/callback"] },
  });
});

test("drift is found by a preview with refresh, as just that property, and repaired by up", async () => {
  const { id } = await bookstore();
  await logto.send("PATCH", `/api/applications/${id}`, { name: "Bookstore by hand" });
  await logto.send("PATCH", "/api/sign-in-exp", { signInMode: "SignIn" });
  expect((await preview("--refresh")).sort()).toEqual([
    "update bookstore",
    "update sign-in-experience",
  ]);
  const { output } = await project.pulumi("preview", "--refresh", "--diff", "--stack", "external");
  const lines = output.match(/^\s+[~+-] \w+\s*:.*$/gm) ?? [];
  const changed = lines.map((line) => line.trim().replace(/\s+/g, " ").replace(" :", ":"));
  // The engine shows what it read, and then what it would write.
  expect([...new Set(changed)].sort()).toEqual(
    [
      '~ name: "Bookstore Two" => "Bookstore by hand"',
      '~ name: "Bookstore by hand" => "Bookstore Two"',
      '~ signInMode: "SignIn" => "SignInAndRegister"',
      '~ signInMode: "SignInAndRegister" => "SignIn"',
    ].sort(),
  );
  const repaired = await up("--refresh");
  expect([repaired.code, ...foreignChanges(repaired)]).toEqual([0]);
  expect(await bookstore()).toMatchObject({ name: "Bookstore Two" });
  expect((await view()).experience).toMatchObject({ signInMode: "SignInAndRegister" });
});

test("what somebody deleted is found by a preview with refresh and made again by up", async () => {
  const { id } = await bookstore();
  await logto.send("DELETE", `/api/applications/${id}`);
  await logto.send("DELETE", "/api/connectors/bookstore-email");
  expect((await preview("--refresh")).sort()).toEqual([
    "create bookstore",
    "create bookstore-email",
  ]);
  expect((await up("--refresh")).code).toBe(0);
  expect((await view()).connectors).toMatchObject([{ id: "bookstore-email" }]);
  expect((await bookstore()).id).not.toBe(id);
});

test("plain pulumi works as well, for those who have it", async () => {
  const plain = (...args: string[]) =>
    project.run("pulumi", [...args, "--stack", "external", "--non-interactive"], "", {
      PULUMI_BACKEND_URL: backendIn(project.path(".logto-stack/backend")),
      PULUMI_CONFIG_PASSPHRASE_FILE: project.path(".logto-stack/passphrase-external"),
    });
  expect((await plain("preview")).output).toContain("5 unchanged");
  expect((await plain("up", "--yes")).output).toContain("5 unchanged");
  expect((await plain("refresh", "--yes")).output).toContain("5 unchanged");
});

test("a policy pack runs over the stack", async () => {
  const { code, output } = await project.pulumi(
    "preview",
    "--stack",
    "external",
    "--policy-pack",
    "policies",
    "--policy-pack-config",
    "policies/configuration/local.json",
  );
  expect(output).toContain("✅ logto-stack@");
  expect(code).toBe(0);
});

describe("what is wrong is said in one clear error, and the next up completes", () => {
  test("with settings that are wrong in several places, before any request is sent", async () => {
    writeStack(
      logto.sandbox.endpoint,
      application.replace("http://localhost:3000/callback", "nope") +
        rest.replace("#7A3E1D", "brown").replace("no-reply@bookstore.example", "nobody") +
        "  logto-stack:colour: red\n",
    );
    const requests = logto.sandbox.log().length;
    const { code, output } = await up();
    expect(code).not.toBe(0);
    for (const key of [
      "Pulumi.external.yaml: logto-stack:application.redirectUris[0]: expected a URL",
      "Pulumi.external.yaml: logto-stack:signInExperience.primaryColor: expected a colour",
      "Pulumi.external.yaml: logto-stack:email.fromEmail: expected an e-mail address",
      "Pulumi.external.yaml: logto-stack:colour: unknown key",
    ]) {
      expect(output).toContain(key);
    }
    expect(output).not.toMatch(/\n\s+at /);
    expect(logto.sandbox.log()).toHaveLength(requests);
  });

  test("with inputs that only a resource can refuse, before any request is sent", async () => {
    const source = "stacks/identity.ts";
    const original = project.read(source);
    writeStack(logto.sandbox.endpoint);
    project.edit(source, "verify: isProven }", "verify: false }");
    project.edit(
      source,
      "signInMode: mode,",
      "signInMode: mode, sentinelPolicy: { maxAttempts: 0 },",
    );
    const requests = logto.sandbox.log().length;
    const { code, output } = await up();
    project.write(source, original);
    expect(code).not.toBe(0);
    expect(output).toContain("signUp.verify: expected true");
    expect(output).toContain("sentinelPolicy.maxAttempts: expected a whole number, at least 1");
    expect(output).not.toMatch(/\n\s+at /);
    expect(logto.sandbox.log()).toHaveLength(requests);
  });

  const wrong = "canaryWrongSecret4711";
  test.each<[string, Record<string, string>, string]>([
    [
      "a secret that is another's",
      { "logto:clientSecret": wrong },
      'gave no token to the client "infrastructure", POST ENDPOINT/oidc/token answered 401 oidc.invalid_client',
    ],
    [
      "a resource that this Logto does not know",
      { "logto:resource": "https://other.logto.app/api" },
      "check logto:resource (https://other.logto.app/api): it must be the indicator of this Logto's Management API",
    ],
  ])("with %s, before anything is declared, and never in a preview", async (_, values, message) => {
    const { clientSecret } = await logto.sandbox.managementCredential();
    writeStack(logto.sandbox.endpoint);
    const { "logto:clientSecret": secret, ...plain } = values;
    if (secret !== undefined)
      await project.setSecrets("external", { "logto:clientSecret": secret });
    const lines = Object.entries(plain).map(([key, value]) => `  ${key}: ${value}\n`);
    const changed = application.replace("Bookstore", "Bookstore Three") + rest;
    writeStack(logto.sandbox.endpoint, changed + lines.join(""));
    const requests = logto.sandbox.log().length;
    expect(await preview()).toEqual(["update bookstore"]);
    expect(logto.sandbox.log()).toHaveLength(requests);
    const writes = await logto.writesDuring(async () => {
      const { code, output } = await up();
      expect(code).not.toBe(0);
      expect(output).toContain("Could not use the Logto of this stack: ");
      expect(output).toContain(message.replace("ENDPOINT", logto.sandbox.endpoint));
      expect(output).not.toMatch(/\n\s+at /);
    });
    expect(writes).toEqual([]);
    await project.setSecrets("external", { "logto:clientSecret": clientSecret });
  });

  test("with a server that is not there, also in a destroy, which says how to go on", async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    writeStack(endpoint, application.replace("Bookstore", "Bookstore Three") + rest);
    const { code, output } = await up();
    expect(code).not.toBe(0);
    expect(output).toContain(
      `Could not use the Logto of this stack: Logto at ${endpoint} does not answer (ECONNREFUSED); is it running, and is logto:endpoint right?`,
    );
    expect(output).not.toMatch(/\n\s+at /);
    const destroy = await project.pulumi("destroy", "--yes", "--stack", "external");
    expect(destroy.code).not.toBe(0);
    expect(destroy.output).toContain(
      "If it is gone for good, npm run pulumi -- stack rm external --force forgets what was declared on it.",
    );
    expect(destroy.output).not.toMatch(/\n\s+at /);
  });

  test.each<[string, number, unknown, string]>([
    [
      "fails",
      500,
      { message: "Internal server error." },
      "/api/status answered 500, and a Logto that works answers 204; check logto:endpoint",
    ],
    [
      "answers garbage",
      200,
      "<html>welcome</html>",
      "/api/status answered 200, and a Logto that works answers 204; check logto:endpoint",
    ],
  ])("with a server that %s", async (_, status, body, message) => {
    const server = await startScriptedServer(
      Array.from({ length: 50 }, () => ({ method: "GET", path: "*", status, body })),
    );
    writeStack(server.endpoint, application.replace("Bookstore", "Bookstore Three") + rest);
    const { code, output } = await up();
    await server.close().catch(() => undefined);
    expect(code).not.toBe(0);
    expect(output).toContain(message);
    expect(output).not.toMatch(/\n\s+at /);
  });

  test("and the next up with the right server completes, while a second one is refused", async () => {
    writeStack(logto.sandbox.endpoint, application.replace("Bookstore", "Bookstore Three") + rest);
    const first = project.begin("npm", ["run", "--silent", "up", "--", "external"]);
    await first.hasPrinted(/Previewing update \(external\)/);
    const engine = enginePid();
    process.kill(engine, "SIGSTOP");
    const second = await up().finally(() => process.kill(engine, "SIGCONT"));
    expect(second.code).not.toBe(0);
    expect(second.output.trim().split("\n").at(-1)).toMatch(
      new RegExp(
        `^The stack external is being changed by process ${engine} of \\S+ on \\S+, since \\S+: run this again when that has ended\\. If it will never end, npm run pulumi -- cancel --yes --stack external takes its lock away\\.$`,
      ),
    );
    expect((await first.ended).code).toBe(0);
    expect(await bookstore()).toMatchObject({ name: "Bookstore Three" });
  });

  /** As the engine itself notes it next to the stack. */
  function enginePid(): number {
    const [lock = ""] = project.files(".logto-stack/backend/.pulumi/locks", /\.json$/);
    return (JSON.parse(project.read(lock)) as { pid: number }).pid;
  }
});

test("a config that SendGrid refuses is not in force until a test mail with it goes, and a foreign key in its place is told", async () => {
  const settings = application.replace("Bookstore", "Bookstore Three") + rest;
  const change = `fromName: Books\n    testRecipient: ${testRecipient}`;
  writeStack(logto.sandbox.endpoint, settings.replace("fromName: Bookstore", change));
  const { config } = await logto.get("/api/connectors/bookstore-email");
  await logto.send("PATCH", "/api/connectors/bookstore-email", {
    config: { ...(config as object), apiKey: foreignKey },
  });
  const foreign =
    'changed the connector "bookstore-email" (sendgrid-email-service) in config.apiKey; this run';
  const held = (await view()).connectors;
  await outbox.fail({ status: 403, message: "access forbidden" });
  const writes = await logto.writesDuring(async () => {
    const run = await up();
    const { code, output } = run;
    expect(code).not.toBe(0);
    expect(foreignChanges(run)).toEqual([expect.stringContaining(foreign)]);
    expect(output).toContain(
      `to ${testRecipient} did not go, so nothing was changed: SendGrid says "access forbidden", that is, the API key may not send mail`,
    );
    expect(output).not.toMatch(/\n\s+at /);
  });
  expect(writes).toEqual(["POST /api/connectors/sendgrid-email-service/test"]);
  expect((await view()).connectors).toEqual(held);

  await outbox.recover();
  const recovered = await up();
  expect(recovered.code).toBe(0);
  expect(foreignChanges(recovered)).toEqual([expect.stringContaining(foreign)]);
  expect((await view()).connectors).toMatchObject([{ config: { fromName: "Books" } }]);
  expect(await outbox.mailsTo(testRecipient)).toMatchObject([
    { from: { name: "Books" }, code: "000000" },
  ]);
  const again = await up();
  expect(again.output).toContain("5 unchanged");
  expect(foreignChanges(again)).toEqual([]);
  expect(await outbox.mailsTo(testRecipient)).toHaveLength(1);
});

test("a connector under another id takes the place of its own old one, which is not put back later", async () => {
  const connectors = async () =>
    ((await logto.get("/api/connectors")) as unknown as { id: string }[]).map(({ id }) => id);
  expect(await connectors()).toEqual(["bookstore-email"]);
  const asItWas = 'new SendGridConnector("bookstore-email", email,';
  const renamed = asItWas.replace("email,", '{ ...email, connectorId: "renamed" },');
  project.edit("stacks/identity.ts", asItWas, renamed);
  const { code, output } = await up();
  project.edit("stacks/identity.ts", renamed, asItWas);
  expect(output).not.toContain("takes the place of");
  expect(output).toContain("+-1 replaced");
  expect(code).toBe(0);
  expect(await connectors()).toEqual(["renamed"]);
});

test("destroy leaves application, connector and sign-in experience as they were before", async () => {
  const { code, output } = await project.pulumi("destroy", "--yes", "--stack", "external");
  expect(output).toContain("- 5 deleted");
  expect(code).toBe(0);
  expect(await view()).toEqual(before);
});

/**
 * Leaves the stack as an older version did: its state as it was exported, without the places of its programs'
 * source, the secrets of its file, and the rows that it had made on a server.
 *
 * `first-up` is of commit 994b096, `before-workflows` of d8ce815, and `before-registry` of bf98e3a, the last whose
 * resources name the file of their provider; their passphrase is that of this test.
 */
async function putBack(version: string): Promise<void> {
  const folder = `test/engine/states/${version}`;
  const rows = JSON.parse(project.read(`${folder}/rows.json`)) as Record<string, object[]>;
  await logto.sandbox.query("delete from sign_in_experiences where tenant_id = 'default'");
  for (const [table, all] of Object.entries(rows)) {
    for (const row of all) {
      await logto.sandbox.query(
        `insert into ${table} select * from jsonb_populate_record(null::${table}, $1::jsonb)`,
        [JSON.stringify(row)],
      );
    }
  }
  project.write(".logto-stack/passphrase-external", "passphrase of the fixtures");
  project.write("Pulumi.external.yaml", project.read(`${folder}/Pulumi.external.yaml`));
  writeStack(logto.sandbox.endpoint);
  const { clientSecret } = await logto.sandbox.managementCredential();
  await project.setSecrets("external", { "logto:clientSecret": clientSecret });
  // The preflight's input is the address of SendGrid, which is another one in each run of this test.
  const state = project.read(`${folder}/state.json`);
  project.write(
    "state.json",
    state.replace(/("endpoint": )"http:\/\/127\.0\.0\.1:\d+"/g, `$1"${sendGrid.endpoint}"`),
  );
  const from = ["stack", "import", "--stack", "external", "--file", project.path("state.json")];
  const { code, output } = await project.pulumi(...from);
  if (code !== 0) throw new Error(output);
}

test("a state whose resources name the files of their providers shows no change, is refreshed, and destroyed", async () => {
  await putBack("before-registry");
  const held = await view();
  expect(held).not.toEqual(before);
  expect(await preview()).toEqual([]);
  const refreshed = await project.pulumi("refresh", "--yes", "--stack", "external");
  expect(refreshed.output).toContain("5 unchanged");
  expect(refreshed.code).toBe(0);
  expect(await preview("--refresh")).toEqual([]);
  expect(await view()).toEqual(held);
  const destroy = await project.pulumi("destroy", "--yes", "--stack", "external");
  expect(destroy.output).toContain("- 5 deleted");
  expect(destroy.code).toBe(0);
  expect(await view()).toEqual(before);
});

describe.each(["first-up", "before-workflows"])("the state of an older version, %s,", (version) => {
  test("is taken on: up doubles nothing, a second one changes nothing, and destroy puts things back", async () => {
    await putBack(version);
    const held = await view();
    expect(held).not.toEqual(before);
    const { code, output } = await up();
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(0);
    const { connectors, ...rest } = await view();
    expect(rest).toEqual({ applications: held.applications, experience: held.experience });
    expect(connectors.map(({ id }) => id)).toEqual(["bookstore-email"]);
    const writes = await logto.writesDuring(async () => {
      expect((await up()).output).toContain("5 unchanged");
    });
    expect(writes).toEqual([]);
    const destroy = await project.pulumi("destroy", "--yes", "--stack", "external");
    expect(destroy.code).toBe(0);
    expect(await view()).toEqual(before);
  });
});

test("a resource that only a newer version knows is refused in one line, and stays in the state", async () => {
  interface State {
    deployment: { resources: Record<string, unknown>[] };
  }
  const held = async () => {
    const { stdout } = await project.pulumi("stack", "export", "--stack", "external");
    return JSON.parse(stdout) as State;
  };
  const state = await held();
  const type = "pulumi-nodejs:dynamic/logto:OfANewerVersion";
  const urn = `urn:pulumi:external::logto-stack::${type}::bookstore`;
  const provider = "urn:pulumi:external::logto-stack::pulumi:providers:pulumi-nodejs::default";
  const id = randomUUID();
  const properties = { __provider: providerText("logto:OfANewerVersion"), name: "Bookstore" };
  state.deployment.resources = [
    { urn: provider, custom: true, id, type: "pulumi:providers:pulumi-nodejs" },
    {
      urn,
      custom: true,
      id: "1",
      type,
      inputs: properties,
      outputs: properties,
      provider: `${provider}::${id}`,
    },
  ];
  project.write("newer.json", JSON.stringify(state));
  const file = project.path("newer.json");
  const imported = await project.pulumi("stack", "import", "--stack", "external", "--file", file);
  expect(imported.output).not.toContain("error");
  const { code, output } = await project.pulumi("destroy", "--yes", "--stack", "external");
  expect(output).toContain(
    "The state holds a resource of logto:OfANewerVersion, which this version of logto-stack does not know, so a newer one declared it: run the command again with that version.",
  );
  expect(output).not.toMatch(/\n\s+at /);
  expect(code).not.toBe(0);
  expect((await held()).deployment.resources.map((resource) => resource["urn"])).toContain(urn);
});

test("no secret was printed", () => {
  for (const canary of [
    ...Object.values(secrets),
    ...[wrongKey, foreignKey, foreignUri, "canaryWrongSecret4711"],
  ]) {
    expect(project.printed).not.toContain(canary);
  }
});

import { Project } from "../support/project";
import { askForToken, send } from "../support/sandbox";

/**
 * Logto's role in Postgres, of a version in which Postgres lets the role that makes another be a member of it (16
 * and later), on the real engine: first as it was when the plugin had it, then as this project has it. The tests
 * go on from one another.
 */
jest.setTimeout(900_000);

const clientSecret = "canaryClientSecret4711role";
const file = "infra/server/database/role-and-database.ts";
const passwords = ["logto-database-password", "postgres-superuser-password"];

let project: Project;
let endpoint: string;
let ours: string;
let appId: string;

/** As it was before there was a DatabaseRole. */
const formerRole = `new postgresql.Role(
    "logto",
    { name: "logto", login: true, createRole: true, password },
    { ...inPostgres, provider: superuser },
  );`;

const urnOf = (password: string) =>
  `urn:pulumi:local::logto-stack::random:index/randomPassword:RandomPassword::${password}`;
const rotating = (names: string[]) => names.flatMap((name) => ["--replace", urnOf(name)]);
const resources = (output: string) =>
  [...output.matchAll(/Resources:\n([\s\S]*?)\n\n/g)].at(-1)?.[1]?.trim() ?? output;

async function up(...flags: string[]): Promise<string> {
  const { code, output } = await project.npm("up", ["local", ...flags]);
  if (code !== 0) throw new Error(output);
  return resources(output);
}

/** With a connection of Logto's own to the database. */
async function nameOfApplication(): Promise<unknown> {
  const { body: token } = await askForToken(endpoint, { clientId: "infrastructure", clientSecret });
  const { access_token: bearer } = token as { access_token: string };
  const answer = await send(`${endpoint}/api/applications/${appId}`, "GET", undefined, {
    authorization: `Bearer ${bearer}`,
  });
  return (answer.body as { name?: string }).name;
}

const typesInState = async () => {
  const { stdout } = await project.pulumi("stack", "export", "--stack", "local");
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string }[] } };
  return deployment.resources.map(({ type }) => type);
};

beforeAll(async () => {
  project = await Project.copy();
  endpoint = await project.useFreePorts();
  await project.pulumi("stack", "init", "local", "--no-select");
  await project.setSecrets("local", { "logto:clientSecret": clientSecret });
  ours = project.read(file);
  project.write(file, ours.replace(/new DatabaseRole\([\s\S]*?\n {2}\);/, formerRole));
});
afterAll(async () => {
  await project.pulumi("destroy", "--yes", "--stack", "local");
  project.remove();
});

test("as the plugin's, neither a refresh nor a rotation of its password can be brought to an end", async () => {
  expect(await up()).toBe("+ 14 created");
  appId = await project.output("appId");
  for (const flags of [["--refresh"], rotating(["logto-database-password"]), []]) {
    const { code, output } = await project.npm("up", ["local", ...flags]);
    expect([code === 0, output]).toEqual([
      false,
      expect.stringContaining("could not revoke role logto_tenant_logto from logto") as string,
    ]);
  }
});

test("an engine that is not told about it makes ours, cannot delete the plugin's, and leaves role and data", async () => {
  project.write(file, ours);
  const command = 'if (["up", "update"]';
  project.edit("tools/commands/pulumi.ts", command, 'if (["no such command"]');
  const { code, output } = await project.pulumi("up", "--yes", "--stack", "local");
  project.edit("tools/commands/pulumi.ts", 'if (["no such command"]', command);
  expect(code).not.toBe(0);
  expect(output).toContain('role "logto" cannot be dropped because some objects depend on it');
  expect(await nameOfApplication()).toBe("Bookstore");
});

test("npm run up frees it: the role is ours, the plugin's is forgotten, and the data is there", async () => {
  const { code, output } = await project.npm("up", ["local"]);
  expect([code, output]).toEqual([
    0,
    expect.stringContaining("Logto's role in Postgres stays") as string,
  ]);
  const types = await typesInState();
  expect(types).toContain("pulumi-nodejs:dynamic/logto-server:DatabaseRole");
  expect(types).not.toContain("postgresql:index/role:Role");
  expect(await nameOfApplication()).toBe("Bookstore");
  expect(await up("--refresh")).toBe("14 unchanged");
});

test("its password and the superuser's are rotated at once, and nothing is left to be done", async () => {
  const before = await project.generatedPasswords("local");
  await up(...rotating(passwords));
  const after = await project.generatedPasswords("local");
  expect(after).toHaveLength(2);
  for (const password of before) expect(after).not.toContain(password);
  expect(await nameOfApplication()).toBe("Bookstore");
  expect(await up("--refresh")).toBe("14 unchanged");
});

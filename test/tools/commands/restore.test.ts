import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { dockerStack, tableOf } from "../../../tools/stack/docker-stack";
import { parse } from "../../../tools/commands/restore";
import { engineSaying, failureOf } from "../../support/tools";

const project = mkdtempSync(path.join(os.tmpdir(), "logto-stack-restore-"));
writeFileSync(path.join(project, "Pulumi.dev.yaml"), "config:\n  logto-stack:runtime: docker\n");
writeFileSync(
  path.join(project, "Pulumi.local.yaml"),
  "config:\n  logto-stack:runtime: embedded\n",
);
afterAll(() => rmSync(project, { recursive: true }));

const resource = (type: string, name: string, others: object = {}) => ({
  urn: `urn:pulumi:dev::logto-stack::pulumi-nodejs:dynamic/logto-server:${type}::${name}`,
  inputs: {
    container: `id of ${name}`,
    name: `logto-dev-${name}`,
    secrets: { databasePassword: { plaintext: '"canary4711"' } },
    limit: 120,
    ...others,
  },
});
const resources = [
  resource("ReadyContainer", "postgres"),
  resource("ReadyContainer", "logto", { url: "http://localhost:3001/api/status" }),
  resource("FinishedContainer", "logto-seed", { host: "ssh://user@host", trigger: "now" }),
  resource("FinishedContainer", "logto-backup"),
];
const stateOf = (some: object[]) => JSON.stringify({ deployment: { resources: some } });

test("the containers are those of the stack's state, with what they are reached by", async () => {
  const found = await dockerStack(engineSaying(stateOf(resources)), project, "dev");
  expect(found.logto).toEqual({
    container: "id of logto",
    name: "logto-dev-logto",
    secrets: { databasePassword: "canary4711" },
    url: "http://localhost:3001/api/status",
    limit: 120,
  });
  expect(found.seed).toMatchObject({ host: "ssh://user@host", name: "logto-dev-logto-seed" });
});

test("a stack that was never up, is destroyed, or stood up before there were backups, is not up", async () => {
  const states: [string, string?][] = [
    ["", "no stack named 'dev' found"],
    [JSON.stringify({ deployment: {} })],
    [stateOf(resources.slice(0, 3))],
  ];
  for (const [stdout, failure] of states) {
    expect(await failureOf(dockerStack(engineSaying(stdout, failure), project, "dev"))).toMatch(
      /^The stack dev is not up \(it has no [a-z-]+\): run npm run up -- dev first\.$/,
    );
  }
});

test("a state that cannot be read is an error that shows nothing of it", async () => {
  const engine = engineSaying("", "incorrect passphrase canary4711");
  expect(await failureOf(dockerStack(engine, project, "dev"))).toBe(
    "The state of the stack dev cannot be read: npm run pulumi -- stack export --stack dev says why.",
  );
});

test("a stack of another runtime has no backups", async () => {
  expect(await failureOf(dockerStack(engineSaying("{}"), project, "local"))).toBe(
    "The runtime of the stack local is embedded, and backups are made only if it is docker: see to the database yourself.",
  );
});

test("npm run restore takes a stack and a backup, and its two flags", () => {
  const asked = { named: "dev", backup: undefined, isConfirmed: false, present: "keep" };
  expect(parse(["dev"])).toEqual(asked);
  expect(parse([])).toEqual({ ...asked, named: undefined });
  expect(parse(["--stack", "dev"])).toEqual(asked);
  expect(parse(["dev", "a.dump", "--yes", "--discard"])).toEqual({
    named: "dev",
    backup: "a.dump",
    isConfirmed: true,
    present: "discard",
  });
  for (const [args, problem] of [
    [["dev", "a.dump", "b.dump"], "unexpected b.dump"],
    [["dev", "--force"], "Unknown option '--force'"],
  ] as const) {
    expect(() => parse([...args])).toThrow(
      `npm run restore: invalid arguments (${problem}). Usage: npm run restore -- [STACK [BACKUP]] [--yes] [--discard]`,
    );
  }
});

test("backups are told a line each, with their size", () => {
  expect(tableOf([{ name: "20261125T073000Z-1786431364.dump", bytes: 1_234_567 }])).toBe(
    "  20261125T073000Z-1786431364.dump       1.2 MB",
  );
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { releaseAbandonedLock } from "../../tools/lock";
import { removeTornNotes, requireWholeState } from "../../tools/state-file";
import { engineSaying, failureOf } from "../support/tools";

let directory: string;
let backend: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-backend-"));
  backend = `file://${directory}`;
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(file: string, content: string): string {
  const at = path.join(directory, ".pulumi", file);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, content);
  return at;
}

const lock = (holder: object, stack = "local", project = "logto-stack") =>
  write(
    `locks/organization/${project}/${stack}/44c96e7f.json`,
    JSON.stringify({
      pid: 2 ** 22 + 1,
      username: "root",
      hostname: os.hostname(),
      timestamp: "2026-11-25T15:50:40Z",
      ...holder,
    }),
  );

describe("the lock of a stack", () => {
  test("is taken away where its process ran here and is there no more", async () => {
    lock({});
    const engine = engineSaying("");
    const said: string[] = [];
    await releaseAbandonedLock(engine, { backend }, "local", (line) => said.push(line));
    expect(engine.pulumi.mock.calls).toEqual([
      [["cancel", "--yes", "--stack", "local", "--non-interactive"]],
    ]);
    expect(said).toEqual([
      expect.stringMatching(
        /^A run on local was killed \(process \d+, begun 2026-11-25T15:50:40Z\)/,
      ),
    ]);
  });

  test("is taken away where another program has got the number of its process by now", async () => {
    lock({ pid: process.pid });
    const engine = engineSaying("");
    await releaseAbandonedLock(engine, { backend }, "local", () => undefined);
    expect(engine.pulumi).toHaveBeenCalledTimes(1);
  });

  test("is left alone where its process ran elsewhere, which may be at work", async () => {
    lock({ hostname: "elsewhere" });
    const engine = engineSaying("");
    const releasing = releaseAbandonedLock(engine, { backend }, "local", () => undefined);
    expect(await failureOf(releasing)).toBe(
      "The stack local is being changed by process 4194305 of root on elsewhere, since 2026-11-25T15:50:40Z: run this again when that has ended. If it will never end, npm run pulumi -- cancel --yes --stack local takes its lock away.",
    );
    expect(engine.pulumi).not.toHaveBeenCalled();
  });

  test("of another stack or project, or in another kind of back end, is not looked at", async () => {
    lock({ hostname: "elsewhere" }, "dev");
    lock({ hostname: "elsewhere" }, "local", "other");
    const engine = engineSaying("");
    for (const place of [backend, "s3://bucket", "https://api.pulumi.com"]) {
      await releaseAbandonedLock(engine, { backend: place }, "local", () => undefined);
    }
    expect(engine.pulumi).not.toHaveBeenCalled();
  });
});

describe("a state", () => {
  const whole = JSON.stringify({
    version: 3,
    checkpoint: { stack: "organization/logto-stack/local", latest: null },
  });

  test("that is whole, or that of another stack, is no reason to stop", () => {
    write("stacks/logto-stack/local.json", whole);
    write("stacks/logto-stack/dev.json", "");
    // As `stack init` leaves it.
    write(
      "stacks/logto-stack/new.json",
      '{"version": 3, "checkpoint": {"Stack": "new", "Latest": {}}}',
    );
    expect(() => requireWholeState({ backend }, "new")).not.toThrow();
    expect(() => requireWholeState({ backend }, "local")).not.toThrow();
  });

  test.each([
    ["cut short", whole.slice(0, 40)],
    ["empty", ""],
    ["one without its resources", '{"version": 3}'],
    ["one that says nothing, which the engine takes for a new stack's", "{}"],
  ])("that is %s is refused, with the command that puts back its copy", (_, content) => {
    const file = write("stacks/logto-stack/local.json", content);
    write("stacks/logto-stack/local.json.bak", whole);
    expect(() => requireWholeState({ backend }, "local")).toThrow(
      `The state of local is cut short (${file}). Put back that of before its last change, and have it compared with what is there: cp ${file}.bak ${file} && npm run up -- local --refresh`,
    );
  });

  test("is read again where the engine's note beside it, or beside a lock, was cut short by a kill", () => {
    const state = write("stacks/logto-stack/local.json", whole);
    const held = write("locks/organization/logto-stack/local/1.json", "{}");
    const torn = [`${state}.attrs`, `${held}.attrs`];
    for (const note of torn) writeFileSync(note, '{"user.cache_');
    const note = `${write("stacks/logto-stack/dev.json", whole)}.attrs`;
    writeFileSync(note, "{}");
    removeTornNotes({ backend });
    expect([...torn, note].map((file) => existsSync(file))).toEqual([false, false, true]);
    expect(() => removeTornNotes({ backend: "s3://bucket" })).not.toThrow();
  });

  test("that is cut short without a copy is refused, and says where backups are", () => {
    write("stacks/logto-stack/local.json", "{");
    expect(() => requireWholeState({ backend }, "local")).toThrow(
      /no copy beside it: put back one of your own, or of .*\/\.pulumi\/backups\.$/,
    );
  });
});

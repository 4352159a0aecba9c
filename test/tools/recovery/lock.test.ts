import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { backendIn } from "../../../tools/stack/backend";
import { alone, releaseAbandonedLock } from "../../../tools/recovery/lock";
import { removeTornNotes, requireWholeState } from "../../../tools/stack/state-file";
import { userError } from "../../../infra/user-error";

let directory: string;
let backend: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-backend-"));
  backend = backendIn(directory);
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

/** What is said while the locks of a stack are looked at. */
function release(stack = "local", place = backend): string[] {
  const said: string[] = [];
  releaseAbandonedLock({ backend: place }, stack, (line) => said.push(line));
  return said;
}

describe("the lock of a stack", () => {
  test("is taken away if its process ran here and is there no more", () => {
    const held = lock({});
    writeFileSync(`${held}.attrs`, "{}");
    expect(release()).toEqual([
      expect.stringMatching(
        /^A run on local was killed \(process \d+, begun 2026-11-25T15:50:40Z\)/,
      ),
    ]);
    expect([held, `${held}.attrs`].filter((file) => existsSync(file))).toEqual([]);
    expect(release()).toEqual([]);
  });

  test("is taken away if another program has got the number of its process by now", () => {
    const held = lock({ pid: process.pid });
    expect(release()).toHaveLength(1);
    expect(existsSync(held)).toBe(false);
  });

  test("is left alone if it cannot be told which program has the number of its process", () => {
    const held = lock({ pid: process.pid });
    const script = `
      const { releaseAbandonedLock } = require("./infra/load.cjs")("tools/recovery/lock");
      releaseAbandonedLock({ backend: "${backend}" }, "local", console.log);`;
    // A plain Node, as Jest's own has no PATH that could be taken away.
    const { status, stderr } = spawnSync(process.execPath, ["-e", script], {
      env: { PATH: directory },
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`is being changed by process ${process.pid} of root on`);
    expect(existsSync(held)).toBe(true);
  });

  test("is left alone where its process ran elsewhere, which may be at work", () => {
    const held = lock({ hostname: "elsewhere" });
    expect(() => release()).toThrow(
      userError(
        "The stack local is being changed by process 4194305 of root on elsewhere, since 2026-11-25T15:50:40Z: run this again when that has ended. If it will never end, npm run pulumi -- cancel --yes --stack local takes its lock away.",
      ),
    );
    expect(existsSync(held)).toBe(true);
  });

  test("of another stack or project, or in another kind of back end, is not looked at", () => {
    const others = [lock({}, "dev"), lock({}, "local", "other")];
    for (const place of [backend, "s3://bucket", "https://api.pulumi.com"]) {
      expect(release("local", place)).toEqual([]);
    }
    expect(others.every((file) => existsSync(file))).toBe(true);
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

  test("is read again if the engine's note next to it, or next to a lock, was cut short by a kill", () => {
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
      /no copy next to it: put back one of your own, or of .*\/\.pulumi\/backups\.$/,
    );
  });
});

describe("two commands of one clone that change a stack", () => {
  const at = (stack: string) => ({ project: directory, stack, place: { backend } });

  test("do not run at once: the second is told in one line which process is at work", async () => {
    const ended = await alone(at("local"), async () => {
      const second = alone(at("local"), () => Promise.resolve("never"));
      await expect(second).rejects.toThrow(
        new RegExp(
          `^The stack local is being changed by process ${process.pid} of this clone, since 20.*Z: run this again when that has ended\\.$`,
        ),
      );
      return alone(at("dev"), () => Promise.resolve("another stack"));
    });
    expect(ended).toBe("another stack");
  });

  test("run one after the other, also if the first failed or was killed", async () => {
    const failing = alone(at("local"), () => Promise.reject(new Error("failed")));
    await expect(failing).rejects.toThrow("failed");
    // Above the largest process id of Linux and macOS.
    writeFileSync(path.join(directory, ".logto-stack/local.run"), "99999999");
    expect(await alone(at("local"), () => Promise.resolve("runs"))).toBe("runs");
  });
});

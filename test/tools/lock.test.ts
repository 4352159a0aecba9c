import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { requireUnlocked } from "../../tools/lock";
import { temporaryFolder } from "../support/programs";
import { engineSaying, failureOf } from "../support/tools";

/** A back end in which the stack `dev` has locks of those commands. */
function backendWith(...holders: { pid: number; hostname?: string }[]): string {
  const backend = temporaryFolder();
  const locks = path.join(backend, ".pulumi/locks/organization/logto-stack/dev");
  mkdirSync(locks, { recursive: true });
  for (const [index, holder] of holders.entries()) {
    const lock = {
      username: "ada",
      hostname: os.hostname(),
      timestamp: "2026-11-25T16:00:55.667809658Z",
      ...holder,
    };
    writeFileSync(path.join(locks, `${index}.json`), JSON.stringify(lock));
  }
  return `file://${backend}`;
}

async function pidOfOneThatHasEnded(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid as number;
}

test("a stack that nothing locks is gone on with, and so is one whose back end is no folder", async () => {
  const tools = engineSaying("");
  await requireUnlocked(tools, backendWith(), "dev");
  await requireUnlocked(tools, backendWith({ pid: process.pid }), "acme/logto-stack/staging");
  await requireUnlocked(tools, "s3://bookstore-state", "dev");
  expect(tools.pulumi).not.toHaveBeenCalled();
});

test("one that a command is changing is refused, with whose command it is and how it is freed", async () => {
  const tools = engineSaying("");
  const backend = backendWith({ pid: process.pid });
  expect(await failureOf(requireUnlocked(tools, backend, "dev"))).toBe(
    `Another command is changing the stack dev (process ${process.pid} of ada on ${os.hostname()}, since 2026-11-25T16:00:55.667809658Z): wait until it has ended, and run this again. If it was broken off, npm run pulumi -- cancel --yes --stack dev frees the stack.`,
  );
  expect(tools.pulumi).not.toHaveBeenCalled();
});

test("the lock of a command that was killed on this machine is removed; of another machine's it cannot be told", async () => {
  const pid = await pidOfOneThatHasEnded();
  const tools = engineSaying("");
  await requireUnlocked(tools, backendWith({ pid }), "dev");
  expect(tools.pulumi.mock.calls).toEqual([[["cancel", "--yes", "--stack", "dev"]]]);
  const elsewhere = backendWith({ pid }, { pid, hostname: "another-machine" });
  expect(await failureOf(requireUnlocked(tools, elsewhere, "dev"))).toContain(
    "of ada on another-machine",
  );
  expect(tools.pulumi).toHaveBeenCalledTimes(1);
});

test("a lock that cannot be removed is an error in the engine's words", async () => {
  const backend = backendWith({ pid: await pidOfOneThatHasEnded() });
  const failing = engineSaying("", "the back end is read-only");
  expect(await failureOf(requireUnlocked(failing, backend, "dev"))).toBe(
    "The stack dev is locked by a command that was killed: the back end is read-only",
  );
});

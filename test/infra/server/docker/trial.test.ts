import { spawn } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../../support/programs";
import { registeredBy, shippedProgram, shippedSettings } from "../../../support/registered";

/**
 * What the containers logto-seed and logto-trial run, by a shell of this machine, with programs that do as a
 * test says.
 */
const scripts = { seed: "", trial: "" };
beforeAll(async () => {
  const registered = await registeredBy("dev", shippedProgram(shippedSettings("dev")));
  for (const part of ["seed", "trial"] as const) {
    const container = registered.find(
      ({ type, name }) => type === "docker:index/container:Container" && name === `logto-${part}`,
    );
    const { entrypoints } = container?.inputs as { entrypoints: string[] };
    const [shell, flag, text] = entrypoints;
    expect([shell, flag]).toEqual(["sh", "-c"]);
    scripts[part] = text?.replace(". /run/secrets/env", ":") ?? "";
  }
});

/** @param programs what the `npm start` and the `node` of the image do */
async function run(part: keyof typeof scripts, programs: { start: string; node: string }) {
  const folder = temporaryFolder();
  const note = `echo "$(basename "$0") $*" >> ${folder}/calls`;
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(folder, name), 0o755);
  };
  write("npm", `${note}\n[ "$1" != start ] || ${programs.start}`);
  write("node", `echo asked >> ${folder}/asked\n${programs.node}`);
  // A test does not wait.
  write("sleep", "exit 0");
  const child = spawn("sh", ["-c", scripts[part]], {
    detached: true,
    env: { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => (output += piece.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  try {
    // Its Logto, which in a container ends with it.
    process.kill(-(child.pid as number), "SIGKILL");
  } catch {
    // It has ended already.
  }
  const lines = (name: string) => readFileSync(path.join(folder, name), "utf8").trim().split("\n");
  return { code, lastLine: output.trim().split("\n").at(-1), lines };
}

const staysUp = "exec /bin/sleep 60";

test("a database is seeded and altered, and nothing is started on it", async () => {
  const { code, lines } = await run("seed", { start: staysUp, node: "exit 1" });
  expect(code).toBe(0);
  expect(lines("calls")).toEqual([
    "npm run cli db seed -- --swe",
    "npm run alteration deploy latest",
  ]);
});

test("a release is started, and asked until it answers", async () => {
  const { code, lastLine, lines } = await run("trial", {
    start: staysUp,
    // Not before what runs in the background has begun.
    node: 'until [ -e "$FOLDER/calls" ]; do /bin/sleep 0.01; done; [ "$(wc -l < "$FOLDER/asked")" -ge 3 ]',
  });
  expect([code, lastLine]).toEqual([0, "Logto starts."]);
  expect(lines("asked")).toHaveLength(3);
  expect(lines("calls")).toEqual(["npm start"]);
});

test("one that never answers is given up after 120 questions, a second apart", async () => {
  const { code, lastLine, lines } = await run("trial", { start: staysUp, node: "exit 1" });
  expect([code, lastLine]).toEqual([1, "Logto did not answer GET /api/status with 204."]);
  expect(lines("asked")).toHaveLength(120);
});

test("one that ends at its start is given up at once", async () => {
  const { code, lastLine, lines } = await run("trial", {
    start: "exit 0",
    node: "/bin/sleep 0.3; exit 1",
  });
  expect([code, lastLine]).toEqual([1, "Logto ended at its start."]);
  expect(lines("asked").length).toBeLessThan(120);
});

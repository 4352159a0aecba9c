import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findOnPath } from "../../tools/engine/executables";

const chromiumNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const chromiumOfMacOs = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** What a message names where there is none. */
export const chromiumToInstall =
  "Chromium (on Debian and Ubuntu: apt-get install chromium), or name one in CHROMIUM";

/** A Chromium of this machine's: no test downloads one. CHROMIUM names another. */
export function findChromium(): string | undefined {
  if (process.env["CHROMIUM"] !== undefined) return process.env["CHROMIUM"];
  const found = chromiumNames.map((name) => findOnPath(name, process.env)).find(Boolean);
  return found ?? (existsSync(chromiumOfMacOs) ? chromiumOfMacOs : undefined);
}

const needs = {
  chromium: () => (findChromium() === undefined ? chromiumToInstall : undefined),
  python: () =>
    spawnSync("python3", [
      "-c",
      "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))",
    ]).status === 0
      ? undefined
      : "Python 3.11 or later with venv (on Debian and Ubuntu: apt-get install python3-venv)",
};

/**
 * Tests that need a program which a machine may well not have. Without it they are skipped, and the run says
 * in one line what to install; with CI=true a skipped test fails (closing-line-reporter.cjs).
 */
export function describeWith(
  programs: (keyof typeof needs)[],
  name: string,
  tests: () => void,
): void {
  const missing = programs.flatMap((program) => needs[program]() ?? []);
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`Not tested: ${name}. Install ${missing.join(" and ")}.\n`);
  describe.skip(`${name} (install ${missing.join(" and ")})`, tests);
}

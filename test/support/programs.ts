import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A new empty folder for one test. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), "logto-stack-test-"));
}

/**
 * Writes a shell script that plays a program, such as an engine that only knows its version. It can rely
 * on nothing but shell built-ins and /bin, as the tests' PATH holds little else.
 */
export function writeProgram(folder: string, name: string, ...lines: string[]): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  return file;
}

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { cacheDirectory } from "../../../tools/engine/cache";

const folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-cache-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the tools are kept in the folder that LOGTO_STACK_CACHE names, seen from the clone", () => {
  const named = path.join(folder, "named");
  expect(cacheDirectory({ LOGTO_STACK_CACHE: path.relative(process.cwd(), named) })).toBe(named);
});

test("an empty LOGTO_STACK_CACHE is none: no tool lands in the clone", () => {
  expect(cacheDirectory({ LOGTO_STACK_CACHE: "" })).toBe(cacheDirectory({}));
  expect(cacheDirectory({ LOGTO_STACK_CACHE: "" })).not.toBe(process.cwd());
});

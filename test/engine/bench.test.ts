import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { BenchmarkResult } from "../../tools/bench/report";
import { operations } from "../../tools/bench/benchmark";

/**
 * The benchmark as it is run, at a size that takes two pages. What it prints and keeps is looked at, and how
 * much was asked of the server; how long it took says nothing here.
 */
jest.setTimeout(900_000);

const count = 101;
/** Those of a hundred and one, and of the credential. */
const pages = 2;
/** The connector and the sign-in experience that are declared with them. */
const others = 2;

let folder: string;
let output: string;
let result: BenchmarkResult;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-bench-test-"));
  const [json, picture] = [path.join(folder, "bench.json"), path.join(folder, "bench.svg")];
  const how = ["--sizes", String(count), "--rounds", "1", "--json", json, "--picture", picture];
  const run = await execa("node", ["tools/start.cjs", "bench", ...how], { all: true });
  output = run.all;
  result = JSON.parse(readFileSync(json, "utf8")) as BenchmarkResult;
});
afterAll(() => rmSync(folder, { recursive: true }));

const figure = (operation: string) => {
  const found = result.figures.find((one) => one.operation === operation);
  if (found === undefined) throw new Error(`there is no figure of ${operation}`);
  return found;
};

test("it measures each operation, and next to it the engine without work and the work without the engine", () => {
  expect(result.environment).toEqual({
    node: process.version,
    engine: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    processors: expect.any(Number) as number,
    server: "sandbox",
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
  });
  expect(result.figures.map(({ operation }) => operation)).toEqual(operations);
  for (const one of result.figures) {
    const isOfEngine = one.operation !== "drift check";
    const number = expect.any(Number) as number;
    expect(one).toMatchObject({ count, seconds: number, bareSeconds: number });
    expect("idleSeconds" in one).toBe(isOfEngine);
    expect("megabytes" in one).toBe(isOfEngine);
  }
  expect(figure("create").serialisedSeconds).toEqual(expect.any(Number));
});

test("the engine asks no more of the server than is budgeted", () => {
  expect(figure("no-op preview").requests).toBe(0);
  // The first application is asked for alone; where that is the oldest one, no other is on the last page.
  for (const reading of ["no-op with refresh", "drift check"]) {
    expect(figure(reading).requests).toBeGreaterThan(others);
    expect(figure(reading).requests).toBeLessThanOrEqual(1 + pages + others);
  }
  // The factory of the connector, its rivals and itself; the sign-in experience before it is changed.
  expect(figure("create").requests).toBeLessThanOrEqual(count + pages + 6);
  // Pages that have grown old are read again.
  expect(figure("update all").requests).toBeLessThanOrEqual(count + 1 + 10 * pages + 4);
  expect(figure("destroy").requests).toBeLessThanOrEqual(count + 6);
});

test("it prints progress, then a table, and draws a picture", () => {
  expect(output).toContain(`create, ${count} × application: `);
  expect(output).toMatch(/\| applications \| operation/);
  expect(readFileSync(path.join(folder, "bench.svg"), "utf8")).toContain("<svg");
});

test("nothing is left of it", () => {
  const left = existsSync(".logto-stack") ? readdirSync(".logto-stack") : [];
  expect(left.filter((name) => name.startsWith("bench-"))).toEqual([]);
});

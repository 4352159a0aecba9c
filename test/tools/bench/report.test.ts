import type { Figure } from "../../../tools/bench/benchmark";
import { pictureOf } from "../../../tools/bench/picture";
import { ratioOf, stubRatioOf, tableOf, targetOf } from "../../../tools/bench/report";
import { parse } from "../../../tools/bench";

const figure = (changes: Partial<Figure>): Figure => ({
  ...{ operation: "create", count: 50, seconds: 12, requests: 50, megabytes: 180 },
  ...{ idleSeconds: 8, bareSeconds: 2, serialisedSeconds: 20 },
  ...changes,
});

test("a ratio is that to the engine alone and the bare client together", () => {
  expect(ratioOf(figure({}))).toBe(1.2);
  expect(stubRatioOf(figure({}))).toBe(0.4);
});

const driftCheck = (changes: Partial<Figure>): Figure => {
  const { idleSeconds: _, serialisedSeconds: __, ...rest } = figure({ operation: "drift check" });
  return { ...rest, count: 500, bareSeconds: 1, requests: 10, ...changes };
};

test.each<[string, Figure, boolean | undefined]>([
  ["50 applications at 1.2 times the floors", figure({}), true],
  ["50 applications above that", figure({ seconds: 12.1 }), false],
  [
    "one application previewed at 1.15 times the engine alone",
    figure({ operation: "no-op preview", count: 1, idleSeconds: 10, seconds: 11.5 }),
    true,
  ],
  [
    "one application previewed above that",
    figure({ operation: "no-op preview", count: 1, idleSeconds: 10, seconds: 11.6 }),
    false,
  ],
  ["one application created", figure({ count: 1 }), undefined],
  ["a drift check of 500 within a second more", driftCheck({ seconds: 2.5 }), true],
  ["a drift check of 500 that takes longer", driftCheck({ seconds: 2.6 }), false],
  ["a drift check of 500 of 11 requests", driftCheck({ seconds: 2.5, requests: 11 }), false],
  ["a drift check of few", driftCheck({ count: 50 }), undefined],
])("%s: whether the target is met", (_what, one, isMet) => {
  expect(targetOf(one)?.met).toBe(isMet);
});

test("the table has a row for each figure, and leaves open what was not measured", () => {
  const [head, rule, created, checked, ...others] = tableOf([
    figure({ seconds: 12.1 }),
    driftCheck({ seconds: 2.5 }),
  ]).split("\n");
  expect(others).toEqual([]);
  expect(head).toMatch(/^\| applications \| operation +\| s +\| engine alone, s \| bare client, s/);
  expect(rule).toMatch(/^(\| -+ )+\|$/);
  const cells = (row = "") => row.split("|").map((cell) => cell.trim());
  expect(cells(created).slice(1, -1)).toEqual([
    ...["50", "create", "12.1", "8.0", "2.0", "1.21"],
    ...["missed: 1.2 × (engine + client)", "50", "180", "0.40"],
  ]);
  expect(cells(checked).slice(3, 7)).toEqual(["2.5", "", "1.0", "2.50"]);
});

test("the picture is an SVG of the largest number of applications", async () => {
  const environment = {
    ...{ node: "v20.19.0", engine: "3.170.0", processors: 2 },
    ...{ server: "sandbox" as const, date: "2026-11-25" },
  };
  const figures = [figure({ count: 1, seconds: 77.7 }), figure({ seconds: 12.3 })];
  const picture = await pictureOf({ environment, figures });
  expect(picture).toMatch(/^<svg .*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(picture).toContain("50 applications, seconds");
  expect(picture).toContain(">12.3<");
  expect(picture).not.toContain("77.7");
});

test("sizes and files are arguments, and wrong ones are told with how it is used", () => {
  expect(parse([])).toEqual({ sizes: [1, 50, 500], json: ".logto-stack/bench.json" });
  expect(parse(["--sizes", "1,1000", "--json", "a.json", "--picture", "b.svg"])).toEqual({
    ...{ sizes: [1, 1000], json: "a.json", picture: "b.svg" },
  });
  const form = "npm run bench -- [--sizes 1,50,500] [--json FILE] [--picture FILE]";
  expect(() => parse(["--sizes", "1,many"])).toThrow(
    `npm run bench is used otherwise (--sizes 1,many: expected numbers, 1 to 10000): ${form}`,
  );
  expect(() => parse(["--fast"])).toThrow(`Unknown option '--fast'`);
});

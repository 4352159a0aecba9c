import type { Figure } from "../../../tools/bench/benchmark";
import { pictureOf } from "../../../tools/bench/picture";
import { ratioOf, stubRatioOf, tableOf, targetsOf } from "../../../tools/bench/report";
import { summaryOf } from "../../../tools/bench/rounds";
import { parse } from "../../../tools/commands/bench";

const figure = (changes: Partial<Figure>): Figure => ({
  ...{ operation: "create", count: 50, rounds: 1, seconds: 12, requests: 50, megabytes: 180 },
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
  expect(targetsOf(one)[0]?.met).toBe(isMet);
});

test("of 500 that are created the short stub takes at most half of the serialised one", () => {
  const isMet = (changes: Partial<Figure>) =>
    targetsOf(figure({ count: 500, ...changes })).find(({ text }) => text.includes("stub"))?.met;
  expect(isMet({ idleSeconds: 10 })).toBe(true);
  expect(isMet({ idleSeconds: 10.1 })).toBe(false);
  expect(isMet({ operation: "no-op preview" })).toBeUndefined();
});

test("the provider process stays below 250 MB at a thousand applications", () => {
  const isMet = (count: number, megabytes: number) =>
    targetsOf(figure({ count, megabytes })).find(({ text }) => text.includes("MB"))?.met;
  expect(isMet(1000, 249)).toBe(true);
  expect(isMet(1000, 250)).toBe(false);
  expect(isMet(500, 250)).toBeUndefined();
});

test("of several rounds the median of the seconds counts, and the most requests and megabytes", () => {
  const round = (seconds: number, changes: Partial<Figure> = {}) => [
    figure({ seconds, idleSeconds: seconds / 2, bareSeconds: seconds / 4, ...changes }),
    driftCheck({ seconds }),
  ];
  const [created, checked] = summaryOf([round(9), round(1, { requests: 51 }), round(2)]);
  expect(created).toEqual(
    figure({ rounds: 3, seconds: 2, idleSeconds: 1, bareSeconds: 0.5, requests: 51 }),
  );
  expect(checked).toEqual(driftCheck({ rounds: 3, seconds: 2 }));
  expect(summaryOf([round(1), round(4)])[0]?.seconds).toBe(2.5);
  expect(summaryOf([round(7)])).toEqual(round(7));
});

test("the table has a row for each figure, and leaves open what was not measured", () => {
  const table = tableOf([figure({ seconds: 12.1 }), driftCheck({ seconds: 2.5 })]);
  const [head, rule, created, checked, ...others] = table.split("\n");
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

test("the picture is an SVG of the largest number of applications", () => {
  const environment = {
    ...{ node: "v20.19.0", engine: "3.170.0", processors: 2 },
    ...{ server: "sandbox" as const, date: "2026-11-25" },
  };
  const figures = [figure({ count: 1, seconds: 77.7 }), figure({ seconds: 12.3 })];
  const picture = pictureOf({ environment, figures });
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
  expect(parse(["--rounds", "5"])).toMatchObject({ rounds: 5 });
  const form = "npm run bench -- [--sizes 1,50,500] [--rounds N] [--json FILE] [--picture FILE]";
  expect(() => parse(["--sizes", "1,many"])).toThrow(
    `npm run bench: invalid arguments (--sizes 1,many: expected numbers, 1 to 10000). Usage: ${form}`,
  );
  expect(() => parse(["--rounds", "0"])).toThrow("--rounds 0: expected a number, 1 to 99");
  expect(() => parse(["--fast"])).toThrow(`Unknown option '--fast'`);
});

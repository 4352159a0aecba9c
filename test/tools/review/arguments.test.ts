import { parse } from "../../../tools/commands/review";

test("the stack is named first or by its flag, or not at all", () => {
  const other = { isRefreshed: false, isJson: false, isDriftCheck: false, isOffline: false };
  expect(parse([])).toEqual({ named: undefined, ...other });
  expect(parse(["dev"])).toEqual({ named: "dev", ...other });
  expect(parse(["--stack", "dev"])).toEqual({ named: "dev", ...other });
  expect(parse(["-s=dev"])).toEqual({ named: "dev", ...other });
  expect(parse(["-s", "acme/logto-stack/dev"])).toEqual({
    named: "acme/logto-stack/dev",
    ...other,
  });
});

test("a refresh and JSON are asked for by flags, in any order", () => {
  const all = {
    named: "dev",
    isRefreshed: true,
    isJson: true,
    isDriftCheck: false,
    isOffline: false,
  };
  expect(parse(["--json", "dev", "--refresh"])).toEqual(all);
  expect(parse(["--refresh", "--stack=dev", "--json"])).toEqual(all);
});

test("the kinds of review are chosen by flags, and an offline one names its base", () => {
  expect(parse(["dev", "--drift"])).toMatchObject({ isDriftCheck: true, isOffline: false });
  expect(parse(["dev", "--offline", "--base", "v1"])).toMatchObject({
    isDriftCheck: false,
    isOffline: true,
    base: "v1",
  });
});

test.each([
  [["dev", "--diff"], "Unknown option '--diff'"],
  [["dev", "staging"], "several stacks: dev, staging"],
  [["dev", "--stack", "staging"], "several stacks: staging, dev"],
  [["--drift", "--offline"], "--drift and --offline exclude each other"],
  [["--refresh", "--drift"], "--refresh and --drift exclude each other"],
  [["--base", "main"], "--base is for --offline"],
  [["--stack"], "Option '-s, --stack <value>' argument missing"],
])("of %j it says what is wrong, and how it is used", (args, wrong) => {
  expect(() => parse(args)).toThrow(
    `npm run review: invalid arguments (${wrong}). Usage: npm run review -- [STACK] [--refresh | --drift | --offline [--base REF] [--change DIR]] [--json]`,
  );
});

import { parse } from "../../../tools/review";

test("the stack is named first or by its flag, and is local without a name", () => {
  const other = { isRefreshed: false, isJson: false };
  expect(parse([])).toEqual({ stack: "local", ...other });
  expect(parse(["dev"])).toEqual({ stack: "dev", ...other });
  expect(parse(["--stack", "dev"])).toEqual({ stack: "dev", ...other });
  expect(parse(["-s", "acme/logto-stack/dev"])).toEqual({
    stack: "acme/logto-stack/dev",
    ...other,
  });
});

test("a refresh and JSON are asked for by flags, in any order", () => {
  const all = { stack: "dev", isRefreshed: true, isJson: true };
  expect(parse(["--json", "dev", "--refresh"])).toEqual(all);
  expect(parse(["--refresh", "--stack=dev", "--json"])).toEqual(all);
});

test.each([
  [["dev", "--diff"], "Unknown option '--diff'"],
  [["dev", "staging"], "several stacks: dev, staging"],
  [["dev", "--stack", "staging"], "several stacks: staging, dev"],
  [["--stack"], "Option '-s, --stack <value>' argument missing"],
])("of %j it says what is wrong, and how it is used", (args, wrong) => {
  expect(() => parse(args)).toThrow(
    `npm run review takes the name of a stack, --refresh and --json (${wrong}): npm run review -- [STACK] [--refresh] [--json]`,
  );
});

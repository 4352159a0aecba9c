import { namedStack, onlyStackOf, providerOfNewStack } from "../../../tools/engine/arguments";
import { parse } from "../../../tools/commands/up";

test.each([
  [["preview", "--stack", "dev"], "dev"],
  [["preview", "--stack=dev", "--diff"], "dev"],
  [["-s", "dev", "preview"], "dev"],
  [["preview", "-s=dev"], "dev"],
  [["preview", "-sdev"], "dev"],
  [["destroy", "-ys", "dev"], "dev"],
  [["destroy", "-ysdev"], "dev"],
  [["up", "-m", "stack"], undefined],
  [["preview", "--show-secrets", "--skip-preview"], undefined],
  [["config", "set", "key", "--", "--stack", "dev"], undefined],
  [[], undefined],
])("%j names the stack %s", (args, stack) => {
  expect(namedStack(args)).toBe(stack);
});

test.each([
  [[], undefined, []],
  [["--diff"], undefined, ["--diff"]],
  [["dev", "--diff"], "dev", ["--diff"]],
  [["--refresh", "dev"], "dev", ["--refresh"]],
  [["--message", "a text", "-p", "4", "dev"], "dev", ["--message", "a text", "-p", "4"]],
  [["--target=urn", "-yr", "dev"], "dev", ["--target=urn", "-yr"]],
  [["--stack", "dev"], "dev", ["--stack", "dev"]],
])("npm run up -- %j names the stack %s", (args, named, flags) => {
  expect(parse(args)).toEqual({ named, flags });
});

test.each([[["dev", "local"]], [["dev", "--diff", "local"]], [["dev", "--stack", "local"]]])(
  "npm run up -- %j names two stacks, of which one would be a template to the engine, and is refused",
  (args) => {
    expect(() => parse(args)).toThrow("npm run up takes one stack (given: dev, local)");
  },
);

test.each([
  [["stack", "init", "dev", "--no-select"], "dev"],
  [["stack", "select", "dev"], "dev"],
  [["stack", "rm", "dev", "--yes"], "dev"],
  [["stack", "rm", "--yes"], undefined],
  [["stack", "output", "appId"], undefined],
  [["config", "rm", "key"], undefined],
])("%j is about the stack %s, without a flag that says so", (args, stack) => {
  expect(namedStack(args)).toBe(stack);
});

test.each([
  [["stack", "init", "dev", "--secrets-provider", "awskms://a"], "awskms://a"],
  [["stack", "init", "--secrets-provider=awskms://a?region=b", "dev"], "awskms://a?region=b"],
  [["stack", "init", "dev"], undefined],
  [["stack", "change-secrets-provider", "--secrets-provider=awskms://a"], undefined],
])("%j makes a stack with the secrets provider %s", (args, provider) => {
  expect(providerOfNewStack(args)).toBe(provider);
});

test.each([
  [[], undefined],
  [["dev"], "dev"],
  [["--stack", "dev"], "dev"],
  [["-s", "dev"], "dev"],
  [["--stack=dev"], "dev"],
])("a command that takes a stack and nothing else takes %j", (args, stack) => {
  expect(onlyStackOf("backup", args)).toBe(stack);
});

test.each([[["dev", "other"]], [["--json"]], [["--stack", "dev", "other"]], [["--stack"]]])(
  "a command that takes a stack and nothing else refuses %j",
  (args) => {
    expect(() => onlyStackOf("backup", args)).toThrow(
      `npm run backup takes the name of a stack and nothing else (given: ${args.join(" ")}): npm run backup -- [STACK]`,
    );
  },
);

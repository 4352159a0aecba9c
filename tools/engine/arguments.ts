import { userError } from "../../infra/user-error";
import { takesNext } from "../start/pulumi-flags.cjs";

/** The command and the engine's aliases for it. */
export const destroyCommands = ["destroy", "down", "dn"];

// Letters of flags without a value may come before the `s`.
const stackFlag = /^(?:--stack|-[abe-lnoqrux-z]*s)(?:$|=)|^-[abe-lnoqrux-z]*s(?!-)/;

/**
 * The stack that `--stack NAME`, `--stack=NAME`, `-s NAME`, `-s=NAME`, `-sNAME` or `-ys NAME` names in a Pulumi
 * command.
 */
export function namedStack(args: readonly string[]): string | undefined {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  const index = flags.findIndex((arg) => stackFlag.test(arg));
  const flag = flags[index];
  if (flag === undefined) return subjectOf(flags);
  return takesNext(flag) ? flags[index + 1] : flag.replace(stackFlag, "").replace(/^=/, "");
}

/** Indices of the arguments that are neither a flag nor a flag's value. */
export function positionalsOf(args: readonly string[]): number[] {
  return [...args.keys()].filter(
    (index) => !args[index]?.startsWith("-") && !takesNext(args[index - 1] ?? ""),
  );
}

/**
 * The stack named by the arguments of one of our commands that takes nothing else, if any.
 *
 * @throws a user error for any other argument
 */
export function onlyStackOf(command: string, args: readonly string[]): string | undefined {
  const [first] = args;
  const stack = args.length === 1 && !first?.startsWith("-") ? first : namedStack(args);
  const isAlone = args.length === (/^(--stack|-s)$/.test(first ?? "") ? 2 : 1);
  if (args.length > 0 && (stack === undefined || !isAlone)) {
    throw userError(
      `npm run ${command} takes the name of a stack and nothing else (given: ${args.join(" ")}): npm run ${command} -- [STACK]`,
    );
  }
  return stack;
}

/** The stack in commands that name it without a flag, such as `stack init NAME`. */
function subjectOf([command, verb = "", name]: readonly string[]): string | undefined {
  const isNamed = command === "stack" && ["init", "rm", "select"].includes(verb);
  return isNamed && name?.startsWith("-") === false ? name : undefined;
}

/** The provider in `stack init --secrets-provider PROVIDER`: the stack's file does not have it yet. */
export function providerOfNewStack(args: readonly string[]): string | undefined {
  const [command, verb] = args;
  if (command !== "stack" || verb !== "init") return undefined;
  const index = args.findIndex((arg) => /^--secrets-provider(=|$)/.test(arg));
  const [, given] = args[index]?.split(/=(.*)/s) ?? [];
  return index === -1 ? undefined : (given ?? args[index + 1]);
}

/** The command itself, such as `up`: the first argument that is neither a flag nor a flag's value. */
export function commandOf(args: readonly string[]): string | undefined {
  return args[positionalsOf(args)[0] ?? args.length];
}

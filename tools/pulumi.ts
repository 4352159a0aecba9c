import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { namedStack, providerOfNewStack } from "./arguments";
import {
  destroyCommands,
  environmentOfDestroy,
  isDestroy,
  requireDestroyable,
  requireEmptyStack,
} from "./destroy";
import { runInForeground } from "./foreground";
import { forgetCompletedCreates } from "./interrupted-creates";
import { releaseAbandonedLock } from "./lock";
import { defaultStack } from "./project";
import { placeOf } from "./stack";
import { removeTornNotes, requireWholeState } from "./state-file";
import { prepareTools, say } from "./tools";

/** Commands that concern no stack, and those about the login: a stack's place must not get in their way. */
const withoutStack = ["login", "logout", "whoami", "org", "version", "help", "plugin", "schema"];

/** Those that lock the stack. */
const changing = ["up", "update", ...destroyCommands, "refresh", "import"];

/** `npm run pulumi -- ARGS`: any command of Pulumi's, with the stack's back end and passphrase. */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const tools = await prepareTools({ project, env: process.env, isThorough: false });
  const stack = namedStack(args) ?? currentStack(project, tools.env);
  const isAboutStack = !args.some((arg) => arg === "--help" || arg === "-h" || arg === "--version");
  const place =
    isAboutStack && !withoutStack.includes(args[0] ?? "help")
      ? placeOf(project, stack, process.env, providerOfNewStack(args))
      : undefined;
  if (place !== undefined) removeTornNotes(place);
  if (place !== undefined && [...changing, "preview"].includes(args[0] ?? "")) {
    requireWholeState(place, stack);
  }
  const env: Record<string, string> = { ...(place && { ...place.env, PULUMI_STACK: stack }) };
  if (place !== undefined && isForcedRemoval(args)) {
    await requireEmptyStack(tools.with(env), stack);
  }
  if (place !== undefined && changing.includes(args[0] ?? "")) {
    if (isDestroy(args)) await requireDestroyable(tools.with(env), project, stack, args);
    releaseAbandonedLock(place, stack, say);
    // Else the state goes on to tell of them when nothing is left.
    if (isDestroy(args)) await forgetCompletedCreates(tools.with(env), place, stack);
    if (isDestroy(args)) Object.assign(env, await environmentOfDestroy(project, stack, args));
  }
  return runInForeground(path.join(tools.engine.bin, "pulumi"), args, {
    cwd: project,
    env: tools.with(env).env,
  });
}

function isForcedRemoval([command, verb, ...flags]: readonly string[]): boolean {
  const isRemoval = command === "stack" && ["rm", "remove"].includes(verb ?? "");
  return isRemoval && flags.some((flag) => /^(?:--force(?:=true)?|-[a-z]*f[a-z]*)$/.test(flag));
}

/** The stack of a command that names none. */
export function currentStack(project: string, env: NodeJS.ProcessEnv): string {
  return env["PULUMI_STACK"] ?? selectedStack(project, env) ?? defaultStack;
}

/**
 * The stack that `pulumi stack select` chose. Which one it is has to be known before the engine can be
 * asked, because it decides which back end to ask; so this reads the engine's own note of it.
 */
export function selectedStack(project: string, env: NodeJS.ProcessEnv): string | undefined {
  const key = createHash("sha1").update(path.join(project, "Pulumi.yaml")).digest("hex");
  const note = path.join(
    env["PULUMI_HOME"] ?? "",
    "workspaces",
    `logto-stack-${key}-workspace.json`,
  );
  if (!existsSync(note)) {
    return undefined;
  }
  return (JSON.parse(readFileSync(note, "utf8")) as { stack?: string }).stack;
}

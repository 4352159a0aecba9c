import path from "node:path";
import { commandOf, destroyCommands, namedStack, providerOfNewStack } from "../engine/arguments";
import {
  environmentOfDestroy,
  isDestroy,
  requireDestroyable,
  requireEmptyStack,
} from "../recovery/destroy";
import { runInForeground } from "../engine/foreground";
import { keepFormerRole } from "../recovery/former-role";
import { forgetCompletedCreates } from "../recovery/interrupted-creates";
import { alone, releaseAbandonedLock } from "../recovery/lock";
import { requirePolicyHost } from "../engine/policy-host";
import { environmentOf, runsProgram } from "../engine/run-program";
import { placeOf } from "../stack/place";
import { chooseAndSay } from "../stack/choice";
import { removeTornNotes, requireWholeState } from "../stack/state-file";
import { needsTodaysConnection } from "../engine/todays-connection";
import { prepareTools, say, type Tools } from "../engine/tools";

/** Commands without a stack, and those about the login: problems with a stack's back end must not block them. */
const withoutStack = ["login", "logout", "whoami", "org", "version", "help", "plugin", "schema"];

/** Commands that lock the stack. */
const changing = ["up", "update", ...destroyCommands, "refresh", "import"];

/** `npm run pulumi -- ARGS`: any command of Pulumi's, with the stack's back end and passphrase. */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const isHelp = args.some((arg) => arg === "--help" || arg === "-h" || arg === "--version");
  // Flags may come before the command.
  const command = commandOf(args) ?? "help";
  if (isHelp || withoutStack.includes(command))
    return engine(args, project, await toolsOf(project));
  const stack = chooseAndSay(project, process.env, namedStack(args));
  const place = placeOf(project, stack, process.env, providerOfNewStack(args));
  const tools = (await toolsOf(project)).with({ ...place.env, PULUMI_STACK: stack });
  removeTornNotes(place);
  if ([...changing, "preview"].includes(command)) requireWholeState(place, stack);
  if (isForcedRemoval(args.slice(args.indexOf(command)))) await requireEmptyStack(tools, stack);
  if (!changing.includes(command)) return engine(args, project, tools, stack);
  return alone({ project, stack, place }, async () => {
    if (isDestroy(args)) await requireDestroyable(tools, project, stack, args);
    releaseAbandonedLock(place, stack, say);
    if (["up", "update"].includes(command)) await keepFormerRole(tools, place, stack);
    if (!isDestroy(args)) return engine(args, project, tools, stack);
    // Otherwise the state would still list them after everything is destroyed.
    await forgetCompletedCreates(tools, place, stack);
    const more = await environmentOfDestroy(project, stack, args);
    return engine(args, project, tools.with(more), stack);
  });
}

function isForcedRemoval([command, verb, ...flags]: readonly string[]): boolean {
  const isRemoval = command === "stack" && ["rm", "remove"].includes(verb ?? "");
  return isRemoval && flags.some((flag) => /^(?:--force(?:=true)?|-[a-eg-z]*f[a-z]*)$/.test(flag));
}

function toolsOf(project: string): Promise<Tools> {
  return prepareTools({ project, env: process.env, isThorough: false });
}

/** @param stack the command's stack; undefined for commands without one */
async function engine(
  args: string[],
  project: string,
  tools: Tools,
  stack?: string,
): Promise<number> {
  if (stack !== undefined) await requirePolicyHost(tools, args);
  const isRunFirst =
    runsProgram(args) || (stack !== undefined && (await needsTodaysConnection(tools, stack, args)));
  const options = { cwd: project, env: environmentOf(args, tools.env, isRunFirst) };
  return runInForeground(path.join(tools.engine.bin, "pulumi"), args, options);
}

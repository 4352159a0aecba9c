import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { userError } from "../../infra/user-error";
import { enginesHome } from "../engine/cache";
import { defaultStack } from "./project";
import { withoutEmpty } from "../engine/environment";
import { say } from "../engine/tools";

/** The stack for a command, and why it was chosen. */
export interface StackChoice {
  stack: string;
  reason: string;
}

/**
 * The stack for a command, by the same rule for all commands: the named one, else that of PULUMI_STACK, else the one
 * that `npm run pulumi -- stack select` chose, else `local`.
 *
 * @param named the name in the command's arguments, in any of the engine's spellings
 * @throws a user error for a name that no stack of this project can have
 */
export function chooseStack(
  project: string,
  environment: NodeJS.ProcessEnv,
  named?: string,
): StackChoice {
  const env = withoutEmpty(environment);
  const ofEnvironment = env["PULUMI_STACK"];
  if (named !== undefined) return choice(named, "named");
  if (ofEnvironment !== undefined) return choice(ofEnvironment, "by PULUMI_STACK");
  const selected = selectedStack(project, enginesHome(env));
  if (selected !== undefined) return choice(selected, "selected with pulumi stack select");
  return choice(defaultStack, "the default");
}

function choice(spelling: string, reason: string): StackChoice {
  return { stack: stackIn(spelling), reason };
}

/** Like {@link chooseStack}, but the command's first line of output names the stack. */
export function chooseAndSay(project: string, env: NodeJS.ProcessEnv, named?: string): string {
  const { stack, reason } = chooseStack(project, env, named);
  say(`Stack ${stack} (${reason})`);
  return stack;
}

/**
 * The short spelling of a stack's name: back ends that are no service write `organization/logto-stack/local` for
 * `local`. The organization of a service (`acme/logto-stack/dev`) is part of the name.
 */
export function stackIn(spelling: string): string {
  const parts = spelling.split("/");
  const [organization, project] = parts.length === 1 ? [] : parts;
  const name = parts.at(-1) ?? "";
  if (parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9_.-]{1,100}$/.test(part))) {
    throw userError(
      `No stack can be named "${spelling}": a name is of letters without accents, digits, "-", "_" and ".", at most 100. Name another one.`,
    );
  }
  if (parts.length === 3 && project !== "logto-stack") {
    throw userError(
      `The stack ${spelling} is of the project ${String(project)}, and this is logto-stack: name one of this project.`,
    );
  }
  return organization === "organization" ? name : spelling;
}

/**
 * The stack that `pulumi stack select` chose. It decides which back end to use, so it must be known before the engine
 * can be asked. That is why this reads the engine's own note of it.
 *
 * @param home the PULUMI_HOME of the command that selected it
 */
export function selectedStack(project: string, home: string): string | undefined {
  const key = createHash("sha1").update(path.join(project, "Pulumi.yaml")).digest("hex");
  const note = path.join(home, "workspaces", `logto-stack-${key}-workspace.json`);
  if (!existsSync(note)) {
    return undefined;
  }
  try {
    return (JSON.parse(readFileSync(note, "utf8")) as { stack?: string }).stack;
  } catch {
    return undefined; // a kill left it incomplete: no stack is selected then
  }
}

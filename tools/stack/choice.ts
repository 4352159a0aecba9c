import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { userError } from "../../infra/user-error";
import { enginesHome } from "../engine/cache";
import { defaultStack } from "./project";
import { withoutEmpty } from "../engine/environment";
import { say } from "../engine/tools";

/** The stack that a command is about, and why it is that one. */
export interface StackChoice {
  stack: string;
  reason: string;
}

/**
 * The stack that a command is about, by one rule for all of them: the one that is named, that of PULUMI_STACK, the one
 * that `npm run pulumi -- stack select` chose, else `local`.
 *
 * @param named what the command's arguments name, in any spelling of the engine's
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

/** As {@link chooseStack}, said in the first line of what the command prints. */
export function chooseAndSay(project: string, env: NodeJS.ProcessEnv, named?: string): string {
  const { stack, reason } = chooseStack(project, env, named);
  say(`Stack ${stack} (${reason})`);
  return stack;
}

/**
 * The one spelling of a stack's name: back ends that are no service write `organization/logto-stack/local` for
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
 * The stack that `pulumi stack select` chose. Which one it is has to be known before the engine can be
 * asked, because it decides which back end to ask; so this reads the engine's own note of it.
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
    return undefined; // cut short by a kill: then none is selected
  }
}

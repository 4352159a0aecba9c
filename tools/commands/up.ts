import path from "node:path";
import { password } from "@inquirer/prompts";
import { declaresAdministrator } from "../../stacks/secret-settings";
import { namedStack, positionalsOf } from "../engine/arguments";
import { repairDockerStack } from "../recovery/docker-repair";
import { runInForeground } from "../engine/foreground";
import { keepFormerRole } from "../recovery/former-role";
import { readInterruptedChanges } from "../recovery/interrupted-changes";
import { forgetCompletedCreates } from "../recovery/interrupted-creates";
import { alone, releaseAbandonedLock } from "../recovery/lock";
import { isJudgedByItself, policyConfigurationOf, policyFlags } from "../engine/policy-pack";
import { requirePolicyHost } from "../engine/policy-host";
import { defaultStack, readStackFile, requireStackFile } from "../stack/project";
import { environmentOf, isRefresh } from "../engine/run-program";
import { ensureSecrets, type Ask } from "../stack/secrets";
import { ensureStack, placeOf, type StackPlace } from "../stack/place";
import { userError } from "../../infra/user-error";
import { chooseAndSay } from "../stack/choice";
import { hasState, removeTornNotes, requireWholeState } from "../stack/state-file";
import { requireFreePorts } from "../stack/taken-ports";
import { needsTodaysConnection } from "../engine/todays-connection";
import { prepareTools, say, type Tools } from "../engine/tools";

/**
 * `npm run up -- [STACK] [FLAGS OF pulumi up]`: from a clone to a running, configured Logto. If the server is not
 * only for this machine, the policies judge the `up`, and a violation stops it before anything is created.
 */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const { named, flags } = parse(args);
  const stack = chooseAndSay(project, process.env, named);
  requireStackFile(project, stack);
  const place = placeOf(project, stack, process.env);
  removeTornNotes(place);
  requireWholeState(place, stack);
  const prepared = await prepareTools({ project, env: process.env, isThorough: true });
  const tools = prepared.with(place.env);
  if (stack !== defaultStack && place.env["PULUMI_BACKEND_URL"] !== undefined) {
    say(`The state of ${stack} is kept in this clone (${place.backend}), as no back end is set.`);
  }
  const code = await alone({ project, stack, place }, () =>
    upOf({ project, stack, flags, place, tools }),
  );
  if (code === 0) sayNextSteps(project, stack, place, tools);
  return code;
}

interface Up {
  project: string;
  stack: string;
  flags: string[];
  place: StackPlace;
  tools: Tools;
}

async function upOf({ project, stack, flags, place, tools }: Up): Promise<number> {
  await requireFreePorts(project, stack);
  if (!hasState(place, stack)) await ensureStack(tools, project, stack);
  releaseAbandonedLock(place, stack, say);
  const generated = await ensureSecrets(tools, project, stack, askOnTerminal());
  if (generated.length > 0) {
    say(`Generated for ${stack}, and stored encrypted: ${generated.join(", ")}`);
  }
  const judged = isJudgedByItself(project, stack, flags) ? policyFlags(project, stack) : [];
  if (judged.length > 0) {
    const own = policyConfigurationOf(stack);
    const as = judged.includes(own) ? `by ${own}` : `as production, as there is no ${own}`;
    say(`The policies judge ${stack}, ${as}.`);
  }
  const { replace, isDown } = await repairDockerStack(tools, project, stack);
  await readInterruptedChanges(tools, place, stack, say);
  await keepFormerRole(tools, place, stack);
  const command = ["up", "--yes", "--stack", stack];
  await requirePolicyHost(tools, [...judged, ...flags]);
  // A refresh needs a running Logto and today's connection. If Logto is down, or is now reached in another way than
  // at the last `up`, the refresh happens in a second run.
  const isRefreshedLater =
    flags.some(isRefresh) &&
    (isDown || (await needsTodaysConnection(tools, stack, [...command, ...flags])));
  const rounds = isRefreshedLater ? [flags.filter((flag) => !isRefresh(flag)), flags] : [flags];
  for (const [round, own] of rounds.entries()) {
    const again = round === 0 ? replace.flatMap((urn) => ["--replace", urn]) : [];
    const code = await runInForeground(
      path.join(tools.engine.bin, "pulumi"),
      // With a preview, so that an error in any resource shows before the first one is created.
      [...command, ...judged, ...again, ...own],
      { cwd: project, env: environmentOf(command, tools.env) },
    );
    if (code !== 0) return code;
  }
  await forgetCompletedCreates(tools, place, stack);
  return 0;
}

/**
 * The stack is the positional argument, or the value of --stack.
 *
 * @throws a user error for several: the engine would take a second one for a template and run its program
 */
export function parse(args: string[]): { named: string | undefined; flags: string[] } {
  const positionals = positionalsOf(args);
  const flags = args.filter((_, index) => !positionals.includes(index));
  const names = [...positionals.map((index) => args[index]), namedStack(flags)];
  const [named, ...others] = names.filter((name) => name !== undefined);
  if (others.length > 0) {
    throw userError(
      `npm run up takes one stack (given: ${[named, ...others].join(", ")}): npm run up -- [STACK] [FLAGS OF pulumi up]`,
    );
  }
  return { named, flags };
}

function askOnTerminal(): Ask | undefined {
  if (!process.stdin.isTTY) {
    return undefined;
  }
  return async ({ key, purpose }) => {
    return password({
      message: `${key} (${purpose}):`,
      mask: true,
      validate: (value) => value !== "" || "A value is needed.",
    });
  };
}

function sayNextSteps(project: string, stack: string, place: StackPlace, tools: Tools): void {
  const named = stack === defaultStack ? "" : ` --stack ${stack}`;
  const hasAdministrator = declaresAdministrator(readStackFile(project, stack).config ?? {});
  const steps = [
    ["sign in, as users will", `npm run bookstore${stack === defaultStack ? "" : ` -- ${stack}`}`],
    ["the application's secret", `npm run pulumi -- stack output appSecret --show-secrets${named}`],
    ...(hasAdministrator
      ? [
          [
            "the console's password",
            `npm run pulumi -- config get logto-stack:administratorPassword${named}`,
          ],
        ]
      : []),
    ["what an edit would change", `npm run pulumi -- preview --diff${named}`],
    ["what was changed by hand", `npm run pulumi -- preview --refresh --diff${named}`],
    ["remove everything again", `npm run pulumi -- destroy${named}`],
    ["the state is in", place.backend],
    ["the passphrase is in", place.passphrase],
    ["the tools are in", tools.cache],
  ];
  say(
    [
      `\nThe stack ${stack} is up. Next:`,
      ...steps.map(([what, how]) => `  ${String(what).padEnd(26)}${String(how)}`),
    ].join("\n"),
  );
}

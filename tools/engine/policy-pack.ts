import { existsSync } from "node:fs";
import path from "node:path";
import { isServedHere } from "../../infra/server/loopback-url";
import { readStackFile } from "../stack/project";

const pack = "--policy-pack";

/**
 * The flags by which the engine has the policies judge a stack. Without a configuration of its own every rule is
 * production's.
 *
 * @param judge the project whose policies those are
 */
export function policyFlags(project: string, stack: string, judge = project): string[] {
  const fromProject = (file: string) => path.relative(project, path.join(judge, file));
  const configuration = fromProject(policyConfigurationOf(stack));
  return [
    ...[pack, fromProject("policies")],
    ...(existsSync(path.join(project, configuration))
      ? ["--policy-pack-config", configuration]
      : []),
  ];
}

/** What an environment's policy configuration is called, from the project's root. */
export function policyConfigurationOf(stack: string): string {
  return `policies/configuration/${path.basename(stack)}.json`;
}

/**
 * Whether an `up` is judged without being told: where others than this machine's own can come to the server, or
 * its address is not known. A stack of this machine is for developing, where the seconds count; its change is
 * judged when it is reviewed.
 *
 * @param flags of the `up`; one that names a pack wants that one
 */
export function isJudgedByItself(
  project: string,
  stack: string,
  flags: readonly string[],
): boolean {
  if (flags.some((flag) => flag === pack || flag.startsWith(`${pack}=`))) return false;
  const endpoint = readStackFile(project, stack).config?.["logto:endpoint"];
  return typeof endpoint !== "string" || !isServedHere(endpoint, true);
}

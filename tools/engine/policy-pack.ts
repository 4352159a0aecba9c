import { existsSync } from "node:fs";
import path from "node:path";
import { isServedHere } from "../../infra/server/loopback-url";
import { readStackFile } from "../stack/project";

const pack = "--policy-pack";

/**
 * The flags with which the engine judges a stack by the policies. Without a configuration, all rules have
 * production's values.
 *
 * @param judge the project whose policies are used
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

/** Path of an environment's policy configuration, from the project's root. */
export function policyConfigurationOf(stack: string): string {
  return `policies/configuration/${path.basename(stack)}.json`;
}

/**
 * Whether an `up` is judged by default: if the server can be reached from other machines, or its address is not
 * known. A stack for this machine only is for development, where speed matters; its changes are judged in
 * a review.
 *
 * @param flags of the `up`; one that names a policy pack takes precedence
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

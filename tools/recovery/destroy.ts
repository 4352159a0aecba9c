import { commandOf, destroyCommands } from "../engine/arguments";
import { lostServerVariable } from "../../infra/logto/lost-server";
import { inventoryOf } from "../../infra/server/docker/docker-engine";
import { userError } from "../../infra/user-error";
import { engineOf, requireNoRestore } from "./running-restore";
import { refuseToDestroyInterrupted } from "./interrupted-creates";
import { lostResources } from "./lost-resources";
import { readStackFile } from "../stack/project";
import { refuseToDestroyProtected } from "./protected";
import { nameIn, readStackState, type StackState } from "../stack/state";
import { say, type Tools } from "../engine/tools";

/** With these flags users choose what is destroyed; protected resources are then left out or asked about. */
const ownChoice =
  /^(-t.*|(--target|--target-dependents|--exclude|--exclude-dependents|--exclude-protected|--preview-only)(=.*)?)$/;

/** Flags that select resources with the engine's patterns. */
const selecting = /^(?:-t|--target|--exclude)(?:=|$)|^-t[^=]/;

export function isDestroy(args: readonly string[]): boolean {
  return destroyCommands.includes(commandOf(args) ?? "");
}

/**
 * Variables for the providers when everything is destroyed: they tell whether the server is lost, as after a reboot,
 * so that the objects on it need not be deleted one by one.
 */
export async function environmentOfDestroy(
  project: string,
  stack: string,
  args: readonly string[],
): Promise<Record<string, string>> {
  const { config = {} } = readStackFile(project, stack);
  const isOwn = ["embedded", "docker"].includes(String(config["logto-stack:runtime"]));
  const endpoint = String(config["logto:endpoint"]);
  if (!isOwn || args.some((arg) => ownChoice.test(arg)) || (await answers(endpoint))) return {};
  say(`Logto at ${endpoint} does not answer. What is declared on it goes with its data.`);
  return { [lostServerVariable]: "true" };
}

async function answers(endpoint: string): Promise<boolean> {
  const url = `${endpoint.replace(/(?<!\/)\/+$/, "")}/api/status`;
  const signal = AbortSignal.timeout(10_000);
  return fetch(url, { signal }).then(
    ({ status }) => status === 204,
    () => false,
  );
}

/**
 * Refuses a selection that would make the engine forget resources instead of deleting them: it skips the delete of a
 * resource with `deletedWith` even if that other resource is not selected.
 *
 * @throws a user error that names those resources
 */
function refuseToForget({ resources }: StackState, stack: string, args: readonly string[]): void {
  const isSelected = selectionOf(args);
  const forgotten = resources.filter(
    ({ urn, deletedWith }) => deletedWith !== "" && isSelected(urn) && !isSelected(deletedWith),
  );
  if (forgotten.length === 0) return;
  throw userError(
    `Nothing was destroyed: the engine would only forget ${forgotten.map(nameIn).sort().join(", ")}, and leave them on the server. ` +
      `They go with the server's data: npm run pulumi -- destroy --stack ${stack} deletes everything; to delete what is declared on Logto alone, run it with --target '**dynamic/logto:**'.`,
  );
}

/**
 * Refuses to remove a stack that has resources: `stack rm --force` would leave them behind, with no record of
 * them.
 *
 * @throws a user error that says how to delete them
 */
export async function requireEmptyStack(
  tools: Pick<Tools, "pulumi">,
  stack: string,
): Promise<void> {
  const { resources } = await readStackState(tools, stack);
  const own = resources.filter(({ type }) => !type.startsWith("pulumi:"));
  if (own.length === 0) return;
  throw userError(
    `Nothing was removed: the stack ${stack} has ${own.length} resources, which would be left behind. Run npm run pulumi -- destroy --stack ${stack} first. ` +
      `If they are gone for good, npm run pulumi -- state delete --all --force --yes --stack ${stack} forgets them.`,
  );
}

/** Whether the flags select a resource. Resources that depend on a selected one may be selected in addition. */
function selectionOf(args: readonly string[]): (urn: string) => boolean {
  const valuesOf = (flag: RegExp) =>
    args.flatMap((arg, index) => {
      const [, inside] = flag.exec(arg) ?? [];
      if (inside === undefined) return [];
      return [inside === "" ? (args[index + 1] ?? "") : inside.replace(/^=/, "")];
    });
  const targets = valuesOf(/^(?:--target|-t)((?:=.*)?)$/).concat(valuesOf(/^-t([^=].*)$/));
  const excludes = valuesOf(/^--exclude((?:=.*)?)$/);
  const isIn = (patterns: string[], urn: string) => patterns.some((one) => matches(one, urn));
  return (urn) => (targets.length === 0 || isIn(targets, urn)) && !isIn(excludes, urn);
}

/** Matches patterns as the engine does: `**` is anything, `*` anything within a part of the URN. */
function matches(pattern: string, urn: string): boolean {
  const expression = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === "**" ? ".*" : part === "*" ? "[^:]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"),
    )
    .join("");
  return new RegExp(`^${expression}$`).test(urn);
}

/**
 * Refuses a destroy that would not delete everything.
 *
 * @throws a user error for {@link refuseToDestroyProtected protected} resources, for those that a
 *   {@link refuseToDestroyInterrupted killed run} may have left behind, for a Docker Engine that has
 *   {@link lostResources nothing of the stack}, and during a {@link requireNoRestore restore}
 */
export async function requireDestroyable(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
  args: readonly string[],
): Promise<void> {
  if (args.some((arg) => ownChoice.test(arg))) {
    if (args.some((arg) => selecting.test(arg)) && !args.includes("--preview-only")) {
      refuseToForget(await readStackState(tools, stack), stack, args);
    }
    return;
  }
  const state = await readStackState(tools, stack);
  refuseToDestroyProtected(state, stack);
  refuseToDestroyInterrupted(state, stack);
  const ofStack = engineOf(project, stack);
  if (ofStack === undefined || state.resources.length === 0) return;
  const engine = await inventoryOf(ofStack.host);
  lostResources(state, engine, { ...ofStack, stack });
  await requireNoRestore(state, engine, { ...ofStack, stack });
}

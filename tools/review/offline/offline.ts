import { userError } from "../../../infra/user-error";
import type { Tools } from "../../engine/tools";
import type { Preview } from "../events";
import { exitCodes, withExitCode } from "../exit-codes";
import type { Offline } from "../review";
import type { Secret } from "../secrets";
import { digestOfJudge } from "./compared-files";
import { judgedByItself } from "./edited-policies";
import { linkPackages } from "./packages";
import { declaredBy, isSameOnSandbox, joined, previewOnSandbox, unchangedIn } from "./previews";
import { baseOf, exportCommit, exportWorkingTree } from "./revision";
import { madeUpOf, settingsOf, sideOf } from "./sides";
import { clearAway, Workspaces } from "./workspaces";

export interface OfflineOptions {
  /** The clone whose files are the change. */
  project: string;
  /** The clone that provides the packages and this code. Default: that of the change. */
  home?: string;
  /** The stack's name without organisation and project: the back end is a local one. */
  stack: string;
  /** The revision to compare with; see {@link baseOf}. */
  base?: string;
}

/**
 * Previews a change without access to the real environment: its secrets, back end and server.
 *
 * The base's declaration is brought up on a sandbox of this machine, with made-up secrets, and the change is
 * previewed against it. If the stack's server is no sandbox, the server's resources are compared as base and change
 * declare them, and the policies judge these; the sandbox is left out if the change does not affect it. An
 * encrypted value that differs in the change's stack file stands for another made-up secret, so that the change
 * shows.
 *
 * A surprise: the code of the base and of the change runs with this process's rights. If it is not trusted, run the
 * review in a place without anything worth stealing, such as a workflow's job without secrets.
 *
 * At the end, also after a failure or an interrupt, everything that was started is stopped and removed.
 */
export async function reviewOffline(
  tools: Tools,
  { project, home = project, stack, base }: OfflineOptions,
): Promise<{ preview: Preview; offline: Offline; secrets: Secret[] }> {
  const { commit, name } = await baseOf(project, base);
  const interrupt = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const abort = () => interrupt.abort();
  for (const signal of signals) process.on(signal, abort);
  const workspaces = new Workspaces({ project, home, stack, tools, signal: interrupt.signal });
  try {
    return await compared(workspaces, { commit, name });
  } finally {
    await clearAway(workspaces);
    for (const signal of signals) process.off(signal, abort);
  }
}

async function compared(
  workspaces: Workspaces,
  { commit, name }: { commit: string; name: string },
): Promise<{ preview: Preview; offline: Offline; secrets: Secret[] }> {
  const { project } = workspaces.about;
  await exportCommit(project, commit, workspaces.path("base"));
  await exportWorkingTree(project, workspaces.path("change"));
  for (const name of ["base", "change"]) await linkPackages(workspaces, name);
  workspaces.keepAsWritten();
  const judge = digestOfJudge(workspaces);
  const before = await sideOf(workspaces, "base");
  const after = await sideOf(workspaces, "change", before);
  if (after === undefined) throw new Error("the change has no stack file");
  const isEmbedded = [before ?? after, after].every(
    ({ plain }) => plain["logto-stack:runtime"] === "embedded",
  );
  // Not at the same time: each uses all of a small machine.
  const declarations = isEmbedded ? undefined : await declaredBy(workspaces, before, after);
  const { preview: onTop, secrets } =
    declarations && isSameOnSandbox(workspaces, before, after)
      ? { preview: unchangedIn(declarations), secrets: madeUpOf(after) }
      : await previewOnSandbox(workspaces, { before, after, isEmbedded });
  const { policies, ...preview } = await judgedByItself(
    workspaces,
    isEmbedded ? "sandbox" : "change",
    await joined(workspaces, onTop, declarations),
  );
  if (digestOfJudge(workspaces) !== judge) {
    throw withExitCode(
      userError("The change's own code altered the policies that judge it: do not merge it."),
      exitCodes.refused,
    );
  }
  const offline = {
    base: name,
    ...(policies && { policies }),
    settings: before === undefined ? [] : settingsOf(before, after),
    notJudged: notJudged({ isEmbedded }),
  };
  return { preview, offline, secrets };
}

function notJudged({ isEmbedded }: { isEmbedded: boolean }): string[] {
  return [
    "What the real server holds: what was changed there by hand, and what `adoptId` would take over.",
    "Whether the real secrets are right: made-up ones stood in their places.",
    ...(isEmbedded
      ? []
      : [
          "What stands the server up was compared as base and change declare it: whether one is updated or replaced is what its plugin's schema says, and how what only the apply makes known is put together may have changed too.",
        ]),
  ];
}

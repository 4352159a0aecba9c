import { dequal } from "dequal";
import type { Preview } from "../events";
import { type EditedPolicies, isViolation } from "../review";
import { differing } from "./compared-files";
import { requireGoingOn } from "./engine";
import { previewIn } from "./previews";
import type { Workspaces } from "./workspaces";

/** Files that judge a change, or start what does: reviewers must know if they are edited. */
const judging =
  /^(?:policies\/|tools\/|\.github\/|infra\/(?:load\.cjs|placeholder\.ts|user-error\.ts)$|package(?:-lock)?\.json$)/;

/**
 * Judges a change that edits the policies by its own policies too, as they will judge every later change. The base's
 * policies have judged it before.
 *
 * @param workspace in which the change was previewed
 */
export async function judgedByItself(
  workspaces: Workspaces,
  workspace: string,
  preview: Preview,
): Promise<Preview & { policies?: EditedPolicies }> {
  const files = differing(workspaces, ".").filter((file) => judging.test(file));
  if (files.length === 0) return preview;
  const isEdited = files.some((file) => /^(?:policies|infra)\//.test(file));
  if (!isEdited || workspaces.judge === workspaces.path("change")) {
    return { ...preview, policies: { files, violations: [] } };
  }
  const own = await ownFindings(workspaces, workspace);
  const violations = preview.findings.filter(
    (finding) => isViolation(finding) && !own.some((one) => dequal(one, finding)),
  );
  return { ...preview, findings: own, policies: { files, violations } };
}

/** Findings of the change's own policies. If they cannot judge, that is a violation: after the merge nothing could. */
async function ownFindings(
  workspaces: Workspaces,
  workspace: string,
): Promise<Preview["findings"]> {
  try {
    return (await previewIn(workspaces, workspace, { judge: workspaces.path("change") })).findings;
  } catch (error) {
    requireGoingOn(workspaces.about.signal);
    const message = `The change's own policies cannot judge it: ${(error as Error).message}`;
    return [{ policy: "policies", level: "mandatory", urn: undefined, message }];
  }
}

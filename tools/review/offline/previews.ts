import path from "node:path";
import { dequal } from "dequal";
import getPort from "get-port";
import { userError } from "../../../infra/user-error";
import { stackFileOf } from "../../stack/project";
import type { Preview, Step } from "../events";
import { exitCodeOf, withExitCode } from "../exit-codes";
import { failureOf, previewOf, type PreviewOptions } from "../preview";
import { readStack, type Secret, secretsOf } from "../secrets";
import { differing } from "./compared-files";
import { onSandbox, secretsOnSandbox } from "./configuration";
import { type Declarations, isOfLogto, platformSteps, replacingBy } from "./platform";
import type { Side } from "./sides";
import type { Workspaces } from "./workspaces";

/** @throws an error if the preview failed */
export async function previewIn(
  workspaces: Workspaces,
  workspace: string,
  more: Pick<PreviewOptions, "judge" | "eventLog">,
): Promise<Preview> {
  const { stack } = workspaces.about;
  const options = { project: workspaces.path(workspace), stack, isRefreshed: false, ...more };
  const engine = workspaces
    .engine(workspace)
    .with({ LOGTO_STACK_JUDGED_FILES: workspaces.path("written") });
  const preview = await previewOf(engine, options);
  const failure = failureOf(preview, stack);
  if (failure === undefined) return preview;
  throw workspace === "base"
    ? withExitCode(userError(`It is the base: ${failure.message}`), exitCodeOf(failure))
    : failure;
}

/** What base and change declare, each previewed as a new stack; the base's policies judge the change. */
export async function declaredBy(
  workspaces: Workspaces,
  before: Side | undefined,
  after: Side,
): Promise<Declarations> {
  const previewed = async (workspace: string, side: Side, judge?: string) => {
    await workspaces.configure(workspace, side.plain, side.secrets);
    return previewIn(workspaces, workspace, {
      judge,
      eventLog: workspaces.path(`${workspace}-events.jsonl`),
    });
  };
  return {
    before: before && (await previewed("base", before)),
    after: await previewed("change", after, workspaces.judge),
  };
}

/** Whether base and change would declare the same on a sandbox, which is then not needed. */
export function isSameOnSandbox(
  workspaces: Workspaces,
  before: Side | undefined,
  after: Side,
): boolean {
  if (before === undefined) return false;
  const place = { port: 1, adminPort: 2, outboxPort: 3 };
  const [one, other] = [before, after].map(({ plain, secrets }) => [
    onSandbox(plain, place),
    secretsOnSandbox(secrets),
  ]);
  const stackFile = path.basename(stackFileOf("", workspaces.about.stack));
  // Policies do not affect what is on the sandbox.
  const isRead = (file: string) => file !== stackFile && !file.startsWith("policies/");
  return dequal(one, other) && !differing(workspaces, ".").some(isRead);
}

/** The preview on a sandbox that the change does not affect. */
export function unchangedIn({ after }: Declarations): Preview {
  const steps = after.steps.map((step) => ({
    ...step,
    operation: "same",
    before: step.after,
    wasProtected: step.isProtected,
  }));
  return { ...after, steps, outputs: undefined, errors: [] };
}

/** Brings the base up on a sandbox, and previews the change against it. */
export async function previewOnSandbox(
  workspaces: Workspaces,
  { before, after, isEmbedded }: { before: Side | undefined; after: Side; isEmbedded: boolean },
): Promise<{ preview: Preview; secrets: Secret[] }> {
  const { stack } = workspaces.about;
  const place = { port: await getPort(), adminPort: await getPort(), outboxPort: await getPort() };
  if (before !== undefined) {
    workspaces.fill("sandbox", "base");
    await workspaces.configure(
      "sandbox",
      onSandbox(before.plain, place),
      secretsOnSandbox(before.secrets),
    );
    await workspaces.run("sandbox", "bring the base up on a sandbox", [
      "up",
      "--yes",
      "--skip-preview",
      "--stack",
      stack,
    ]);
  }
  workspaces.fill("sandbox", "change");
  await workspaces.configure(
    "sandbox",
    onSandbox(after.plain, place),
    secretsOnSandbox(after.secrets),
  );
  return {
    preview: await previewIn(workspaces, "sandbox", {
      judge: isEmbedded ? workspaces.judge : undefined,
    }),
    secrets: secretsOf(await readStack(workspaces.engine("sandbox"), stack)),
  };
}

/** Combines Logto's objects from the sandbox's preview with the other resources from the declarations. */
export async function joined(
  workspaces: Workspaces,
  sandbox: Preview,
  declared: Declarations | undefined,
): Promise<Preview> {
  if (declared === undefined) return sandbox;
  const identity = sandbox.steps.filter(({ type }) => isOfLogto(type));
  const platform = await platformSteps(
    declared,
    replacingBy((name) => workspaces.schemaOf(name)),
  );
  const isSame = ({ operation }: Step) => operation === "same";
  return {
    ...declared.after,
    steps: [...identity, ...platform],
    outputs: sandbox.outputs,
    errors: [...sandbox.errors, ...declared.after.errors],
    unchanged: [...identity, ...platform].filter(isSame).length,
  };
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { userError } from "../../infra/user-error";
import type { StackPlace } from "../stack/place";
import { mayHold } from "../stack/state-file";
import { say, type Tools } from "../engine/tools";

const type = "postgresql:index/role:Role";

const exported = z
  .object({
    deployment: z
      .object({
        resources: z
          .object({ type: z.string(), retainOnDelete: z.boolean().optional() })
          .passthrough()
          .array()
          .optional(),
        pending_operations: z.unknown().array().optional(),
      })
      .passthrough(),
  })
  .passthrough();

/**
 * Makes the next `up` forget Logto's role, if the state has it as the plugin's, without deleting it: a
 * `DatabaseRole` takes it over. Otherwise the plugin would try to drop the role, and the `up` would fail, as the role
 * owns all that Logto has.
 *
 * An import of the state would forget interrupted creates. If there are any, the state is left alone until an `up`
 * has completed them: that `up` does everything except forget the role, and the next one does that too.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/options/retainondelete/
 */
export async function keepFormerRole(
  tools: Pick<Tools, "pulumi">,
  place: Pick<StackPlace, "backend">,
  stack: string,
): Promise<void> {
  if (!mayHold(place, stack, type)) return;
  const folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-state-"));
  const file = path.join(folder, "state.json");
  const stateOf = ["--stack", stack, "--non-interactive", "--file", file];
  const refuse = (output: string) =>
    userError(`The state of the stack ${stack} cannot be changed before the up: ${output}`);
  try {
    // Secrets stay encrypted in the export.
    const read = await tools.pulumi(["stack", "export", ...stateOf]);
    if (read.failed) throw refuse(read.output);
    const state = exported.parse(JSON.parse(readFileSync(file, "utf8")));
    const { resources = [], pending_operations: pending = [] } = state.deployment;
    const roles = resources.filter((one) => one.type === type && one.retainOnDelete !== true);
    if (roles.length === 0 || pending.length > 0) return;
    for (const role of roles) role.retainOnDelete = true;
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    const written = await tools.pulumi(["stack", "import", ...stateOf]);
    if (written.failed) throw refuse(written.output);
    say(`Logto's role in Postgres stays, and is a DatabaseRole of ${stack} from now on.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

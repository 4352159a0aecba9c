import { removeContainer } from "../../infra/server/docker/container";
import type { Inventory } from "../../infra/server/docker/docker-engine";
import { userError } from "../../infra/user-error";
import { onEngine } from "./lost-resources";
import { readStackFile } from "../stack/project";
import { nameIn, type StackState, type StateResource } from "../stack/state";

/** The Docker Engine that a stack's file names; undefined for a stack of another runtime. */
export function engineOf(project: string, stack: string): { host: string | undefined } | undefined {
  const { config = {} } = readStackFile(project, stack);
  if (config["logto-stack:runtime"] !== "docker") return undefined;
  const { host } = (config["logto-stack:docker"] ?? {}) as { host?: string };
  return { host };
}

/** The name of the container that runs a command for backups. */
export const commandOf = (backup: string) => `${backup}-command`;

/**
 * Refuses to go on during a restore, even if its command was interrupted: Logto must not start on a database that is
 * about to be replaced. The container of a restore that has ended is removed.
 *
 * @throws a user error during a restore
 */
export async function requireNoRestore(
  { resources }: StackState,
  engine: Inventory,
  { host, stack }: { host: string | undefined; stack: string },
): Promise<void> {
  const backup = resources.find((one) => one.type === onEngine.container && isBackup(one));
  const name = commandOf(String(backup?.inputs["name"]));
  const found = engine.containers.find((one) => one.name === name);
  if (found === undefined) return;
  if (found.isRunning) {
    throw userError(
      `A backup of the stack ${stack} is being restored or listed by the container "${name}", which goes on where its command was broken off: run this again when it has ended.`,
    );
  }
  await removeContainer({ ...(host && { host }), container: found.id, name, secrets: {} });
}

const isBackup = (resource: StateResource) => nameIn(resource) === "logto-backup";

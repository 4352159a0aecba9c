import { z } from "zod";
import {
  type ContainerAccess,
  isGone,
  logOf,
  makeLike,
  removeContainer,
  stateOf,
} from "../../infra/server/docker/container";
import {
  type Backup,
  backupsEntrypoint,
  type BackupsCommand,
  backupsIn,
  sayingRestored,
} from "../../infra/server/docker/backups";
import { runToItsEnd } from "../../infra/server/docker/finished-container";
import { userError } from "../../infra/user-error";
import { readStackFile, requireStackFile } from "./project";
import { commandOf, engineOf } from "../recovery/running-restore";
import { placeOf } from "./place";
import { prepareTools, type Tools } from "../engine/tools";

/** The containers of a stack that is up, from its state. */
export interface DockerStack {
  postgres: DeclaredContainer;
  logto: DeclaredContainer;
  seed: DeclaredContainer;
  /** Makes backups; a container like it restores them. */
  backup: DeclaredContainer;
}

/** `limit` is the time in seconds until it must be ready, or have ended. */
type DeclaredContainer = ContainerAccess & { url?: string; limit: number };

const access = z
  .object({
    host: z.string().optional(),
    container: z.string(),
    name: z.string(),
    // The engine's form of a secret.
    secrets: z.record(
      z
        .object({ plaintext: z.string() })
        .transform(({ plaintext }) => z.string().parse(JSON.parse(plaintext))),
    ),
    url: z.string().optional(),
    limit: z.number(),
  })
  .passthrough();

const state = z.object({
  deployment: z.object({
    resources: z.array(z.object({ urn: z.string(), inputs: z.unknown() })).default([]),
  }),
});

/**
 * The containers of a stack with the runtime `docker`.
 *
 * @throws a user error if the stack has another runtime or is not up
 */
export async function dockerStack(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
): Promise<DockerStack> {
  if (engineOf(project, stack) === undefined) {
    const runtime = readStackFile(project, stack).config?.["logto-stack:runtime"];
    throw userError(
      `The runtime of the stack ${stack} is ${String(runtime)}, and backups are made only if it is docker: see to the database yourself.`,
    );
  }
  const command = ["stack", "export", "--show-secrets", "--stack", stack, "--non-interactive"];
  const { failed, output, stdout } = await tools.pulumi(command);
  if (failed && !output.includes("no stack named")) {
    // The engine was asked for secrets, so its output is not shown.
    throw userError(
      `The state of the stack ${stack} cannot be read: npm run pulumi -- stack export --stack ${stack} says why.`,
    );
  }
  const { resources } = failed ? { resources: [] } : state.parse(JSON.parse(stdout)).deployment;
  const find = (type: string, name: string): DeclaredContainer => {
    const resource = resources.find(({ urn }) => urn.endsWith(`logto-server:${type}::${name}`));
    const found = access.safeParse(resource?.inputs);
    if (!found.success) {
      throw userError(
        `The stack ${stack} is not up (it has no ${name}): run npm run up -- ${stack} first.`,
      );
    }
    const { host, url, ...rest } = found.data;
    return { ...rest, ...(host !== undefined && { host }), ...(url !== undefined && { url }) };
  };
  return {
    postgres: find("ReadyContainer", "postgres"),
    logto: find("ReadyContainer", "logto"),
    seed: find("FinishedContainer", "logto-seed"),
    backup: find("FinishedContainer", "logto-backup"),
  };
}

/** {@link dockerStack} of the project in the current folder. */
export async function currentDockerStack(stack: string): Promise<DockerStack> {
  const project = process.cwd();
  requireStackFile(project, stack);
  const place = placeOf(project, stack, process.env);
  const tools = await prepareTools({ project, env: process.env, isThorough: false });
  return dockerStack(tools.with(place.env), project, stack);
}

const day = 24 * 60 * 60;

/**
 * Runs a command of infra/server/docker/backups.sh and returns its output.
 *
 * If it fails, its container is kept for {@link outcomeOfRestore}; the next command removes it.
 */
export async function runBackups(
  { backup }: { backup: ContainerAccess },
  command: BackupsCommand,
): Promise<string> {
  const { advice: _, ...like } = backup;
  const container = await makeLike(like, commandOf(backup.name), backupsEntrypoint(command));
  await runToItsEnd(container, day);
  const said = (await logOf(container)).trimEnd();
  await removeContainer(container);
  return said;
}

/**
 * The outcome of a restore that failed, or to which the engine never answered. It is unknown as long as the restore
 * runs, which it does even without its command.
 */
export async function outcomeOfRestore(
  { backup }: { backup: ContainerAccess },
  name: string,
): Promise<"restored" | "as it was" | "unknown"> {
  const command = { ...backup, container: commandOf(backup.name) };
  try {
    if ((await stateOf(command)).isRunning) return "unknown";
    return (await logOf(command)).includes(sayingRestored(name)) ? "restored" : "as it was";
  } catch (error) {
    return isGone(error) ? "as it was" : "unknown";
  }
}

/** The kept backups, the newest first. */
export async function listBackups(stack: { backup: ContainerAccess }): Promise<Backup[]> {
  return backupsIn(await runBackups(stack, ["list"]));
}

/** One line per backup: name, time and size. */
export function tableOf(backups: readonly Backup[]): string {
  return backups
    .map(({ name, bytes }) => `  ${name}  ${(bytes / 1_000_000).toFixed(1).padStart(8)} MB`)
    .join("\n");
}

import { z } from "zod";
import {
  type ContainerAccess,
  isGone,
  logOf,
  makeLike,
  removeContainer,
  stateOf,
} from "../infra/server/container";
import {
  type Backup,
  backupsEntrypoint,
  type BackupsCommand,
  backupsIn,
  sayingRestored,
} from "../infra/server/backups";
import { runToItsEnd } from "../infra/server/finished-container";
import type { Inventory } from "../infra/server/docker-engine";
import { userError } from "../infra/user-error";
import { onEngine } from "./lost-resources";
import { readStackFile, requireStackFile } from "./project";
import { placeOf } from "./stack";
import { nameIn, type StackState, type StateResource } from "./stack-state";
import { prepareTools, type Tools } from "./tools";

/** The containers of a stack that is up, as its state has them. */
export interface DockerStack {
  postgres: DeclaredContainer;
  logto: DeclaredContainer;
  seed: DeclaredContainer;
  /** It makes backups, and one like it restores them. */
  backup: DeclaredContainer;
}

/** With the limit in seconds until it must be ready, or have ended. */
type DeclaredContainer = ContainerAccess & { url?: string; limit: number };

const access = z
  .object({
    host: z.string().optional(),
    container: z.string(),
    name: z.string(),
    // What the engine shows a secret as.
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

/** Where a stack's file says that its Docker Engine is; nothing of a stack of another runtime. */
export function engineOf(project: string, stack: string): { host: string | undefined } | undefined {
  const { config = {} } = readStackFile(project, stack);
  if (config["logto-stack:runtime"] !== "docker") return undefined;
  const { host } = (config["logto-stack:docker"] ?? {}) as { host?: string };
  return { host };
}

/**
 * Where the containers are of a stack of the runtime `docker`.
 *
 * @throws a user error for a stack of another runtime, and for one that is not up
 */
export async function dockerStack(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
): Promise<DockerStack> {
  if (engineOf(project, stack) === undefined) {
    const runtime = readStackFile(project, stack).config?.["logto-stack:runtime"];
    throw userError(
      `The runtime of the stack ${stack} is ${String(runtime)}, and backups are made where it is docker: see to the database yourself.`,
    );
  }
  const command = ["stack", "export", "--show-secrets", "--stack", stack, "--non-interactive"];
  const { failed, output, stdout } = await tools.pulumi(command);
  if (failed && !output.includes("no stack named")) {
    // It was asked for secrets, so what it said is not shown.
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

/** {@link dockerStack} of the project in which a command runs. */
export async function currentDockerStack(stack: string): Promise<DockerStack> {
  const project = process.cwd();
  requireStackFile(project, stack);
  const place = placeOf(project, stack, process.env);
  const tools = await prepareTools({ project, env: process.env, isThorough: false });
  return dockerStack(tools.with(place.env), project, stack);
}

const day = 24 * 60 * 60;

/** The container that carries out a command of {@link runBackups}. */
const commandOf = (backup: string) => `${backup}-command`;

/**
 * Refuses to go on beside a restore, which may be one of a command that was broken off: Logto must not start
 * on a database that is about to be replaced. What is left of one that has ended is removed.
 *
 * @throws a user error where one is at work
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

/**
 * Has a command of infra/server/backups.sh carried out; what it wrote.
 *
 * Of one that fails the container is left, for {@link outcomeOfRestore}; the next command removes it.
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
 * What has become of a restore that failed, or of which the engine's answer never came. Unknown while it is at work, which
 * it is without the command as well.
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

/** What is kept, the newest first. */
export async function listBackups(stack: { backup: ContainerAccess }): Promise<Backup[]> {
  return backupsIn(await runBackups(stack, ["list"]));
}

/** A line each: name, time and size. */
export function tableOf(backups: readonly Backup[]): string {
  return backups
    .map(({ name, bytes }) => `  ${name}  ${(bytes / 1_000_000).toFixed(1).padStart(8)} MB`)
    .join("\n");
}

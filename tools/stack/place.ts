import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { backendIn, requireBackend } from "./backend";
import { credentialsDirectory, withoutEmpty } from "../engine/environment";
import type { Tools } from "../engine/tools";
import { backendOfProject, defaultStack, readStackFile, stackFileOf } from "./project";
import { makeFolder, passable } from "../../infra/server/processes/folder";
import { userError } from "../../infra/user-error";

/** The places of a stack's state and its passphrase. */
export interface StackPlace {
  /** Variables that tell the engine the place. They hold no secret. */
  env: Record<string, string>;
  /** The back end's address, for display. */
  backend: string;
  passphrase: string;
}

/**
 * The back end with `stack`'s state, and the passphrase that encrypts its secrets.
 *
 * The user's own setup takes precedence: a back end (PULUMI_BACKEND_URL, PULUMI_ACCESS_TOKEN, Pulumi.yaml, a
 * login), a secrets provider that needs no passphrase (`secretsprovider` in the stack's file, such as
 * awskms://…), and a passphrase (PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE). Otherwise both
 * lie below the git-ignored .logto-stack, with a passphrase made up on first use.
 *
 * @param secretsProvider of a stack that is to be created. Default: the one in the stack's file
 */
export function placeOf(
  project: string,
  stack: string,
  environment: NodeJS.ProcessEnv,
  secretsProvider = readStackFile(project, stack).secretsprovider,
): StackPlace {
  const place = whereabouts(project, stack, environment, secretsProvider);
  const { ownFolder, ownPassphrase } = place;
  if (ownFolder !== undefined) {
    stateDirectory(project);
    makeFolder(ownFolder, 0o700);
  }
  if (ownPassphrase !== undefined && !existsSync(ownPassphrase)) {
    makePassphrase(project, ownPassphrase);
  }
  return place;
}

/** Like {@link placeOf}, for commands that only read: nothing is created. */
export function placeToRead(
  project: string,
  stack: string,
  environment: NodeJS.ProcessEnv,
): StackPlace {
  const { secretsprovider } = readStackFile(project, stack);
  return whereabouts(project, stack, environment, secretsprovider);
}

/** A place, with the paths in this clone that are used if the user has set up nothing else. */
interface Whereabouts extends StackPlace {
  ownFolder: string | undefined;
  ownPassphrase: string | undefined;
}

function whereabouts(
  project: string,
  stack: string,
  environment: NodeJS.ProcessEnv,
  secretsProvider: string | undefined,
): Whereabouts {
  const env = withoutEmpty(environment);
  const ownBackend = backendOfUser(project, env);
  const ownFolder =
    ownBackend === undefined ? path.join(project, stateFolder, "backend") : undefined;
  const backend = ownBackend ?? backendIn(String(ownFolder));
  const scheme = keyScheme(secretsProvider);
  const passphrase =
    scheme === undefined
      ? passphraseOf(project, stack, env, ownBackend)
      : { env: {}, shown: `none, ${scheme} encrypts` };
  return {
    ownFolder,
    ownPassphrase: passphrase.env[passphraseVariable],
    env: { ...(ownBackend === undefined && { PULUMI_BACKEND_URL: backend }), ...passphrase.env },
    backend,
    passphrase: passphrase.shown,
  };
}

/** The service that encrypts with its own key instead of a passphrase, such as `awskms`. */
function keyScheme(secretsProvider: string | undefined): string | undefined {
  return /^([a-z]+):\/\//.exec(secretsProvider ?? "")?.[1];
}

/** Creates the stack if its back end does not have it. */
export async function ensureStack(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
): Promise<void> {
  const known = await tools.pulumi(["stack", "--show-name", "--stack", stack, "--non-interactive"]);
  if (!known.failed) {
    return;
  }
  if (!known.output.includes("no stack named")) {
    throw userError(`The stack ${stack} cannot be read: ${known.output}`);
  }
  // Otherwise it would be selected, and later commands without a name would use it.
  const flags = ["--no-select", "--non-interactive"];
  const { secretsprovider } = readStackFile(project, stack);
  if (secretsprovider !== undefined) flags.push("--secrets-provider", secretsprovider);
  const made = await tools.pulumi(["stack", "init", stack, ...flags]);
  if (made.failed && !made.output.includes("already exists")) {
    throw userError(`The stack ${stack} cannot be made: ${made.output}`);
  }
}

function backendOfUser(project: string, env: NodeJS.ProcessEnv): string | undefined {
  const accessToken = env["PULUMI_ACCESS_TOKEN"] === undefined ? undefined : "https://";
  const given = [
    ["PULUMI_BACKEND_URL", env["PULUMI_BACKEND_URL"]],
    ["backend.url of Pulumi.yaml", backendOfProject(project)],
  ] as const;
  const [setting, address] = given.find(([, value]) => value !== undefined) ?? [];
  if (setting !== undefined && address !== undefined) requireBackend(address, setting);
  return address ?? loginOf(credentialsDirectory(env)) ?? accessToken;
}

function loginOf(directory: string): string | undefined {
  const file = path.join(directory, "credentials.json");
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    const { current } = JSON.parse(readFileSync(file, "utf8")) as { current?: string };
    return current || undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw userError(
      `${file}, Pulumi's note of your logins, is cut short: remove it and log in again.`,
    );
  }
}

function passphraseOf(
  project: string,
  stack: string,
  env: NodeJS.ProcessEnv,
  ownBackend: string | undefined,
): { env: Record<string, string>; shown: string } {
  const own = ["PULUMI_CONFIG_PASSPHRASE", passphraseVariable].find(
    (name) => env[name] !== undefined,
  );
  if (own !== undefined) {
    return { env: {}, shown: own };
  }
  const file = passphraseFile(project, stack);
  if (!existsSync(file)) {
    const stackFile = path.basename(stackFileOf(project, stack));
    if (readStackFile(project, stack).encryptionsalt !== undefined) {
      throw userError(
        `${stackFile} holds secrets under a passphrase that this clone does not have: set PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it, or put it into ${path.relative(project, file)}; ` +
          `to start over instead, remove encryptionsalt and every value with "secure" from ${stackFile}.`,
      );
    }
    if (ownBackend !== undefined && /^https?:/.test(ownBackend)) {
      // Pulumi's service encrypts with its own key.
      return { env: {}, shown: "none, the back end encrypts" };
    }
  }
  return { env: { [passphraseVariable]: file }, shown: file };
}

/** One file per stack: the team shares the passphrase of `dev`, while everybody has their own `local`. */
function passphraseFile(project: string, stack: string): string {
  const short = path.basename(stack);
  const name = short === defaultStack ? "passphrase" : `passphrase-${short}`;
  return path.join(project, stateFolder, name);
}

/** Written to another file and linked, so that two runs at once use the same passphrase, and never half of one. */
function makePassphrase(project: string, file: string): void {
  stateDirectory(project);
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Creates the git-ignored folder of everything that belongs to this clone. */
function stateDirectory(project: string): void {
  makeFolder(path.join(project, stateFolder), passable);
}

const stateFolder = ".logto-stack";
const passphraseVariable = "PULUMI_CONFIG_PASSPHRASE_FILE";

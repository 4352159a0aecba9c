import { createHash, randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { dequal } from "dequal";
import { execa } from "execa";
import getPort from "get-port";
import { stringify } from "yaml";
import type { Values } from "../../../infra/properties";
import { stop } from "../../../infra/server/processes/background-process";
import { removeCluster } from "../../../infra/server/embedded/postgres-cluster";
import { userError } from "../../../infra/user-error";
import { backendIn } from "../../stack/backend";
import { readStackFile, stackFileOf } from "../../stack/project";
import { say, type Tools } from "../../engine/tools";
import { type Difference, differences } from "../difference";
import type { Preview, Step } from "../events";
import { exitCodeOf, exitCodes, withExitCode } from "../exit-codes";
import {
  onSandbox,
  type ReadableConfiguration,
  readable,
  replacedBySandbox,
  secretsOnSandbox,
} from "./configuration";
import { allowedEnvironment, engineIn, requireGoingOn } from "./engine";
import { type Declarations, isOfLogto, platformSteps, replacingBy } from "./platform";
import { failureOf, previewOf, type PreviewOptions } from "../preview";
import { type EditedPolicies, isViolation, type Offline } from "../review";
import { baseOf, exportCommit, exportWorkingTree } from "./revision";
import { readStack, type Secret, secretsOf } from "../secrets";

export interface OfflineOptions {
  /** The clone whose files are the change. */
  project: string;
  /** The clone whose packages are there, and whose code this is. Default: that of the change. */
  home?: string;
  /** Its name, without organisation and project: the back end is one of this machine. */
  stack: string;
  /** The revision to compare with; see {@link baseOf}. */
  base?: string;
}

/** A side of the comparison as its stack's file declares it, with made-up secrets in the places of the real. */
interface Side extends ReadableConfiguration {
  secrets: Record<string, string>;
}

/**
 * Previews a change without anything of the real environment: neither secrets nor back end nor server.
 *
 * The base's declaration is brought up on a sandbox of this machine, with secrets made up on the spot, and
 * the change is previewed against it. Where the stack's server is no sandbox, its own resources are compared
 * as base and change declare them, and the policies judge these; the sandbox is left out where the change is
 * none for it. An encrypted value that is another one in
 * the change's stack file stands for another made-up secret, so that it shows.
 *
 * What surprises: the code of the base and of the change runs, with this process's rights. Where neither is
 * trusted, run it where there is nothing to be had, such as a workflow's job without secrets.
 *
 * All that was started is stopped and removed at the end, also after a failure or an interrupt.
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
  const rooms = new Rooms({ project, home, stack, tools, signal: interrupt.signal });
  try {
    return await compared(rooms, { commit, name });
  } finally {
    await clearAway(rooms);
    for (const signal of signals) process.off(signal, abort);
  }
}

async function compared(
  rooms: Rooms,
  { commit, name }: { commit: string; name: string },
): Promise<{ preview: Preview; offline: Offline; secrets: Secret[] }> {
  const { project } = rooms.about;
  await exportCommit(project, commit, rooms.path("base"));
  await exportWorkingTree(project, rooms.path("change"));
  for (const room of ["base", "change"]) await rooms.furnish(room);
  rooms.keepAsWritten();
  const judge = rooms.digestOfJudge();
  const before = await sideOf(rooms, "base");
  const after = await sideOf(rooms, "change", before);
  if (after === undefined) throw new Error("the change has no stack file");
  const isEmbedded = [before ?? after, after].every(
    ({ plain }) => plain["logto-stack:runtime"] === "embedded",
  );
  // Not side by side: each takes all of a small machine.
  const declarations = isEmbedded ? undefined : await declaredBy(rooms, before, after);
  const { preview: onTop, secrets } =
    declarations && isSameOnSandbox(rooms, before, after)
      ? { preview: unchangedIn(declarations), secrets: madeUpOf(after) }
      : await previewOnSandbox(rooms, { before, after, isEmbedded });
  const { policies, ...preview } = await judgedByItself(
    rooms,
    isEmbedded ? "sandbox" : "change",
    await joined(rooms, onTop, declarations),
  );
  if (rooms.digestOfJudge() !== judge) {
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

/** The folders of a review: the base, the change, and the sandbox on which one is put after the other. */
class Rooms {
  readonly root = mkdtempSync(path.join(os.tmpdir(), "logto-stack-review-"));
  private readonly env: Record<string, string>;

  constructor(
    readonly about: {
      project: string;
      home: string;
      stack: string;
      tools: Tools;
      signal: AbortSignal;
    },
  ) {
    const { root } = this;
    const passphrase = path.join(root, "passphrase");
    writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
    this.env = {
      ...allowedEnvironment(about.tools.env),
      // Where programs look for credentials of the user's.
      HOME: path.join(root, "home"),
      // What an engine that is stopped leaves goes with the rest.
      TMPDIR: path.join(root, "tmp"),
      PULUMI_CREDENTIALS_PATH: path.join(root, "home"),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
    for (const name of ["home", "tmp"]) mkdirSync(path.join(root, name), { mode: 0o700 });
  }

  path(room: string, file = "."): string {
    return path.join(this.root, room, file);
  }

  /**
   * The packages are those that the room's own lockfile names: what a change adds or alters there neither
   * judges it nor brings its base up.
   */
  async furnish(room: string): Promise<void> {
    const { home } = this.about;
    const [wanted, there] = [this.path(room), home].map((folder) => {
      const lock = path.join(folder, "package-lock.json");
      return existsSync(lock) ? readFileSync(lock, "utf8") : undefined;
    });
    if (wanted === undefined || wanted === there) {
      symlinkSync(path.join(home, "node_modules"), this.path(room, "node_modules"));
      return;
    }
    requireGoingOn(this.about.signal);
    say(`Installing the packages of the ${room}, as its package-lock.json is another one …`);
    // Beside the room, whose files are compared and copied.
    const packages = this.path(`${room}-packages`);
    mkdirSync(packages);
    for (const file of ["package.json", "package-lock.json"]) {
      cpSync(this.path(room, file), path.join(packages, file));
    }
    const { failed, all } = await execa("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
      cwd: packages,
      // Where packages come from is the caller's say.
      env: {
        ...this.env,
        npm_config_userconfig:
          process.env["npm_config_userconfig"] ?? path.join(os.homedir(), ".npmrc"),
      },
      extendEnv: false,
      reject: false,
      all: true,
      cancelSignal: this.about.signal,
    });
    requireGoingOn(this.about.signal);
    if (failed) {
      throw withExitCode(
        userError(`The packages of the ${room} could not be installed (npm ci): ${all}`),
        exitCodes.unreachable,
      );
    }
    symlinkSync(path.join(packages, "node_modules"), this.path(room, "node_modules"));
  }

  /** The stacks' files as the change has them: in its room made-up secrets take the places of the real. */
  keepAsWritten(): void {
    mkdirSync(this.path("written"));
    for (const name of readdirSync(this.path("change"))) {
      if (!/^Pulumi\..*yaml$/.test(name)) continue;
      cpSync(this.path("change", name), this.path("written", name), { dereference: false });
    }
  }

  /** What the base's policies and the code that they load are, which the change's code runs beside. */
  digestOfJudge(): string {
    const digest = createHash("sha256");
    for (const folder of ["policies", "infra"]) {
      if (!existsSync(this.path("base", folder))) continue;
      const entries = readdirSync(this.path("base", folder), {
        recursive: true,
        withFileTypes: true,
      });
      const files = entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => path.join(parentPath, name))
        .sort();
      for (const file of files) digest.update(file).update(readFileSync(file));
    }
    return digest.digest("hex");
  }

  /** The room whose policies judge: the base's, unless it has none yet. */
  get judge(): string {
    return this.path(existsSync(this.path("base", "policies")) ? "base" : "change");
  }

  /** Puts the files of one room into another in the place of those there; what runs in it stays. */
  fill(room: string, source: string): void {
    mkdirSync(this.path(room), { recursive: true });
    const staying = [".logto-stack", path.basename(stackFileOf("", this.about.stack))];
    for (const name of readdirSync(this.path(room)).filter((one) => !staying.includes(one))) {
      rmSync(this.path(room, name), { recursive: true });
    }
    for (const name of readdirSync(this.path(source)).filter((one) => !staying.includes(one))) {
      cpSync(this.path(source, name), this.path(room, name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }

  haveSame(file: string): boolean {
    const [one, other] = ["base", "change"].map((room) => {
      const place = this.path(room, file);
      const entry = lstatSync(place, { throwIfNoEntry: false });
      if (entry?.isSymbolicLink()) return Buffer.from(readlinkSync(place));
      return entry?.isFile() ? readFileSync(place) : undefined;
    });
    return one !== undefined && other !== undefined && one.equals(other);
  }

  /** The files below a folder that only one of base and change has, or that are not the same in both. */
  differing(folder: string): string[] {
    const files = ["base", "change"].flatMap((room) =>
      existsSync(this.path(room, folder))
        ? readdirSync(this.path(room, folder), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile() || entry.isSymbolicLink())
            .map(({ parentPath, name }) =>
              path.relative(this.path(room), path.join(parentPath, name)),
            )
        : [],
    );
    return [...new Set(files)].filter((file) => !this.haveSame(file)).sort();
  }

  engine(room: string): Pick<Tools, "pulumi" | "with"> {
    const backend = path.join(this.root, `${room}-backend`);
    mkdirSync(backend, { recursive: true, mode: 0o700 });
    const env = { ...this.env, PULUMI_BACKEND_URL: backendIn(backend) };
    return engineIn(this.path(room), this.about.tools, env, this.about.signal);
  }

  /** What the room's own code prints as JSON. */
  async evaluate(room: string, script: string): Promise<unknown> {
    requireGoingOn(this.about.signal);
    const { stdout } = await execa(process.execPath, ["--eval", script], {
      cwd: this.path(room),
      env: { ...this.env, PWD: this.path(room) },
      extendEnv: false,
    });
    return JSON.parse(stdout) as unknown;
  }

  /** The schema of a plugin's package, in the version that is used. */
  async schemaOf(name: string): Promise<string | undefined> {
    const { plugins } = this.about.tools;
    const version = plugins.find((plugin) => plugin.name === name)?.version;
    const source = version === undefined ? name : `${name}@${version}`;
    const result = await this.engine("change").pulumi(["package", "get-schema", source]);
    return result.failed ? undefined : result.stdout;
  }

  /** Makes the room's stack the one that is configured so. */
  async configure(room: string, plain: Values, secrets: Record<string, string>): Promise<void> {
    const { stack } = this.about;
    const { encryptionsalt, sealed } = this;
    const isSealed = ([key, value]: [string, string]) => sealed.get(key)?.has(value) === true;
    const before = Object.entries(secrets).filter(isSealed);
    const config = {
      ...plain,
      ...Object.fromEntries(before.map(([key, value]) => [key, sealed.get(key)?.get(value)])),
    };
    const file = stackFileOf(this.path(room), stack);
    writeFileSync(file, stringify({ ...(encryptionsalt && { encryptionsalt }), config }));
    const purpose = "make a stack of its own";
    if (!this.made.has(room))
      await this.run(room, purpose, ["stack", "init", stack, "--no-select"]);
    this.made.add(room);
    for (const [key, value] of Object.entries(secrets).filter((one) => !isSealed(one))) {
      const isPath = /[.[]/.test(key);
      const named = [...(isPath ? ["--path"] : []), key, "--stack", stack];
      await this.run(room, `make up ${key}`, ["config", "set", "--secret", ...named], value);
      const { config: stored = {} } = readStackFile(this.path(room), stack);
      if (!isPath) sealed.set(key, new Map([...(sealed.get(key) ?? []), [value, stored[key]]]));
    }
    this.encryptionsalt = readStackFile(this.path(room), stack).encryptionsalt;
  }

  /** @throws a user error that says for what, and what the engine said */
  async run(room: string, purpose: string, args: string[], input?: string): Promise<void> {
    const result = await this.engine(room).pulumi([...args, "--non-interactive"], input);
    if (!result.failed) return;
    throw withExitCode(
      userError(`The offline review could not ${purpose}: ${result.output}`),
      exitCodes.refused,
    );
  }

  private readonly made = new Set<string>();
  /** All rooms have one passphrase, so that one salt does, and what is encrypted once is for all of them. */
  private encryptionsalt: string | undefined;
  /** What the engine made of a secret, by its key and value: each takes it a start. */
  private readonly sealed = new Map<string, Map<string, unknown>>();
}

/** The made-up secrets of a stack that each side needs; none where the side has no such stack. */
async function sideOf(rooms: Rooms, room: string, other?: Side): Promise<Side | undefined> {
  const { stack } = rooms.about;
  if (!existsSync(stackFileOf(rooms.path(room), stack))) return undefined;
  const configuration = readStackFile(rooms.path(room), stack).config ?? {};
  const { plain, encrypted } = readable(configuration);
  const { needed, madeUp } = (await rooms.evaluate(room, makeUpSecrets(plain))) as MadeUp;
  const keys = [...new Set([...needed, ...encrypted.keys()])];
  const secrets = keys.map((key) => {
    const isSame = other !== undefined && other.encrypted.get(key) === encrypted.get(key);
    const kept = isSame ? other.secrets[key] : undefined;
    return [key, kept ?? madeUp[key] ?? randomBytes(16).toString("hex")] as const;
  });
  return { plain, encrypted, secrets: Object.fromEntries(secrets) };
}

interface MadeUp {
  /** The keys that the stack must have. */
  needed: string[];
  madeUp: Record<string, string>;
}

/**
 * By the room's own code, which knows what each secret must look like. One of before some stacks needed more
 * than others says of each which are optional.
 */
const makeUpSecrets = (configuration: Values) => `
  const { secretSettings, neededSecrets } = require("./infra/load.cjs")("stacks/secret-settings");
  const needed = neededSecrets
    ? neededSecrets(${JSON.stringify(configuration)})
    : secretSettings.filter(({ isOptional }) => !isOptional);
  const madeUp = Object.fromEntries(secretSettings.map(({ key, generate }) => [key, generate()]));
  process.stdout.write(JSON.stringify({ needed: needed.map(({ key }) => key), madeUp }));
`;

/** What base and change declare, each previewed as if nothing were there; the base's policies judge the change's. */
async function declaredBy(
  rooms: Rooms,
  before: Side | undefined,
  after: Side,
): Promise<Declarations> {
  const previewed = async (room: string, side: Side, judge?: string) => {
    await rooms.configure(room, side.plain, side.secrets);
    return previewIn(rooms, room, { judge, eventLog: rooms.path(`${room}-events.jsonl`) });
  };
  return {
    before: before && (await previewed("base", before)),
    after: await previewed("change", after, rooms.judge),
  };
}

/** Whether the sandbox, of which nobody else knows, would be given just the same by base and change. */
function isSameOnSandbox(rooms: Rooms, before: Side | undefined, after: Side): boolean {
  if (before === undefined) return false;
  const place = { port: 1, adminPort: 2, outboxPort: 3 };
  const [one, other] = [before, after].map(({ plain, secrets }) => [
    onSandbox(plain, place),
    secretsOnSandbox(secrets),
  ]);
  const stackFile = path.basename(stackFileOf("", rooms.about.stack));
  // Policies judge what is declared, not what is on the sandbox.
  const isRead = (file: string) => file !== stackFile && !file.startsWith("policies/");
  return dequal(one, other) && !rooms.differing(".").some(isRead);
}

/** What a preview on the sandbox would tell then. */
function unchangedIn({ after }: Declarations): Preview {
  const steps = after.steps.map((step) => ({
    ...step,
    operation: "same",
    before: step.after,
    wasProtected: step.isProtected,
  }));
  return { ...after, steps, outputs: undefined, errors: [] };
}

function madeUpOf({ secrets }: Side): Secret[] {
  return Object.entries(secrets).map(([place, value]) => ({ place, value }));
}

/** The base brought up on a sandbox, and the change previewed in its place. */
async function previewOnSandbox(
  rooms: Rooms,
  { before, after, isEmbedded }: { before: Side | undefined; after: Side; isEmbedded: boolean },
): Promise<{ preview: Preview; secrets: Secret[] }> {
  const { stack } = rooms.about;
  const place = { port: await getPort(), adminPort: await getPort(), outboxPort: await getPort() };
  if (before !== undefined) {
    rooms.fill("sandbox", "base");
    await rooms.configure(
      "sandbox",
      onSandbox(before.plain, place),
      secretsOnSandbox(before.secrets),
    );
    await rooms.run("sandbox", "bring the base up on a sandbox", [
      "up",
      "--yes",
      "--skip-preview",
      "--stack",
      stack,
    ]);
  }
  rooms.fill("sandbox", "change");
  await rooms.configure("sandbox", onSandbox(after.plain, place), secretsOnSandbox(after.secrets));
  return {
    preview: await previewIn(rooms, "sandbox", {
      judge: isEmbedded ? rooms.judge : undefined,
    }),
    secrets: secretsOf(await readStack(rooms.engine("sandbox"), stack)),
  };
}

/** @throws what keeps the preview from being one */
async function previewIn(
  rooms: Rooms,
  room: string,
  more: Pick<PreviewOptions, "judge" | "eventLog">,
): Promise<Preview> {
  const { stack } = rooms.about;
  const options = { project: rooms.path(room), stack, isRefreshed: false, ...more };
  const engine = rooms.engine(room).with({ LOGTO_STACK_JUDGED_FILES: rooms.path("written") });
  const preview = await previewOf(engine, options);
  const failure = failureOf(preview, stack);
  if (failure === undefined) return preview;
  throw room === "base"
    ? withExitCode(userError(`It is the base: ${failure.message}`), exitCodeOf(failure))
    : failure;
}

/** What judges a change, or starts what does: whoever reviews it has to know that it is edited. */
const judging =
  /^(?:policies\/|tools\/|\.github\/|infra\/(?:load\.cjs|placeholder\.ts|user-error\.ts)$|package(?:-lock)?\.json$)/;

/**
 * Has a change that edits the policies be judged by its own, too, as every change after it will be. By the
 * base's it was judged before.
 *
 * @param room where the change was previewed
 */
async function judgedByItself(
  rooms: Rooms,
  room: string,
  preview: Preview,
): Promise<Preview & { policies?: EditedPolicies }> {
  const files = rooms.differing(".").filter((file) => judging.test(file));
  if (files.length === 0) return preview;
  const isEdited = files.some((file) => /^(?:policies|infra)\//.test(file));
  if (!isEdited || rooms.judge === rooms.path("change")) {
    return { ...preview, policies: { files, violations: [] } };
  }
  const own = await ownFindings(rooms, room);
  const violations = preview.findings.filter(
    (finding) => isViolation(finding) && !own.some((one) => dequal(one, finding)),
  );
  return { ...preview, findings: own, policies: { files, violations } };
}

/** What the change's own policies say. That they cannot judge is a violation: after the merge nothing could. */
async function ownFindings(rooms: Rooms, room: string): Promise<Preview["findings"]> {
  try {
    return (await previewIn(rooms, room, { judge: rooms.path("change") })).findings;
  } catch (error) {
    requireGoingOn(rooms.about.signal);
    const message = `The change's own policies cannot judge it: ${(error as Error).message}`;
    return [{ policy: "policies", level: "mandatory", urn: undefined, message }];
  }
}

/** Of the sandbox's preview what is Logto's, and of the declarations the rest. */
async function joined(
  rooms: Rooms,
  sandbox: Preview,
  declared: Declarations | undefined,
): Promise<Preview> {
  if (declared === undefined) return sandbox;
  const identity = sandbox.steps.filter(({ type }) => isOfLogto(type));
  const platform = await platformSteps(
    declared,
    replacingBy((name) => rooms.schemaOf(name)),
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

/** How what the sandbox stands in for differs, and which encrypted values are other ones. */
function settingsOf(before: Side, after: Side): Difference[] {
  const secrets = [...new Set([...before.encrypted.keys(), ...after.encrypted.keys()])]
    .sort()
    .flatMap((path): Difference[] => {
      const [one, other] = [before.encrypted.get(path), after.encrypted.get(path)];
      if (one === other) return [];
      const state = one === undefined ? "set" : other === undefined ? "removed" : "changed";
      return [{ path, kind: "secret", state }];
    });
  return [
    ...differences(replacedBySandbox(before.plain), replacedBySandbox(after.plain)),
    ...secrets,
  ];
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

/**
 * Ends the programs that go on when an `up` ends, whether the state knows of them or it was interrupted
 * before that, and removes all files.
 */
async function clearAway(rooms: Rooms): Promise<void> {
  const folder = rooms.path("sandbox", `.logto-stack/${rooms.about.stack}`);
  const programs = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of programs.filter((one) => one !== postgres)) {
    await stop({ folder: path.join(folder, name), name });
  }
  // By its name, not as one that is found: root's may lie in another place.
  await removeCluster(path.join(folder, postgres));
  rmSync(rooms.root, { recursive: true, force: true });
}

/** The folder of the runtime embedded's cluster. */
const postgres = "postgres";

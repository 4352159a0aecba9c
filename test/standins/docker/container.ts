import { setTimeout as delay } from "node:timers/promises";
import type { Container } from "@pulumi/docker";
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { withoutSecrets } from "../../../infra/redact";
import { compareInputs } from "../inputs";
import { InitializationError, type PluginResource, type Properties } from "../plugin";
import { changeableInPlace, changeableOptions, createOptions, outputsOf } from "./container-config";
import { type Inputs, inputs, type Upload, type Volume } from "./container-inputs";
import type { DockerEngine } from "./engine";
import { lastLines, logsOf } from "../../../infra/server/container-log";
import { archiveOf } from "./upload";

/** How long a container must have run until its start counts as one. */
const firstLook = 150;
const betweenLooks = 250;

/** What the vendor's plugin calls changeable, and does not change: it keeps on seeing a difference. */
const neverChanged = ["healthcheck", "init", "tmpfs"] satisfies (keyof Container)[];

/**
 * `docker.Container` on an engine, with the habits of the vendor's plugin. Those that surprise:
 * - A container that ends by itself is gone or an error, unless `mustRun` is false; with `attach` its end
 *   is waited for, and an exit code other than 0 is no error: it is the output `exitCode`.
 * - One that gets no files, is not started or does not get healthy in time (`wait`) is an error and stays, in
 *   the state too; no later update finishes it or waits for it again.
 * - Files are uploaded before the start, and never where the root is read-only, not even into a volume:
 *   there another container, which need not start, fills the volume.
 *
 * Beyond the vendor's, errors end with the last lines of the container's log, without what was uploaded.
 */
export function containerOn(engine: DockerEngine): PluginResource {
  return {
    inputs,
    outputs: ["bridge", "containerLogs", "exitCode", "networkDatas"] satisfies (keyof Container)[],
    listsOfServer: ["networkDatas"] satisfies (keyof Container)[],
    secrets: [],
    deleteBeforeReplace: true,

    async create(news) {
      const wanted = news as unknown as Inputs;
      refuseContradictions(wanted);
      const id = await make(engine, wanted, news);
      if (!wanted.start) {
        return { id, outputs: (await live(engine, id, news)) ?? news };
      }
      await orInPart(id, news, () => start(engine, id, wanted));
      const logs = wanted.attach ? await attach(engine, id, wanted) : undefined;
      if (wanted.mustRun) {
        await mustBeRunning(engine, id, wanted);
      }
      if (wanted.wait && !wanted.attach) {
        await waitUntilHealthy(engine, id, wanted, news);
      }
      // One that is removed on its exit leaves nothing to read.
      const outputs = (await live(engine, id, news)) ?? news;
      return { id, outputs: { ...outputs, ...(logs !== undefined && { containerLogs: logs }) } };
    },

    read: (id, outputs) => live(engine, id, outputs),

    async update(id, olds, news) {
      const wanted = news as unknown as Inputs;
      const what = `the container "${wanted.name}" was not changed`;
      const changed = compareInputs(inputs, olds, news).map(({ property }) => property);
      const stuck = neverChanged.filter((name) => changed.includes(name));
      if (stuck.length > 0) {
        throw new Error(
          `${what}: ${stuck.join(", ")} cannot change in place, and the vendor's plugin would keep the old value in silence: name it in the option replaceOnChanges`,
        );
      }
      if (changeableInPlace.some((name) => changed.includes(name))) {
        await engine.do(what, (docker) =>
          docker.getContainer(id).update(changeableOptions(wanted)),
        );
      }
      const container = await inspect(engine, id, wanted.name);
      if (wanted.start && wanted.mustRun && !wanted.attach && container?.State.Running === false) {
        await start(engine, id, wanted);
        await mustBeRunning(engine, id, wanted, "keep");
      }
      const known = { ...news, containerLogs: olds["containerLogs"] };
      return (await live(engine, id, known)) ?? known;
    },

    delete: (id, outputs) => remove(engine, id, outputs as unknown as Inputs),
  };
}

/** What no rule of a single input can say, and a Check of the vendor's plugin does not. */
function refuseContradictions({
  uploads = [],
  volumes = [],
  wait,
  healthcheck,
  name,
}: Inputs): void {
  const complaints = [
    ...uploads.map((upload, index) => [`uploads[${index}]`, complaintAboutUpload(upload)]),
    ...volumes.map((volume, index) => [`volumes[${index}]`, complaintAboutVolume(volume)]),
    [
      "wait",
      wait && healthcheck?.tests?.[0] === "NONE"
        ? "there is no healthcheck to wait for"
        : undefined,
    ],
  ].flatMap(([property, reason]) => (reason === undefined ? [] : `${property ?? ""}: ${reason}`));
  if (complaints.length > 0) {
    throw new Error(`the container "${name}" was not created: ${complaints.join("; ")}`);
  }
}

function complaintAboutUpload({ content, contentBase64, source }: Upload): string | undefined {
  const given = [content, contentBase64, source].filter(Boolean).length;
  return given === 1 ? undefined : "expected one of content, contentBase64 and source";
}

function complaintAboutVolume({ fromContainer, containerPath }: Volume): string | undefined {
  return Boolean(fromContainer) === Boolean(containerPath)
    ? "expected one of containerPath and fromContainer"
    : undefined;
}

/** The container as it is before its start. */
async function make(engine: DockerEngine, wanted: Inputs, news: Properties): Promise<string> {
  const what = `the container "${wanted.name}" was not created`;
  const { id } = await engine.do(what, (docker) => docker.createContainer(createOptions(wanted)));
  await orInPart(id, news, () =>
    engine.do(what, async (docker) => {
      await connect(docker, id, wanted);
      for (const upload of wanted.uploads ?? []) {
        await docker.getContainer(id).putArchive(archiveOf(upload), { path: "/" });
      }
    }),
  );
  return id;
}

async function orInPart(id: string, news: Properties, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new InitializationError((error as Error).message, id, news);
  }
}

async function connect(docker: Docker, id: string, { networksAdvanced }: Inputs): Promise<void> {
  if (networksAdvanced === undefined || networksAdvanced.length === 0) {
    return;
  }
  await docker
    .getNetwork("bridge")
    .disconnect({ Container: id })
    .catch((error: unknown) => {
      if (!/is not connected to/.test((error as Error).message)) throw error;
    });
  for (const { name, aliases, ipv4Address, ipv6Address } of networksAdvanced) {
    await docker.getNetwork(name).connect({
      Container: id,
      EndpointConfig: {
        Aliases: aliases ?? [],
        IPAMConfig: {
          ...(ipv4Address && { IPv4Address: ipv4Address }),
          ...(ipv6Address && { IPv6Address: ipv6Address }),
        },
      },
    });
  }
}

function start(engine: DockerEngine, id: string, wanted: Inputs): Promise<void> {
  return engine.do(`the container "${wanted.name}" was not started`, (docker) =>
    docker.getContainer(id).start(),
  );
}

/** Waits for the end of a container; its log, if it is to be kept. */
async function attach(
  engine: DockerEngine,
  id: string,
  { name, logs, rm }: Inputs,
): Promise<string | undefined> {
  const what = `the end of the container "${name}" was not seen`;
  // One that is removed on its exit may be gone by now, log and all.
  await (rm ? engine.find.bind(engine) : engine.do.bind(engine))(what, (docker) =>
    docker.getContainer(id).wait(),
  );
  return logs ? engine.find(what, (docker) => logsOf(docker.getContainer(id))) : undefined;
}

/** Errors: one that has ended, with the last lines of its log. It is removed, unless it is to be kept. */
async function mustBeRunning(
  engine: DockerEngine,
  id: string,
  wanted: Inputs,
  keep?: "keep",
): Promise<void> {
  const deadline = Date.now() + wanted.containerReadRefreshTimeoutMilliseconds;
  await delay(firstLook);
  for (;;) {
    const container = await inspect(engine, id, wanted.name);
    const isStarting =
      container?.State.Restarting === true || container?.State.Status === "created";
    if (container?.State.Running === true && !isStarting) {
      return;
    }
    if (!isStarting || Date.now() > deadline) {
      const says = await lastWords(engine, id, wanted);
      if (keep === undefined) {
        await removeNow(engine, id, wanted);
      }
      const code = container?.State.ExitCode;
      throw new Error(
        `the container "${wanted.name}" ended right after its start${code === undefined ? "" : ` with exit code ${code}`}${says}`,
      );
    }
    await delay(betweenLooks);
  }
}

async function waitUntilHealthy(
  engine: DockerEngine,
  id: string,
  wanted: Inputs,
  news: Properties,
): Promise<void> {
  const deadline = Date.now() + wanted.waitTimeout * 1000;
  const fail = async (what: string): Promise<never> => {
    const says = await lastWords(engine, id, wanted);
    const outputs = (await live(engine, id, news)) ?? news;
    throw new InitializationError(`the container "${wanted.name}" ${what}${says}`, id, outputs);
  };
  for (;;) {
    const container = await inspect(engine, id, wanted.name);
    const health = container?.State.Health;
    if (container === undefined || !container.State.Running) {
      return fail(
        `ended with exit code ${container?.State.ExitCode ?? "unknown"} before it was healthy`,
      );
    }
    if (health === undefined || health.Status === "none") {
      return fail("has no healthcheck to wait for");
    }
    if (health.Status === "healthy") {
      return;
    }
    if (Date.now() > deadline) {
      const check = health.Log.at(-1)?.Output.trim();
      const result = check ? `; its check says: ${masked(check, wanted)}` : "";
      return fail(`was not healthy within ${wanted.waitTimeout} s${result}`);
    }
    await delay(betweenLooks);
  }
}

function inspect(
  engine: DockerEngine,
  id: string,
  name: string,
): Promise<ContainerInspectInfo | undefined> {
  return engine.find(`the container "${name}" was not read`, (docker) =>
    docker.getContainer(id).inspect(),
  );
}

async function live(
  engine: DockerEngine,
  id: string,
  known: Properties,
): Promise<Properties | undefined> {
  const { name } = known as Partial<Inputs>;
  const container = await inspect(engine, id, name ?? id);
  return container && outputsOf(container, known);
}

/** The end of the container's log, as the end of an error. */
async function lastWords(engine: DockerEngine, id: string, wanted: Inputs): Promise<string> {
  const log = await engine.find(
    `the log of the container "${wanted.name}" was not read`,
    (docker) => logsOf(docker.getContainer(id)),
  );
  const lines = lastLines(masked(log ?? "", wanted));
  return lines === "" ? "; it wrote nothing" : `; the last lines of its log:\n${lines}`;
}

/** Without what was uploaded or given in the environment, be it a whole value or the value of one line. */
function masked(text: string, { uploads = [], envs = [] }: Inputs): string {
  const contents = uploads.map(({ content, contentBase64 }) =>
    content ? content : Buffer.from(contentBase64 ?? "", "base64").toString(),
  );
  const lines = [...contents, ...envs].flatMap((content) => content.split("\n"));
  const values = lines.map((line) => line.replace(/^[^=]*=/, "").replace(/^(['"])(.*)\1$/, "$2"));
  const passwords = values.flatMap((value) =>
    URL.canParse(value)
      ? [new URL(value).password, decodeURIComponent(new URL(value).password)]
      : [],
  );
  const secrets = [...contents, ...values, ...passwords]
    .map((secret) => secret.trim())
    // A short value is no secret, and without it words would lose letters.
    .filter((secret) => secret.length >= 8);
  return withoutSecrets(
    text,
    secrets.toSorted((one, other) => other.length - one.length),
  );
}

async function remove(engine: DockerEngine, id: string, wanted: Inputs): Promise<void> {
  const { name, destroyGraceSeconds = 0, attach: wasAttached } = wanted;
  if (!wasAttached && destroyGraceSeconds > 0) {
    await engine.find(`the container "${name}" was not stopped`, async (docker) => {
      await docker
        .getContainer(id)
        .stop({ t: destroyGraceSeconds })
        .catch((error: unknown) => {
          // It had stopped already.
          if ((error as { statusCode?: number }).statusCode !== 304) throw error;
        });
    });
  }
  await removeNow(engine, id, wanted);
}

async function removeNow(engine: DockerEngine, id: string, { name, removeVolumes }: Inputs) {
  try {
    await engine.find(`the container "${name}" was not deleted`, (docker) =>
      docker.getContainer(id).remove({ force: true, v: removeVolumes }),
    );
  } catch (error) {
    // Another removal is under way, of one that goes with its exit.
    if (!/is already in progress/.test((error as Error).message)) throw error;
  }
}

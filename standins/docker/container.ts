import { setTimeout as delay } from "node:timers/promises";
import type { Container } from "@pulumi/docker";
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { logsOf } from "../../infra/server/docker/container-log";
import { InitializationError, type PluginResource, type Properties } from "../plugin";
import {
  changeableInPlace,
  changeableOptions,
  createOptions,
  refusedBelow,
  type Wanted,
} from "./container-config";
import { inputs, type Upload, type Volume } from "./container-inputs";
import { livePropertiesOf, shapes } from "./container-state";
import type { DockerEngine } from "./engine";
import { createdState, partialState, refreshedState, updatedState } from "./state";
import { timeLimits } from "./time-limits";
import { archiveOf } from "./upload";

/** How long a container must have run for its start to count, in milliseconds. */
const firstLook = 150;
const betweenLooks = 250;

const ofPlugin = { __meta: JSON.stringify({ ...timeLimits, schema_version: "2" }) };

/**
 * `docker.Container` on an engine, as the vendor's plugin behaves. Surprising behaviour:
 * - A container that ends at once counts as created, with `mustRun: false` and its `exitCode` in the state. With
 *   `attach` the plugin waits for its end.
 * - A container whose files cannot be uploaded, that does not start, or that is not healthy in time (`wait`) is an
 *   error and stays, in the state too. No later update completes it or waits for it.
 * - Files are uploaded before the start, and never if the root is read-only, not even into a volume: another
 *   container, which need not start, has to fill the volume.
 * - An update has the engine change limits and the restart policy, and starts the container if it must run. It
 *   reports success for removed mounts, healthcheck, init, tmpfs and limits too, but leaves the container as it is.
 */
export function containerOn(engine: DockerEngine): PluginResource {
  return {
    inputs,
    outputs: ["bridge", "containerLogs", "exitCode", "networkDatas"] satisfies (keyof Container)[],
    listsOfServer: ["networkDatas"] satisfies (keyof Container)[],
    secrets: [],
    deleteBeforeReplace: true,

    async create(news) {
      const wanted = news as unknown as Wanted;
      refuseContradictions(wanted);
      const id = await make(engine, wanted, news);
      const isStarted = wanted.start ?? true;
      if (isStarted) await orInPart(id, news, () => start(engine, id, wanted));
      const logs = wanted.attach ? await attach(engine, id, wanted) : undefined;
      if (isStarted && (wanted.mustRun ?? true)) await settled(engine, id, wanted);
      if (isStarted && wanted.wait && !wanted.attach) {
        await orInPart(id, news, () => healthy(engine, id, wanted));
      }
      // A container that is removed on exit leaves nothing to read.
      const live = (await liveProperties(engine, id, news)) ?? {};
      const outputs = createdState(shapes, news, { ...live, containerLogs: logs });
      return { id, outputs: { ...ofPlugin, ...outputs, id } };
    },

    async read(id, known) {
      const live = await liveProperties(engine, id, known);
      return live && { ...ofPlugin, ...refreshedState(shapes, known, live), id };
    },

    async update(id, olds, news) {
      const wanted = news as unknown as Wanted;
      const outputs = updatedState(shapes, olds, news);
      const changed = (name: keyof typeof shapes) => outputs[name] !== (olds[name] ?? null);
      if (changeableInPlace.some(changed)) {
        await engine.do(`the container "${wanted.name}" was not changed`, (docker) =>
          docker.getContainer(id).update(changeableOptions(wanted)),
        );
      }
      if (changed("mustRun") && outputs["mustRun"] === true) await start(engine, id, wanted);
      return { ...ofPlugin, ...outputs, id };
    },

    delete: (id, outputs) => remove(engine, id, outputs as unknown as Wanted),
  };
}

/** Refuses contradictions between inputs, which the vendor's plugin does not find in a Check either. */
function refuseContradictions({
  uploads = [],
  volumes = [],
  wait,
  healthcheck,
  name,
}: Wanted): void {
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

/** Creates the container, with its networks and files, without starting it. */
async function make(engine: DockerEngine, wanted: Wanted, news: Properties): Promise<string> {
  const what = `the container "${wanted.name}" was not created`;
  for (const { version, reason } of refusedBelow(wanted)) {
    const { ApiVersion: has } = await engine.do(what, (docker) => docker.version());
    if (Number(has.split(".")[1]) < Number(version.split(".")[1]))
      throw new Error(`${what}: ${reason}`);
  }
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
    const outputs = { ...ofPlugin, ...partialState(shapes, news), id };
    throw new InitializationError((error as Error).message, id, outputs);
  }
}

async function connect(docker: Docker, id: string, { networksAdvanced }: Wanted): Promise<void> {
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

async function start(engine: DockerEngine, id: string, wanted: Wanted): Promise<void> {
  await engine.do(`the container "${wanted.name}" was not started`, (docker) =>
    docker
      .getContainer(id)
      .start()
      .catch((error: unknown) => {
        // It is running already.
        if ((error as { statusCode?: number }).statusCode !== 304) throw error;
      }),
  );
}

/** Waits until a container ends; returns its log, if that is to be kept. */
async function attach(
  engine: DockerEngine,
  id: string,
  { name, logs, rm }: Wanted,
): Promise<string | undefined> {
  const what = `the end of the container "${name}" was not seen`;
  // A container that is removed on exit may be gone by now, with its log.
  await (rm ? engine.find.bind(engine) : engine.do.bind(engine))(what, (docker) =>
    docker.getContainer(id).wait(),
  );
  return logs ? engine.find(what, (docker) => logsOf(docker.getContainer(id))) : undefined;
}

/** Waits until a container runs or has ended. */
async function settled(engine: DockerEngine, id: string, wanted: Wanted): Promise<void> {
  const deadline = Date.now() + (wanted.containerReadRefreshTimeoutMilliseconds ?? 15_000);
  await delay(firstLook);
  for (;;) {
    const container = await inspect(engine, id, wanted.name);
    const isStarting = container?.State.Status === "created";
    if (!isStarting || Date.now() > deadline) return;
    await delay(betweenLooks);
  }
}

/** Waits up to the limit until a container is healthy, even if it has ended. */
async function healthy(engine: DockerEngine, id: string, wanted: Wanted): Promise<void> {
  const deadline = Date.now() + (wanted.waitTimeout ?? 60) * 1000;
  for (;;) {
    const container = await inspect(engine, id, wanted.name);
    if (container?.State.Health?.Status === "healthy") return;
    if (Date.now() > deadline) throw new Error("container failed to be in healthy state");
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

async function liveProperties(
  engine: DockerEngine,
  id: string,
  known: Properties,
): Promise<Properties | undefined> {
  const { name = id, image } = known as Partial<Wanted>;
  const container = await inspect(engine, id, name);
  if (container === undefined) return undefined;
  const isStill = image !== undefined && (await isImage(engine, image, container.Image));
  return { ...livePropertiesOf(container, known), image: isStill ? image : container.Image };
}

/** Whether an image's name, such as a tag, refers to the image with this id. */
async function isImage(engine: DockerEngine, name: string, id: string): Promise<boolean> {
  if (name === id) return true;
  const image = await engine.find(`the image ${name} was not read`, (docker) =>
    docker.getImage(name).inspect(),
  );
  return image?.Id === id;
}

async function remove(engine: DockerEngine, id: string, wanted: Wanted): Promise<void> {
  const { name, attach: wasAttached } = wanted;
  const destroyGraceSeconds = wanted.destroyGraceSeconds ?? 0;
  if (!wasAttached && destroyGraceSeconds > 0) {
    await engine.find(`the container "${name}" was not stopped`, async (docker) => {
      await docker
        .getContainer(id)
        .stop({ t: destroyGraceSeconds })
        .catch((error: unknown) => {
          // It had already stopped.
          if ((error as { statusCode?: number }).statusCode !== 304) throw error;
        });
    });
  }
  await removeNow(engine, id, wanted);
}

async function removeNow(engine: DockerEngine, id: string, { name, removeVolumes }: Wanted) {
  try {
    await engine.find(`the container "${name}" was not deleted`, (docker) =>
      docker.getContainer(id).remove({ force: true, v: removeVolumes ?? true }),
    );
  } catch (error) {
    // A removal is already under way, as the container is removed on exit.
    if (!/is already in progress/.test((error as Error).message)) throw error;
  }
}

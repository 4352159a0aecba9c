import type { RemoteImage, RemoteImageArgs } from "@pulumi/docker";
import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import type { RulesFor } from "../inputs";
import type { PluginResource, Properties } from "../plugin";
import type { DockerEngine } from "./engine";
import { timeLimits } from "./time-limits";
import { createdState, refreshedState, type Shapes, updatedState } from "./state";

const inputs = {
  build: { kind: "refused" },
  forceRemove: { kind: "boolean" },
  keepLocally: { kind: "boolean" },
  name: { kind: "text", required: true, replaces: true },
  platform: { kind: "text", replaces: true },
  pullTriggers: { kind: "texts", replaces: true, unordered: true },
  triggers: { kind: "texts by name", replaces: true },
} satisfies RulesFor<RemoteImageArgs>;

interface Inputs {
  name: string;
  platform?: string;
  forceRemove?: boolean;
  keepLocally?: boolean;
}

/** How the vendor's plugin writes each property of an image into the state. */
const shapes: Shapes = {
  build: { kind: "block", fields: {} },
  forceRemove: { kind: "boolean" },
  imageId: { kind: "text", computed: true },
  keepLocally: { kind: "boolean" },
  name: { kind: "text" },
  platform: { kind: "text" },
  pullTriggers: { kind: "set" },
  repoDigest: { kind: "text", computed: true },
  triggers: { kind: "map" },
};

const ofPlugin = { __meta: JSON.stringify(timeLimits) };

/**
 * `docker.RemoteImage` on an engine. As with the vendor's plugin, an image that the engine already has is not
 * pulled again, and deleting the resource removes it from the engine unless it is kept locally.
 */
export function imageOn(engine: DockerEngine): PluginResource {
  return {
    inputs,
    outputs: ["imageId", "repoDigest"] satisfies (keyof RemoteImage)[],
    secrets: [],

    async create(news) {
      const wanted = news as unknown as Inputs;
      const image = (await find(engine, wanted.name)) ?? (await pull(engine, wanted));
      const id = image.Id + wanted.name;
      const outputs = createdState(shapes, news, liveProperties(wanted.name, image));
      return { id, outputs: { ...ofPlugin, ...outputs, id } };
    },

    async read(id, known) {
      const name = nameOf(id, known);
      const image = await find(engine, name);
      return (
        image && { ...ofPlugin, ...refreshedState(shapes, known, liveProperties(name, image)), id }
      );
    },

    update: (id, olds, news) =>
      Promise.resolve({ ...ofPlugin, ...updatedState(shapes, olds, news), id }),

    async delete(id, outputs) {
      const { keepLocally, forceRemove } = outputs as unknown as Inputs;
      if (keepLocally === true) {
        return;
      }
      const name = nameOf(id, outputs);
      await engine.find(`the image ${name} was not deleted`, (docker) =>
        docker.getImage(name).remove({ force: forceRemove ?? false }),
      );
    },
  };
}

/** The image's name, which follows its id in the resource's id. An import must give both. */
function nameOf(id: string, outputs: Properties): string {
  return typeof outputs["name"] === "string"
    ? outputs["name"]
    : id.replace(/^sha256:[0-9a-f]{64}/, "");
}

function find(engine: DockerEngine, name: string): Promise<ImageInspectInfo | undefined> {
  return engine.find(`the image ${name} was not read`, (docker) => docker.getImage(name).inspect());
}

async function pull(engine: DockerEngine, { name, platform }: Inputs): Promise<ImageInspectInfo> {
  const login = engine.loginFor(name);
  return engine.do(`the image ${name} was not pulled`, async (docker) => {
    const progress = await docker.pull(name, {
      ...(platform && { platform }),
      ...(login?.username && {
        authconfig: {
          username: login.username,
          password: login.password ?? "",
          serveraddress: login.address,
        },
      }),
    });
    await finished(docker, progress);
    return docker.getImage(name).inspect();
  });
}

function finished(docker: Docker, progress: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
}

function liveProperties(name: string, image: ImageInspectInfo): Properties {
  return { name, imageId: image.Id, repoDigest: repoDigestOf(name, image) };
}

/** The digest in the image's own repository; empty for an image built on this engine. */
function repoDigestOf(name: string, { RepoDigests }: ImageInspectInfo): string {
  const [withoutDigest = ""] = name.split("@");
  const repository = withoutDigest.replace(/:[^/:]*$/, "");
  const digests = (RepoDigests as string[] | null) ?? [];
  return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "";
}

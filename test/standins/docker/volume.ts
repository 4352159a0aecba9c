import type { Volume, VolumeArgs } from "@pulumi/docker";
import type { RulesFor } from "../inputs";
import type { PluginResource, Properties } from "../plugin";
import type { DockerEngine } from "./engine";
import { type Label, labelFields, labelsByName, labelsIn } from "./label";

const inputs = {
  cluster: { kind: "refused" },
  driver: { kind: "text", computed: true, replaces: true },
  driverOpts: { kind: "texts by name", replaces: true },
  labels: { kind: "objects", fields: labelFields, replaces: true, unordered: true },
  name: { kind: "text", named: true, replaces: true },
} satisfies RulesFor<VolumeArgs>;

interface Inputs {
  name: string;
  driver?: string;
  driverOpts?: Record<string, string>;
  labels?: Label[];
}

/**
 * `docker.Volume` on an engine. An engine answers the making of a volume that is there already with that
 * volume, and so does the vendor's plugin: it is taken over, data and all.
 */
export function volumeOn(engine: DockerEngine): PluginResource {
  return {
    inputs,
    outputs: ["mountpoint"] satisfies (keyof Volume)[],
    secrets: [],

    async create(news) {
      const wanted = news as unknown as Inputs;
      await engine.do(`the volume "${wanted.name}" was not created`, (docker) =>
        docker.createVolume({
          Name: wanted.name,
          Driver: wanted.driver,
          DriverOpts: wanted.driverOpts,
          Labels: labelsByName(wanted.labels),
        }),
      );
      return { id: wanted.name, outputs: (await live(engine, wanted.name)) ?? news };
    },

    read: (id) => live(engine, id),

    update() {
      throw new Error("every change of a Volume replaces it");
    },

    async delete(id) {
      await engine.remove(`the volume "${id}" was not deleted`, (docker) =>
        docker.getVolume(id).remove({ force: true }),
      );
    },
  };
}

async function live(engine: DockerEngine, id: string): Promise<Properties | undefined> {
  const volume = await engine.find(`the volume "${id}" was not read`, (docker) =>
    docker.getVolume(id).inspect(),
  );
  return (
    volume && {
      driver: volume.Driver,
      driverOpts: volume.Options ?? {},
      labels: labelsIn(volume.Labels),
      mountpoint: volume.Mountpoint,
      name: volume.Name,
    }
  );
}

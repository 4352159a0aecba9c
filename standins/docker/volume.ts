import type { Volume, VolumeArgs } from "@pulumi/docker";
import type { RulesFor } from "../inputs";
import type { PluginResource, Properties } from "../plugin";
import type { DockerEngine } from "./engine";
import { type Label, labelFields, labelShapes, labelsByName, labelsIn } from "./label";
import { createdState, refreshedState, type Shapes } from "./state";

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

/** How the vendor's plugin writes each property of a volume into the state. */
const shapes: Shapes = {
  cluster: { kind: "block", fields: {} },
  driver: { kind: "text", computed: true },
  driverOpts: { kind: "map" },
  labels: { kind: "blocks", set: true, fields: labelShapes },
  mountpoint: { kind: "text", computed: true },
  name: { kind: "text" },
};

const ofPlugin = { __meta: JSON.stringify({ schema_version: "1" }) };

/**
 * `docker.Volume` on an engine. If a volume of that name exists, the engine returns it instead of creating one, and
 * the vendor's plugin accepts that: the volume is taken over with its data.
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
      const id = wanted.name;
      const outputs = createdState(shapes, news, (await live(engine, id)) ?? {});
      return { id, outputs: { ...ofPlugin, ...outputs, id } };
    },

    async read(id, known) {
      const found = await live(engine, id);
      return found && { ...ofPlugin, ...refreshedState(shapes, known, found), id };
    },

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

import { version } from "@pulumi/docker/package.json";
import { containerOn } from "./docker/container";
import { DockerEngine, options } from "./docker/engine";
import { imageOn } from "./docker/image";
import { networkOn } from "./docker/network";
import { volumeOn } from "./docker/volume";
import type { Plugin } from "./plugin";

const engine = new DockerEngine();

export const plugin: Plugin = {
  name: "docker",
  version,
  options,
  configure: (given) => engine.configure(given),
  resources: {
    "docker:index/container:Container": containerOn(engine),
    "docker:index/network:Network": networkOn(engine),
    "docker:index/remoteImage:RemoteImage": imageOn(engine),
    "docker:index/volume:Volume": volumeOn(engine),
  },
};

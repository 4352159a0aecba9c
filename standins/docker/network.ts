import type { Network, NetworkArgs } from "@pulumi/docker";
import type { NetworkInspectInfo } from "dockerode";
import type { RulesFor } from "../inputs";
import type { PluginResource, Properties } from "../plugin";
import type { DockerEngine } from "./engine";
import { type Label, labelFields, labelShapes, labelsByName, labelsIn } from "./label";
import { createdState, refreshedState, type Shapes } from "./state";

const inputs = {
  attachable: { kind: "boolean", replaces: true },
  driver: { kind: "text", computed: true, replaces: true },
  ingress: { kind: "boolean", replaces: true },
  internal: { kind: "boolean", computed: true, replaces: true },
  ipamConfigs: {
    kind: "objects",
    computed: true,
    replaces: true,
    unordered: true,
    fields: {
      auxAddress: { kind: "texts by name", replaces: true },
      gateway: { kind: "text", replaces: true },
      ipRange: { kind: "text", replaces: true },
      subnet: { kind: "text", replaces: true },
    },
  },
  ipamDriver: { kind: "text", default: "default", replaces: true },
  ipamOptions: { kind: "texts by name", computed: true, replaces: true },
  ipv6: { kind: "boolean", replaces: true },
  labels: { kind: "objects", fields: labelFields, replaces: true, unordered: true },
  name: { kind: "text", named: true, replaces: true },
  options: { kind: "texts by name", computed: true, replaces: true },
} satisfies RulesFor<NetworkArgs>;

interface Inputs {
  name: string;
  driver?: string;
  attachable?: boolean;
  ingress?: boolean;
  internal?: boolean;
  ipv6?: boolean;
  ipamDriver: string;
  ipamConfigs?: IpamConfig[];
  ipamOptions?: Record<string, string>;
  labels?: Label[];
  options?: Record<string, string>;
}

interface IpamConfig {
  subnet?: string;
  ipRange?: string;
  gateway?: string;
  auxAddress?: Record<string, string>;
}

const text = { kind: "text" } as const;
const boolean = { kind: "boolean" } as const;
const computed = { computed: true } as const;

/** How the vendor's plugin writes each property of a network into the state. */
const shapes: Shapes = {
  attachable: boolean,
  driver: { ...text, ...computed },
  ingress: boolean,
  internal: { ...boolean, ...computed },
  ipamConfigs: {
    kind: "blocks",
    set: true,
    ...computed,
    fields: { auxAddress: { kind: "map" }, gateway: text, ipRange: text, subnet: text },
  },
  ipamDriver: { ...text, default: "default" },
  ipamOptions: { kind: "map" },
  ipv6: boolean,
  labels: { kind: "blocks", set: true, fields: labelShapes },
  name: text,
  options: { kind: "map", ...computed },
  scope: { ...text, ...computed },
};

const ofPlugin = { __meta: JSON.stringify({ schema_version: "1" }) };

/** `docker.Network` on an engine. */
export function networkOn(engine: DockerEngine): PluginResource {
  return {
    inputs,
    outputs: ["scope"] satisfies (keyof Network)[],
    secrets: [],

    async create(news) {
      const wanted = news as unknown as Inputs;
      const { id } = await engine.do(`the network "${wanted.name}" was not created`, (docker) =>
        docker.createNetwork({
          Name: wanted.name,
          // Docker allows two networks with one name, and references by that name would be ambiguous.
          CheckDuplicate: true,
          Driver: wanted.driver,
          Attachable: wanted.attachable,
          Ingress: wanted.ingress,
          Internal: wanted.internal,
          EnableIPv6: wanted.ipv6,
          Labels: labelsByName(wanted.labels),
          Options: wanted.options,
          IPAM: {
            Driver: wanted.ipamDriver,
            Options: wanted.ipamOptions,
            Config: wanted.ipamConfigs?.map(({ subnet, ipRange, gateway, auxAddress }) => ({
              ...(subnet && { Subnet: subnet }),
              ...(ipRange && { IPRange: ipRange }),
              ...(gateway && { Gateway: gateway }),
              ...(auxAddress && { AuxiliaryAddresses: auxAddress }),
            })) as NonNullable<NetworkInspectInfo["IPAM"]>["Config"],
          },
        }),
      );
      const outputs = createdState(shapes, news, (await live(engine, id)) ?? {});
      return { id, outputs: { ...ofPlugin, ...outputs, id } };
    },

    async read(id, known) {
      const found = await live(engine, id);
      return found && { ...ofPlugin, ...refreshedState(shapes, known, found), id };
    },

    update() {
      throw new Error("every change of a Network replaces it");
    },

    async delete(id, outputs) {
      const { name = id } = outputs as Partial<Inputs>;
      await engine.remove(`the network "${name}" was not deleted`, (docker) =>
        docker.getNetwork(id).remove(),
      );
    },
  };
}

async function live(engine: DockerEngine, id: string): Promise<Properties | undefined> {
  const network = await engine.find(`the network ${id} was not read`, (docker) =>
    docker.getNetwork(id).inspect(),
  );
  return (
    network && {
      attachable: network.Attachable,
      driver: network.Driver,
      ingress: network.Ingress,
      internal: network.Internal,
      ipamConfigs: (network.IPAM?.Config ?? []).map((config: Record<string, unknown>) => ({
        auxAddress: config["AuxiliaryAddresses"] ?? {},
        gateway: config["Gateway"] ?? "",
        ipRange: config["IPRange"] ?? "",
        subnet: config["Subnet"] ?? "",
      })),
      ipamDriver: network.IPAM?.Driver,
      ipamOptions: network.IPAM?.Options ?? {},
      ipv6: network.EnableIPv6,
      labels: labelsIn(network.Labels),
      name: network.Name,
      options: network.Options ?? {},
      scope: network.Scope,
    }
  );
}

import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs } from "../checks";
import type { Arguments } from "../deep-input";
import { DynamicResource } from "../dynamic";
import { resourceProvider } from "../resource-provider";
import { userError } from "../user-error";
import { isPortTaken } from "./background-process";
import { dockerHost } from "./docker-connection";
import { inventoryOf } from "./docker-engine";

interface DeclaredPort {
  port: number;
  /** The name of the container that publishes it. */
  container: string;
  /** The setting that gives it another port. */
  setting: string;
}

interface DeclaredPorts {
  /** The Docker Engine, such as ssh://user@host. Default: that of DOCKER_HOST, else this machine's. */
  host?: string;
  ports: DeclaredPort[];
}

export type PublishedPortsArgs = Arguments<DeclaredPorts>;

const shape = z.object({
  host: z.string().optional(),
  ports: z.array(z.object({ port: z.number(), container: z.string(), setting: z.string() })),
});

export const provider = resourceProvider<DeclaredPorts, object>([], {
  check: (news) => checkInputs<DeclaredPorts>(news, shape),

  isUp: async (inputs) => (await taken(inputs)).length === 0,

  async create(inputs) {
    await requireFree(inputs);
    return { id: "published-ports", outputs: {} };
  },

  read: (_id, past) => Promise.resolve(past),

  async update(_id, _past, inputs) {
    await requireFree(inputs);
    return {};
  },

  delete: () => Promise.resolve(),
});

async function requireFree(inputs: DeclaredPorts): Promise<void> {
  const problems = (await taken(inputs)).map(
    ({ port, container, setting }) =>
      `The container "${container}" cannot be published at port ${port}, another program has it: end that program, or name another port in ${setting}.`,
  );
  if (problems.length > 0) throw userError(problems.join("\n"));
}

/** The ports that another program has. */
async function taken({ host, ports }: DeclaredPorts): Promise<DeclaredPort[]> {
  // What listens on another machine cannot be seen from here.
  if (!dockerHost(host).startsWith("unix:")) return [];
  const { containers } = await inventoryOf(host);
  const isOurs = ({ container, port }: DeclaredPort) =>
    containers.some(
      ({ name, publishedPorts }) => name === container && publishedPorts.includes(port),
    );
  const found: DeclaredPort[] = [];
  for (const one of ports) {
    if (!isOurs(one) && (await isPortTaken(one.port))) found.push(one);
  }
  return found;
}

/**
 * Refuses ports of this machine that another program has, before a container is made that would publish
 * them: the engine would make it, fail to start it, and name no setting.
 *
 * It looks at each `up` while the container does not run. Of an engine on another machine it says nothing,
 * as it sees this machine's ports only. Deleting it does nothing.
 *
 * Errors: each port that is taken, with the setting to change; an engine that does not answer.
 */
export class PublishedPorts extends DynamicResource {
  constructor(name: string, args: PublishedPortsArgs, options?: pulumi.CustomResourceOptions) {
    super("infra/server/published-ports", "logto-server:PublishedPorts", name, args, options);
  }
}

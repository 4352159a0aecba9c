import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { gate } from "../../provider/gate";
import { userError } from "../../user-error";
import { isPortTaken } from "../processes/background-process";
import { dockerHost, dockerHostAddress } from "./docker-connection";
import { inventoryOf } from "./docker-engine";

interface DeclaredPort {
  port: number;
  /** An address of the engine's machine. Default: every one. */
  address?: string;
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

interface TakenPort extends DeclaredPort {
  holder: string;
  kind: "container" | "program";
}

const shape = z.object({
  host: dockerHostAddress.optional(),
  ports: z.array(
    z.object({
      port: z.number(),
      address: z.string().optional(),
      container: z.string(),
      setting: z.string(),
    }),
  ),
});

export const provider = gate<DeclaredPorts>({
  id: () => "published-ports",
  check: (news) => checkInputs<DeclaredPorts>(news, shape),
  ensure: (inputs) => requireFree(inputs).then(() => ({})),
  isUp: async (inputs) => (await taken(inputs)).length === 0,
});

async function requireFree(inputs: DeclaredPorts): Promise<void> {
  const problems = (await taken(inputs)).map(
    ({ port, container, setting, holder, kind }) =>
      `The container "${container}" cannot be published at port ${port}, ${holder} has it: end that ${kind}, or name another port in ${setting}.`,
  );
  if (problems.length > 0) throw userError(problems.join("\n"));
}

/** The ports that are taken, and who has them. */
async function taken({ host, ports }: DeclaredPorts): Promise<TakenPort[]> {
  const { containers } = await inventoryOf(host);
  // What else listens on another machine cannot be seen from here.
  const isHere = dockerHost(host).startsWith("unix:");
  const found: TakenPort[] = [];
  for (const one of ports) {
    const publishers = containers.filter(({ publishedPorts }) =>
      publishedPorts.some(
        (other) => other.port === one.port && overlap(other.address, one.address),
      ),
    );
    const [other] = publishers.filter(({ name }) => name !== one.container);
    if (other !== undefined) {
      found.push({ ...one, holder: `the container "${other.name}"`, kind: "container" });
    } else if (isHere && publishers.length === 0 && (await isPortTaken(one.port))) {
      found.push({ ...one, holder: "another program", kind: "program" });
    }
  }
  return found;
}

function overlap(one: string, other = "0.0.0.0"): boolean {
  return one === other || [one, other].some((address) => ["0.0.0.0", "::"].includes(address));
}

/**
 * Refuses ports that another container or another program of this machine has, before a container is made that
 * would publish them: the engine would make it, fail to start it, and name no setting.
 *
 * It looks at each `up` while the container does not run. On an engine of another machine it sees the ports that
 * containers publish, and not those of other programs. Deleting it does nothing.
 *
 * Errors: each port that is taken, with the setting to change; an engine that does not answer.
 */
export class PublishedPorts extends DynamicResource {
  constructor(name: string, args: PublishedPortsArgs, options?: pulumi.CustomResourceOptions) {
    super("logto-server:PublishedPorts", name, args, options);
  }
}

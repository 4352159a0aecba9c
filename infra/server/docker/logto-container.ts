import type * as pulumi from "@pulumi/pulumi";
import { type Containers, memory } from "./containers";
import type { DockerArgs } from "./docker-args";

/** What every container of Logto's image has. */
export interface LogtoContainer {
  image: pulumi.Output<string>;
  tmpfs: Record<string, string>;
  memory: number;
  memorySwap: number;
}

export function logtoContainer(containers: Containers, args: DockerArgs): LogtoContainer {
  return {
    image: containers.image("logto", args.logtoImage),
    tmpfs: { "/etc/logto/packages/cli/alteration-scripts": "", "/tmp": "" },
    ...memory(args.logtoMemory),
  };
}

import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Arguments } from "../deep-input";
import { omit, pick } from "../properties";
import { type ConnectorArgs, connectorResource, type ConnectorTraits } from "./connector";
import type { Adoption } from "./mechanism/kind";

/** The connectors of one factory, with a config that is checked and typed. */
interface Face<
  Config extends z.ZodRawShape,
  Offered extends keyof ConnectorArgs,
> extends ConnectorTraits {
  factoryId: string;
  config: z.ZodObject<Config, "strict">;
  /** The places in the config that hold secrets, as in `auth.pass`. */
  secretFields: string[];
  /** The inputs of any connector that make sense for this factory, besides its id. */
  offers: readonly Offered[];
}

/** The arguments of a face: those of its config, next to what it `offers`. */
export type FaceArguments<
  Config extends z.ZodRawShape,
  Offered extends keyof ConnectorArgs = never,
> = Arguments<z.infer<z.ZodObject<Config>>> &
  Arguments<Adoption> & {
    /** The connector's id in Logto. Changing it replaces the connector. Default: the resource's name. */
    connectorId?: pulumi.Input<string>;
  } & Partial<Pick<ConnectorArgs, Offered>>;

/** The resource of a factory's connectors: all that holds of any connector holds of it. */
export function connectorFace<
  Config extends z.ZodRawShape,
  Offered extends keyof ConnectorArgs = never,
>({ factoryId, secretFields, offers, ...traits }: Face<Config, Offered>) {
  const general = connectorResource(traits);
  const ofAnyConnector = ["connectorId", "adopt", "adoptId", ...offers] as const;

  abstract class Resource extends general.Resource {
    declare readonly factoryId: pulumi.Output<string>;
    declare readonly connectorId: pulumi.Output<string>;

    constructor(
      name: string,
      args: FaceArguments<Config, Offered>,
      options?: pulumi.CustomResourceOptions,
    ) {
      super(
        name,
        {
          ...pick(args, ofAnyConnector),
          factoryId,
          connectorId: args.connectorId ?? name,
          config: omit(args, ofAnyConnector),
          secretFields,
        },
        options,
      );
    }
  }
  return { ...general, Resource };
}

import type { DynamicProvider } from "./dynamic-provider";
import { type ResourceDefinition, resourceProvider } from "./resource-provider";

/** A resource that holds others back until a condition is met. It has nothing of its own on any server. */
export interface Gate<Inputs extends object, Outputs extends object> extends Pick<
  ResourceDefinition<Inputs, Outputs>,
  "configure" | "check"
> {
  /** The id in the state; it has no other meaning. */
  id: (inputs: Inputs) => string;
  /** The properties of the state that `ensure` answers. Default: none. */
  outputNames?: readonly (keyof Outputs & string)[];
  /**
   * Meets the condition, waits for it, or throws a user error. Called by the first `up`, and whenever an input has
   * changed or `isUp` answers false.
   *
   * @param before the inputs of the last `up`. Default: there was none
   */
  ensure: (inputs: Inputs, before?: Inputs) => Promise<Outputs>;
  /** Whether the condition is still met; each preview and `up` asks. Default: it is until an input changes. */
  isUp?: (inputs: Inputs) => Promise<boolean>;
}

/** The provider of a {@link Gate}: a refresh finds what the state has, and deleting it does nothing. */
export function gate<Inputs extends object, Outputs extends object = object>({
  id,
  outputNames = [],
  ensure,
  ...definition
}: Gate<Inputs, Outputs>): DynamicProvider<Inputs, Inputs & Outputs> {
  return resourceProvider<Inputs, Outputs>(outputNames, {
    ...definition,
    create: async (inputs) => ({ id: id(inputs), outputs: await ensure(inputs) }),
    read: (_id, prior) => Promise.resolve(prior),
    update: (_id, prior, inputs) => ensure(inputs, prior.inputs),
    delete: () => Promise.resolve(),
  });
}

import { dequal } from "dequal";
import type { CheckResult, DynamicProvider, ProviderConfiguration } from "./dynamic-resource";
import { endWithEngine } from "./engine-watch";
import { merged, omit, pick, type Values, withoutGaps } from "../properties";

/** What a resource was after its last `up`, or is by the server's own account. */
export interface State<Inputs, Outputs> {
  inputs: Inputs;
  /** What the inputs do not say: what the server made, what is remembered. */
  outputs: Outputs;
}

/** What the engine's state holds of a resource. */
export interface Past<Inputs, Outputs> extends State<Inputs, Outputs> {
  /** The run that wrote it is {@link begun} and no more: nobody knows what of it the server holds. */
  isUnfinished: boolean;
}

/**
 * A resource's life, as its file tells it. `create` and `update` end with the whole state; `read`
 * answers `undefined` for an object that is gone.
 */
export interface ResourceDefinition<Inputs extends object, Outputs extends object> {
  configure?: (configuration: ProviderConfiguration) => void;
  check: (
    news: unknown,
    olds: Partial<Inputs>,
  ) => CheckResult<Inputs> | Promise<CheckResult<Inputs>>;
  /** The inputs that cannot be changed in place and that differ. Default: none. */
  replaces?: (before: Inputs, wanted: Inputs) => string[];
  /** What outputs are that say nothing: so they are not written, and are that where they are read. Default: none. */
  defaultOutputs?: Partial<Outputs>;
  /** Outputs of older versions, which are dropped: nothing reads them any more. Default: none. */
  formerOutputs?: readonly string[];
  /** Where two of them cannot be at once. Default: false. */
  deleteBeforeReplace?: boolean;
  /**
   * For a program or a container: whether it runs. So a plain `up` after a reboot starts it again, without
   * a refresh. For what a refresh itself needs: whether a restored database still has it. Nothing else
   * may look at the world in a diff.
   */
  isUp?: (inputs: Inputs) => Promise<boolean>;
  /** Where this or `update` fails with something to remember all the same, it throws what {@link begun} makes. */
  create: (inputs: Inputs) => Promise<{ id: string; outputs: Outputs }>;
  read: (id: string, past: Past<Inputs, Outputs>) => Promise<State<Inputs, Outputs> | undefined>;
  update: (id: string, past: Past<Inputs, Outputs>, inputs: Inputs) => Promise<Outputs>;
  delete: (id: string, past: Past<Inputs, Outputs>) => Promise<void>;
  /** Whether a delete has nothing to do, as all that the object lies in is deleted in this run. Default: never. */
  isLostWithItsServer?: () => boolean;
  /**
   * The ids of what a create has made whose answer was lost, where the server chooses ids: for a create that is
   * {@link begun} without one. Default: none.
   */
  find?: (inputs: Inputs) => Promise<string[]>;
}

/** In the state in the place of an id that a create never came to know. */
const unknownId = "unknown";

/**
 * The provider that the engine calls, for a resource's definition.
 *
 * It does what no resource should have to know: the engine's state is inputs and outputs in one object
 * with the provider's own text among them, it must hold everything at every turn and no `undefined`; and
 * a resource has changed when its inputs are not those of the state. `diff` asks no server; see
 * {@link ResourceDefinition.isUp} for the one exception.
 *
 * Of a state that another version wrote, an input that is missing is one that was not declared, and one that
 * this version does not know is declared no more: either is a change, which `up` brings about. So
 * every output has to be optional for who reads it, or have been there from the first version on.
 *
 * @param outputNames the properties of the state that are no inputs
 */
export function resourceProvider<Inputs extends object, Outputs extends object>(
  outputNames: readonly (keyof Outputs & string)[],
  definition: ResourceDefinition<Inputs, Outputs>,
): DynamicProvider<Inputs, Inputs & Outputs> {
  const stateOf = (properties: object): Past<Inputs, Outputs> => {
    const { __provider: _, isUnfinished = false, ...stored } = properties as Stored;
    const state = omit(stored, (definition.formerOutputs ?? []) as never);
    return {
      inputs: omit(state, outputNames as never) as unknown as Inputs,
      outputs: {
        ...definition.defaultOutputs,
        ...(pick(state, outputNames as never) as unknown as Outputs),
      },
      isUnfinished,
    };
  };
  const written = (outputs: object): object => {
    const defaults: Values = { ...definition.defaultOutputs };
    return Object.fromEntries(
      Object.entries(outputs).filter(([name, value]) => !dequal(value, defaults[name])),
    );
  };
  const idsOf = async (id: string, { inputs }: Past<Inputs, Outputs>): Promise<string[]> =>
    id === unknownId ? ((await definition.find?.(inputs)) ?? []) : [id];
  return {
    configure: ({ config }) => {
      endWithEngine();
      definition.configure?.(config);
    },
    check: async (olds, news) => {
      const result = await definition.check(news, stateOf(olds).inputs);
      return result.inputs ? { ...result, inputs: withoutGaps(result.inputs) } : result;
    },
    diff: async (id, olds, news) => {
      const before = stateOf(olds).inputs;
      const wanted = stateOf(news).inputs;
      // No update can bring an id: what was made is deleted, and made again.
      if (id === unknownId) return { changes: true, replaces: ["id"], deleteBeforeReplace: true };
      return {
        changes: (await definition.isUp?.(before)) === false || !dequal(before, wanted),
        replaces: definition.replaces?.(before, wanted) ?? [],
        ...(definition.deleteBeforeReplace && { deleteBeforeReplace: true }),
      };
    },
    create: async (news) => {
      const { inputs } = stateOf(news);
      const { id, outputs } = await definition.create(inputs).catch(unfinished({}, news));
      return { id, outs: withoutGaps({ ...inputs, ...written(outputs) }) as Inputs & Outputs };
    },
    read: async (storedId, props) => {
      const past = stateOf(props);
      const [id] = await idsOf(storedId, past);
      const live = id && (await definition.read(id, past));
      if (!live) return { id: "" };
      return {
        id,
        inputs: withoutGaps(live.inputs),
        props: withoutGaps({ ...live.inputs, ...written(live.outputs) }) as Inputs & Outputs,
      };
    },
    update: async (id, olds, news) => {
      const { inputs } = stateOf(news);
      const outputs = await definition
        .update(id, stateOf(olds), inputs)
        .catch(unfinished(stateOf(olds).inputs, news));
      return { outs: withoutGaps({ ...inputs, ...written(outputs) }) as Inputs & Outputs };
    },
    delete: async (storedId, props) => {
      if (definition.isLostWithItsServer?.() === true) return;
      const past = stateOf(props);
      for (const id of await idsOf(storedId, past)) await definition.delete(id, past);
    },
  };
}

interface Stored {
  __provider?: string;
  isUnfinished?: boolean;
}

/**
 * The error of a create or an update that may have changed something. The engine shows it as any other, keeps the
 * resource in the state as one that is not finished, and calls `update` at the next `up`, whatever that declares;
 * a `destroy` deletes it. Without an id it is replaced by the next `up`.
 */
export function begun(error: unknown, resource: { id?: string; outputs: object }): unknown {
  return error instanceof Error ? Object.assign(error, { begun: resource }) : error;
}

/**
 * Tells the engine what to keep of a resource that is {@link begun}, in the form that the SDK passes on. Nobody
 * knows whether the server holds what was declared before or what is now, so it counts as both: what is in the
 * one and not in the other is put back by the next `up`.
 */
function unfinished(before: object, news: object): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error && "begun" in error)) throw error;
    const { id = unknownId, outputs } = error.begun as { id?: string; outputs: object };
    // `news` holds the provider's text, which what a method returns gets back by itself, and this does not.
    const properties = withoutGaps({
      ...merged(before as Values, news as Values),
      ...outputs,
      isUnfinished: true,
    });
    throw Object.assign(error, { id, properties, reasons: [error.message] });
  };
}

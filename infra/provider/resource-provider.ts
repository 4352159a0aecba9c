import { dequal } from "dequal";
import type { CheckResult, DynamicProvider, ProviderConfiguration } from "./dynamic-provider";
import { endWithEngine } from "./engine-watch";
import { PartialFailure } from "./partial-failure";
import { merged, omit, pick, type Values, withoutNullish } from "../properties";

/** A resource as its last `up` left it, or as the server has it. */
export interface State<Inputs, Outputs> {
  inputs: Inputs;
  /** What the inputs do not say: what the server made, and what is remembered. */
  outputs: Outputs;
}

/** What the engine's state holds of a resource. */
export interface PriorState<Inputs, Outputs> extends State<Inputs, Outputs> {
  /** Whether the run that wrote it ended in a {@link PartialFailure}: then what the server holds is not known. */
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
  /**
   * The inputs that cannot be changed in place and that differ. Default: none.
   *
   * @param prior all that the state holds of the resource, whose inputs are `before`
   */
  replaces?: (
    before: Inputs,
    wanted: Inputs,
    prior: PriorState<Inputs, Outputs> & { id: string },
  ) => string[];
  /** Default values: outputs with these are left out of the state, and added when it is read. Default: none. */
  defaultOutputs?: Partial<Outputs>;
  /** Outputs of older versions that nothing reads any more: dropped. Default: none. */
  formerOutputs?: readonly string[];
  /** Set when old and new cannot coexist, which may depend on what changes. Default: false. */
  deleteBeforeReplace?: boolean | ((before: Inputs, wanted: Inputs) => boolean);
  /**
   * Whether a program or a container runs, so that a plain `up` after a reboot starts it again without a refresh;
   * or whether a restored database still has what a refresh itself needs. No other diff may look at the world.
   */
  isUp?: (inputs: Inputs) => Promise<boolean>;
  /** If `create` or `update` fails after a possible write, it throws a {@link PartialFailure}, so that the state keeps it. */
  create: (inputs: Inputs) => Promise<{ id: string; outputs: Outputs }>;
  /** Answers an `id` if the object has another one by now, because an update made it again. */
  read: (
    id: string,
    prior: PriorState<Inputs, Outputs>,
  ) => Promise<(State<Inputs, Outputs> & { id?: string }) | undefined>;
  update: (id: string, prior: PriorState<Inputs, Outputs>, inputs: Inputs) => Promise<Outputs>;
  delete: (id: string, prior: PriorState<Inputs, Outputs>) => Promise<void>;
  /** Whether a delete has nothing to do, as the object's server is deleted in this run. Default: never. */
  isLostWithItsServer?: () => boolean;
  /**
   * If the server chooses ids: the ids of what a create without an answer has made. Called after a
   * {@link PartialFailure} without an id. Default: none.
   */
  find?: (inputs: Inputs) => Promise<string[]>;
}

/** The id in the state if a create never learnt it. */
const unknownId = "unknown";

/**
 * The provider that the engine calls, for a resource's definition.
 *
 * It hides what no resource should have to know: the engine's state is inputs and outputs in one object together
 * with the provider's own text, complete at every turn and without `undefined`; and a resource has changed when its
 * inputs differ from those of the state. `diff` asks no server; see {@link ResourceDefinition.isUp} for the one
 * exception.
 *
 * State from other versions: a missing input was not declared; an unknown one no longer is. Either is a
 * change, which `up` brings about. So every output has to be optional for its readers, or have been there
 * from the first version on.
 *
 * @param outputNames the properties of the state that are no inputs
 */
export function resourceProvider<Inputs extends object, Outputs extends object>(
  outputNames: readonly (keyof Outputs & string)[],
  definition: ResourceDefinition<Inputs, Outputs>,
): DynamicProvider<Inputs, Inputs & Outputs> {
  const stateOf = (properties: object): PriorState<Inputs, Outputs> => {
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
  const idsOf = async (id: string, { inputs }: PriorState<Inputs, Outputs>): Promise<string[]> =>
    id === unknownId ? ((await definition.find?.(inputs)) ?? []) : [id];
  return {
    configure: ({ config }) => {
      endWithEngine();
      definition.configure?.(config);
    },
    check: async (olds, news) => {
      const result = await definition.check(news, stateOf(olds).inputs);
      return result.inputs ? { ...result, inputs: withoutNullish(result.inputs) } : result;
    },
    diff: async (id, olds, news) => {
      const prior = stateOf(olds);
      const before = prior.inputs;
      const wanted = stateOf(news).inputs;
      // An update cannot set the id: what was made is deleted, and made again.
      if (id === unknownId) return { changes: true, replaces: ["id"], deleteBeforeReplace: true };
      const { deleteBeforeReplace: order = false } = definition;
      return {
        changes: (await definition.isUp?.(before)) === false || !dequal(before, wanted),
        replaces: definition.replaces?.(before, wanted, { ...prior, id }) ?? [],
        ...((typeof order === "function" ? order(before, wanted) : order) && {
          deleteBeforeReplace: true,
        }),
      };
    },
    create: async (news) => {
      const { inputs } = stateOf(news);
      const { id, outputs } = await definition.create(inputs).catch(unfinished({}, news));
      return { id, outs: withoutNullish({ ...inputs, ...written(outputs) }) as Inputs & Outputs };
    },
    read: async (storedId, props) => {
      const prior = stateOf(props);
      const [id] = await idsOf(storedId, prior);
      const live = id && (await definition.read(id, prior));
      if (!live) return { id: "" };
      return {
        id: live.id ?? id,
        inputs: withoutNullish(live.inputs),
        props: withoutNullish({ ...live.inputs, ...written(live.outputs) }) as Inputs & Outputs,
      };
    },
    update: async (id, olds, news) => {
      const { inputs } = stateOf(news);
      const outputs = await definition
        .update(id, stateOf(olds), inputs)
        .catch(unfinished(stateOf(olds).inputs, news));
      return { outs: withoutNullish({ ...inputs, ...written(outputs) }) as Inputs & Outputs };
    },
    delete: async (storedId, props) => {
      if (definition.isLostWithItsServer?.() === true) return;
      const prior = stateOf(props);
      for (const id of await idsOf(storedId, prior)) await definition.delete(id, prior);
    },
  };
}

interface Stored {
  __provider?: string;
  isUnfinished?: boolean;
}

/**
 * Tells the engine what to keep after a {@link PartialFailure}, in the form that the SDK passes on. The server may
 * hold what was declared before or what is declared now, so the state counts as both: what is in only one of
 * them is put back by the next `up`.
 */
function unfinished(before: object, news: object): (error: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof PartialFailure)) throw thrown;
    const { error, resource } = thrown;
    const { id = unknownId, outputs } = resource;
    // `news` holds the provider's text, which is added to what a method returns, but not to this.
    const properties = withoutNullish({
      ...merged(before as Values, news as Values),
      ...outputs,
      isUnfinished: true,
    });
    throw Object.assign(error, { id, properties, reasons: [error.message] });
  };
}

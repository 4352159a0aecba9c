import type { DynamicProvider } from "../../infra/provider/dynamic-provider";

type Properties = Record<string, unknown>;

/** A resource's provider, as the engine evaluates it once in a run. */
export type Run = DynamicProvider<Properties, Properties>;

/** A resource as the engine would keep it: its id and its state, which every step replaces. */
export interface Tracked {
  id: string;
  state: Properties;
  /** The last call failed and left this to be completed: the engine updates it, changed or not. */
  isUnfinished?: true;
}

/** What the engine keeps of a resource whose create or update failed, besides what it had. */
export function leftBy(error: unknown): Tracked | undefined {
  const { id, properties } = error as { id?: string; properties?: Properties };
  return id === undefined || properties === undefined
    ? undefined
    : { id, state: stored(properties), isUnfinished: true };
}

/** The engine's part played by hand: check, diff, then the one call that follows from it. */
export async function up(run: Run, news: object, tracked?: Tracked): Promise<Tracked> {
  const inputs = await checked(run, news, tracked?.state ?? {});
  if (tracked === undefined) {
    const { id, outs } = await run.create(inputs);
    return { id, state: stored(outs) };
  }
  const { changes, replaces, deleteBeforeReplace } = await run.diff(
    tracked.id,
    tracked.state,
    inputs,
  );
  if (replaces?.length) {
    const remove = () => run.delete(tracked.id, tracked.state);
    if (deleteBeforeReplace) await remove();
    const { id, outs } = await run.create(inputs);
    if (!deleteBeforeReplace) await remove();
    return { id, state: stored(outs) };
  }
  if (changes !== true && !tracked.isUnfinished) return tracked;
  const { outs } = await run.update(tracked.id, tracked.state, inputs);
  return { id: tracked.id, state: stored(outs) };
}

/** What a refresh finds; `undefined` when the object is gone. */
export async function refresh(run: Run, { id, state }: Tracked): Promise<Tracked | undefined> {
  const live = await run.read(id, state);
  if (live.id === "") return undefined;
  expect(live.inputs).toBeDefined();
  return { id: live.id, state: stored(live.props as Properties) };
}

export async function hasChanges(run: Run, news: object, { id, state }: Tracked): Promise<boolean> {
  const inputs = await checked(run, news, state);
  return (await run.diff(id, state, inputs)).changes === true;
}

async function checked(run: Run, news: object, olds: object): Promise<Properties> {
  const { inputs, failures } = await run.check(olds, news);
  expect(failures).toBeUndefined();
  return inputs as Properties;
}

/** What the engine's protocol makes of a state; it fails on `undefined`, so this does too. */
function stored(state: Properties): Properties {
  const hasGap = (value: unknown): boolean =>
    value === undefined ||
    (typeof value === "object" && value !== null && Object.values(value).some(hasGap));
  expect(hasGap(state)).toBe(false);
  // Not structuredClone: inside Jest its objects are of another realm, and equal to none of this one's.
  return JSON.parse(JSON.stringify(state)) as Properties;
}

import { omit, pick, type Values } from "../../properties";
import { type Child, type ChildList, inFull, type Parent } from "./child-list";
import { originals, reconciled } from "./declared";
import { isClearlyRefused } from "../../provider/partial-failure";
import { isSame, samenessOf } from "./sameness";

/** What is remembered of a list between runs, by the key of an entry. */
export interface ChildMemory {
  /** The entries that this resource made, or is about to make, and removes. */
  made: string[];
  /** What existing entries held before they were declared; put back when they are no longer declared. */
  original: Record<string, Values>;
}

const { differingColumns, heldPart, holds } = samenessOf();

export const nothingMade: ChildMemory = { made: [], original: {} };

export interface ChildPlan {
  /** What to remember once all is done. */
  memory: ChildMemory;
  /** What is declared of entries that exist, and cannot be: each as a sentence. */
  refusals: string[];
  /** The keys of entries that the last `up` had and somebody deleted since. */
  remade: string[];
  /** The keys of entries that somebody changed since, and that are not what is declared now. */
  overwritten: string[];
  /** Whether there is something to write, and whether it makes entries. */
  isWork: boolean;
  isAdding: boolean;
  /** Does the work and answers with all that the list then holds. */
  carryOut: () => Promise<Child[]>;
  /** What to remember if the run fails now, including all that it may have made. */
  unfinished: () => ChildMemory;
}

/**
 * The least work that brings a list of Logto's to what is declared.
 *
 * An existing entry that is not remembered as made was somebody else's, unless that is `isGuessed`.
 */
export function planChildren(
  list: ChildList,
  parent: Parent,
  state: {
    live: Child[];
    declared: Values[];
    /** What the last `up` declared. */
    before: Values[];
    memory: ChildMemory;
    /**
     * Whether an entry that is just as declared counts as made by this resource: it made the object, and nothing but
     * the entry can tell what a run did that was killed before it wrote its state.
     */
    isGuessed: boolean;
  },
): ChildPlan {
  const { live, declared, before, memory, isGuessed } = state;
  const { key, fields, fixedFields } = list;
  const keyOf = (entry: Values) => String(entry[key]);
  const named = <Entry extends Values>(entries: Entry[]) =>
    new Map(entries.map((entry) => [keyOf(entry), entry]));
  const [held, wanted, past] = [named(live), named(declared), named(before)];

  const made = new Set(memory.made);
  const original: Record<string, Values> = {};
  const missing: Values[] = [];
  const refusals: string[] = [];
  const changes: { child: Child; body: Values }[] = [];
  const change = (child: Child, parts: { before: Values; declared: Values; original: Values }) => {
    const own = pick(child, fields as never[]) as Values;
    const body = pick(differingColumns(own, reconciled(own, parts)), fields as never[]);
    if (Object.keys(body).length > 0) changes.push({ child, body });
  };

  for (const [name, entry] of wanted) {
    const child = held.get(name);
    const declaredFields = omit(entry, [key]);
    const beforeFields = omit(past.get(name) ?? {}, [key] as never[]) as Values;
    const remembered = memory.original[name];
    if (child === undefined) {
      missing.push(entry);
      if (remembered) original[name] = remembered;
      else made.add(name);
      continue;
    }
    refusals.push(
      ...Object.entries(fixedFields)
        .filter(([field]) => entry[field] !== undefined && !isSame(child[field], entry[field]))
        .map(([, refusal]) => refusal(name)),
    );
    if (!made.has(name) && remembered === undefined && isGuessed) {
      if (holds(child, declaredFields)) made.add(name);
    }
    const parts = {
      before: beforeFields,
      declared: declaredFields,
      original: remembered ?? {},
    };
    if (!made.has(name)) original[name] = originals(child, parts);
    change(child, parts);
  }

  const surplus = live.filter((child) => made.has(keyOf(child)) && !wanted.has(keyOf(child)));
  for (const [name, values] of Object.entries(memory.original)) {
    const child = held.get(name);
    if (wanted.has(name) || child === undefined) continue;
    const beforeFields = omit(past.get(name) ?? {}, [key] as never[]) as Values;
    change(child, { before: beforeFields, declared: {}, original: values });
  }

  // One that a failed run has put back already is not written.
  const written = new Set([...changes.map(({ child }) => child), ...surplus]);
  const isOverwritten = (child: Child | undefined, entry: Values) =>
    child !== undefined && written.has(child) && !holds(child, pick(entry, fields as never[]));
  const refused = new Set<string>();
  return {
    memory: { made: [...wanted.keys()].filter((name) => made.has(name)), original },
    refusals,
    remade: missing.map(keyOf).filter((name) => past.has(name)),
    overwritten: before.filter((entry) => isOverwritten(held.get(keyOf(entry)), entry)).map(keyOf),
    isWork: missing.length + changes.length + surplus.length > 0,
    isAdding: missing.length > 0,
    async carryOut() {
      await inFull(changes.map(({ child, body }) => list.change(parent, child, body)));
      const added = await list.add(parent, missing, (name, error) => {
        if (isClearlyRefused(error)) refused.add(name);
      });
      await inFull(surplus.map((child) => list.remove(parent, child)));
      return [...live.filter((child) => !surplus.includes(child)), ...added];
    },
    unfinished: () => ({
      made: [...made].filter((name) => !refused.has(name)),
      original: { ...memory.original, ...original },
    }),
  };
}

/**
 * The declared entries that exist, as a declaration would write them, and after them those that this resource made
 * and a failed run did not get to remove.
 */
export function heldEntries(
  list: ChildList,
  live: Child[],
  declared: Values[],
  { made }: ChildMemory,
): Values[] {
  const names = declared.map((entry) => String(entry[list.key]));
  const shown = declared.flatMap((entry) => {
    const child = live.find((one) => one[list.key] === entry[list.key]);
    return child ? [heldPart(child, entry)] : [];
  });
  const rest = live
    .filter((child) => made.includes(String(child[list.key])))
    .filter((child) => !names.includes(String(child[list.key])))
    .map((child) => pick(child, [list.key, ...list.fields, ...Object.keys(list.fixedFields)]));
  return [...shown, ...rest];
}

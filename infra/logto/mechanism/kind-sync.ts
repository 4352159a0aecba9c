import { dequal } from "dequal";
import { merged, omit, pick, type Values } from "../../properties";
import { PartialFailure, partialUnlessRefused } from "../../provider/partial-failure";
import type { PriorState } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import type { Child, ChildList } from "./child-list";
import {
  type ChildMemory,
  type ChildPlan,
  heldEntries,
  nothingMade,
  planChildren,
} from "./child-plan";
import { declaredEntries, hasList, memoryOfNewObject } from "./child-rules";
import { type Changes, originals, reconciled } from "./declared";
import { filledIn, filledSoFar, withFilled } from "./filled";
import { warnAboutOverwrites } from "./foreign-changes";
import { type Memory, memoryNames, nothingRemembered } from "./kind";
import type { KindObjects } from "./kind-objects";
import type { Live } from "./live";
import type { Notes } from "./mark";
import { changeWithMark, changeWithoutMark, type Marked, originalWithMark } from "./mark-plan";
import { outputValues, type Seen } from "./outputs";
import { withSecretsOf } from "./secret-inputs";
import { updateBody } from "./update-body";

/** The live entries of an object's lists, by the input that declares each list. */
type Lists = Record<string, Child[]>;

/** What the last `up` left of a resource. */
export type Prior = PriorState<Values, Memory>;

/**
 * Makes an object hold what is declared, with no more requests than needed, and answers with what the state must
 * hold of it besides the inputs.
 *
 * @param memory what is remembered so far; at a create whether the object was adopted
 * @param prior what the last `up` declared; nothing at a create
 * @param isLeaving whether the resource goes and the object stays, as it existed before
 * @param isNew whether this run has just made the object as it is declared
 * @throws a partial failure with all that must be remembered if anything may have been written
 */
export async function sync(
  objects: KindObjects,
  live: Live,
  inputs: Values,
  {
    memory,
    prior,
    isLeaving = false,
    isNew = false,
  }: { memory: Memory; prior?: Prior; isLeaving?: boolean; isNew?: boolean },
): Promise<Memory> {
  const { kind, label, columnsOf, whenUnset } = objects;
  const marked = objects.marked(live, inputs, memory.adopted);
  const before = prior && asSeen(objects, prior.inputs, live);
  // A run that was killed before it wrote its state has noted both in the mark.
  const last = marked?.noted?.adoption ?? {
    declared: before ? columnsOf(before) : {},
    original: memory.original,
  };
  const declaration = {
    before: last.declared,
    declared: isLeaving ? {} : columnsOf(inputs),
    original: memory.adopted ? last.original : merged(whenUnset, last.original),
  };
  const { plans, held } = await planLists(objects, live, {
    declared: isLeaving ? {} : inputs,
    before: before ?? {},
    label: inputs,
    memory,
    noted: marked?.noted,
  });
  const refusals = [...plans.values()].flatMap((plan) => plan.refusals);
  if (refusals.length > 0) throw userError(`${label(inputs)}: ${refusals.join("; ")}`);
  if (prior) {
    const others = [...plans].flatMap(([name, { remade, overwritten }]) =>
      [...remade, ...overwritten].map((key) => [name, key]),
    );
    const held = objects.inOrderOf(declaration.before, live);
    await warnAboutOverwrites(label(inputs), prior, held, declaration, {
      ...objects.sameness,
      others,
    });
  }
  const completed = kind.completeChange?.(declaration, live) ?? declaration;
  const filled = filledSoFar(memory, declaration.before, live);
  const { bare, change, kept } = withFilled(live, filled, completed);
  const original = memory.adopted
    ? originalWithMark(originals(bare, completed), last.original, marked)
    : {};
  let sent: Values = {};
  const unfinished = () => ({
    id: live.id,
    outputs: {
      ...memory,
      original: merged(last.original, original),
      filled,
      ...(kind.fillsIn && { prior: pick(live, Object.keys(sent)) }),
      children: memories(plans, (plan) => plan.unfinished()),
      ...listsOfBoth(objects, before, inputs),
    },
  });
  const writeColumns = async () => {
    const known = { ...memory, original };
    const parts = partsToWrite(objects, live, change, { memory: known, plans, marked, isLeaving });
    const wanted = reconciled(live, parts);
    const differing = differingFrom(objects, live, wanted);
    sent = {
      ...updateBody(kind, differing, live, wanted),
      ...(!isLeaving && objects.sentAgain(inputs, prior)),
    };
    const isChange = Object.keys(sent).length > 0;
    if (!isLeaving && (isChange || !isNew)) {
      const event = { ...objects.eventOf(inputs), before: prior?.inputs, wanted, isChange };
      await kind.beforeWrite?.({ ...event, secrets: objects.secretsSent(inputs, wanted) });
    }
    if (!isChange) return live;
    const isFirst = kind.identity.isAlwaysThere === true && prior === undefined;
    const verb = isLeaving ? "put back" : isFirst ? "set" : "update";
    const columns = { differing: Object.keys(differing), body: sent };
    return objects.change(verb, live, inputs, columns).catch((error: unknown) => {
      throw error instanceof PartialFailure
        ? new PartialFailure(error, unfinished())
        : partialUnlessRefused(error, unfinished());
    });
  };
  const writeLists = async () => {
    try {
      for (const [name, plan] of plans) if (plan.isWork) held[name] = await plan.carryOut();
    } catch (error) {
      throw new PartialFailure(error, unfinished());
    }
  };
  // A mark that goes goes last, as it knows what was made in the lists; one that comes is there before that is made.
  if (isLeaving) await writeLists();
  const stored = await writeColumns();
  if (!isLeaving) await writeLists();
  const children = memories(plans, (plan) => plan.memory);
  const added = kind.fillsIn ? filledIn(stored, sent) : {};
  const known = { ...omit(memory, ["prior"]), original, children, filled: merged(kept, added) };
  const outputs = outputsOf(objects, known, { live: stored, inputs, lists: held });
  if (!isLeaving) {
    await objects.verify(inputs)?.catch((error: unknown) => {
      throw new PartialFailure(error, { id: live.id, outputs });
    });
  }
  return outputs;
}

/** A change with the mark of an object that is to have one. */
function partsToWrite(
  objects: KindObjects,
  live: Live,
  change: Changes,
  {
    memory,
    plans,
    marked,
    isLeaving,
  }: {
    memory: Memory;
    plans: Map<string, ChildPlan>;
    marked: Marked | undefined;
    isLeaving: boolean;
  },
): Changes {
  if (marked === undefined) return change;
  if (isLeaving) return changeWithoutMark(change, marked);
  const { adopted, original } = memory;
  const made = [...plans].map(([name, plan]) => {
    const known = adopted ? [] : (memoryOfNewObject(objects.kind, live)[name]?.made ?? []);
    return [name, plan.memory.made.filter((key) => !known.includes(key))] as const;
  });
  const notes = {
    lists: Object.fromEntries(made),
    ...(adopted && { adoption: { declared: change.declared, original } }),
  };
  const columns = differingFrom(objects, live, reconciled(live, change));
  const isWork =
    Object.keys(columns).length > 0 || [...plans.values()].some((plan) => plan.isAdding);
  return changeWithMark(change, notes, marked, isWork);
}

/** The columns that an update can change and that are to change. */
function differingFrom(
  { fixedColumns, inOrderOf, sameness }: KindObjects,
  live: Live,
  wanted: Values,
): Values {
  return omit(sameness.differingColumns(inOrderOf(wanted, live), wanted), ["id", ...fixedColumns]);
}

/** What Logto holds of the declared inputs, as a declaration would write it, and what else the state must hold. */
export async function observe(
  objects: KindObjects,
  live: Live,
  declared: Values,
  memory: Memory,
): Promise<{ inputs: Values; outputs: Memory }> {
  const { lists, columns, columnsOf, toInputs, parentOf, secrets, sameness } = objects;
  const held: Lists = {};
  const entries: Values = {};
  const noted = objects.marked(live, declared, memory.adopted)?.noted;
  for (const [name, list] of lists) {
    const isOwn = !memory.adopted;
    const wanted = declaredEntries(list, declared[name], { isOwn, object: live });
    const known = withNoted(memory.children[name], noted?.lists[name]);
    if (!isRead(list, live, [wanted, known.made])) continue;
    held[name] = await list.all(parentOf(live.id, declared));
    const shown = heldEntries(list, held[name], wanted, known);
    const isShown = declared[name] !== undefined || !dequal(shown, wanted);
    if (isShown) entries[name] = list.inputOf(shown);
  }
  const wanted = columnsOf(declared);
  const part = toInputs(sameness.heldPart(objects.inOrderOf(wanted, live), wanted));
  const inputs = {
    ...omit(declared, columns),
    // Somebody else's secret does not belong in the state: its fingerprint says that it differs.
    ...withSecretsOf(part, declared, secrets.pathsOf(declared)),
    ...entries,
    ...(secrets.exist && {
      secretFingerprints: secrets.fingerprintsOf(
        { ...part, ...pick(declared, objects.writeOnly) },
        objects.fingerprintKey(),
        declared,
      ),
    }),
  };
  return { inputs, outputs: outputsOf(objects, memory, { live, inputs, lists: held }) };
}

/**
 * The inputs of the state, with the server's secrets that a refresh has seen, of which the state keeps only
 * fingerprints.
 */
function asSeen(
  { secrets, toInputs, fingerprintKey }: KindObjects,
  inputs: Values,
  live: Values,
): Values {
  const seen = (inputs["secretFingerprints"] ?? {}) as Values;
  const held = secrets.fingerprintsOf(toInputs(live), fingerprintKey(), inputs);
  const known = Object.keys(held).filter((name) => held[name] === seen[name]);
  return withSecretsOf(inputs, toInputs(live), known.map(secrets.pathOf));
}

async function planLists(
  { kind, lists, parentOf }: KindObjects,
  live: Live,
  {
    declared,
    before,
    label,
    memory,
    noted,
  }: {
    declared: Values;
    before: Values;
    label: Values;
    memory: Memory;
    noted: Notes | undefined;
  },
): Promise<{ plans: Map<string, ChildPlan>; held: Lists }> {
  const plans = new Map<string, ChildPlan>();
  const held: Lists = {};
  const isOwn = !memory.adopted;
  const isGuessed = isOwn && kind.identity.markIn === undefined;
  for (const [name, list] of lists) {
    const wanted = declaredEntries(list, declared[name], { isOwn, object: live });
    const earlier = list.entriesOf(before[name]);
    const known = withNoted(memory.children[name], noted?.lists[name]);
    const parent = parentOf(live.id, label);
    const all = isRead(list, live, [wanted, earlier, known.made]) ? await list.all(parent) : [];
    const state = { live: all, declared: wanted, before: earlier, memory: known, isGuessed };
    held[name] = all;
    plans.set(name, planChildren(list, parent, state));
  }
  return { plans, held };
}

/** Whether there is something to read: a list that Logto fills by itself is never empty. */
function isRead(list: ChildList, live: Live, known: unknown[][]): boolean {
  const isNeeded = list.madeWithObject.length > 0 || known.some((entries) => entries.length > 0);
  return isNeeded && hasList(list, live);
}

/** What is remembered of a list, with what only the mark knows of it. */
function withNoted({ made, original } = nothingMade, noted: string[] = []): ChildMemory {
  return { made: [...new Set([...made, ...noted])], original };
}

/**
 * The lists as a failed update leaves them in the state: each entry that was declared before or is declared now,
 * with the fields of both, as the server may hold either.
 */
function listsOfBoth({ lists }: KindObjects, before: Values | undefined, inputs: Values): Values {
  const both = lists
    .filter(([name]) => before?.[name] !== undefined)
    .map(([name, list]) => {
      const entries = new Map<unknown, Values>();
      for (const entry of [...list.entriesOf(before?.[name]), ...list.entriesOf(inputs[name])]) {
        const key = entry[list.key];
        entries.set(key, merged(entries.get(key) ?? {}, entry));
      }
      return [name, list.inputOf([...entries.values()])] as const;
    });
  return Object.fromEntries(both);
}

/** What to remember of each list, without lists that have nothing to remember. */
function memories(
  plans: Map<string, ChildPlan>,
  of: (plan: ChildPlan) => ChildMemory,
): Record<string, ChildMemory> {
  const all = [...plans].map(([name, plan]) => [name, of(plan)] as const);
  return Object.fromEntries(
    all.filter(([, { made, original }]) => made.length + Object.keys(original).length > 0),
  );
}

function outputsOf(
  { kind, endpoint }: KindObjects,
  memory: Memory,
  seen: Omit<Seen, "endpoint">,
): Memory {
  return {
    ...nothingRemembered,
    ...pick(memory, memoryNames),
    ...outputValues(kind.outputs ?? {}, { ...seen, endpoint: endpoint() }),
  };
}

import { merged, omit, pick, type Values } from "../../properties";
import { PartialFailure, partialUnlessRefused } from "../../provider/partial-failure";
import type { PriorState } from "../../provider/resource-provider";
import type { Child } from "./child-list";
import {
  type ChildMemory,
  type ChildPlan,
  heldEntries,
  nothingMade,
  planChildren,
} from "./child-plan";
import { originals, reconciled } from "./declared";
import { warnAboutOverwrites } from "./foreign-changes";
import { type Live, type Memory, nothingRemembered } from "./kind";
import type { KindObjects } from "./kind-objects";
import { outputValues, type Seen } from "./outputs";
import { differingColumns, heldPart } from "./sameness";
import { fingerprintsOf, withSecretsOf } from "./secret-inputs";

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
 * @throws a partial failure with all that must be remembered if anything may have been written
 */
export async function sync(
  objects: KindObjects,
  live: Live,
  inputs: Values,
  { memory, prior, isLeaving = false }: { memory: Memory; prior?: Prior; isLeaving?: boolean },
): Promise<Memory> {
  const { label, columnsOf, fixed, whenUnset } = objects;
  const before = prior && asSeen(objects, prior.inputs, live);
  const change = {
    before: before ? columnsOf(before) : {},
    declared: isLeaving ? {} : columnsOf(inputs),
    original: merged(whenUnset, memory.original),
  };
  const { plans, held } = await planLists(objects, live, {
    declared: isLeaving ? {} : inputs,
    before: before ?? {},
    label: inputs,
    memory,
  });
  if (prior) {
    const remade = [...plans].flatMap(([name, { remade: keys }]) => keys.map((key) => [name, key]));
    await warnAboutOverwrites(label(inputs), prior, live, change, remade);
  }
  const original = memory.adopted ? originals(live, change) : {};
  const unfinished = () => ({
    id: live.id,
    outputs: {
      ...memory,
      original: merged(memory.original, original),
      children: memories(plans, (plan) => plan.unfinished()),
      ...listsOfBoth(objects, before, inputs),
    },
  });
  const body = omit(differingColumns(live, reconciled(live, change)), ["id", ...fixed]);
  const isWork = Object.keys(body).length > 0;
  const stored = isWork
    ? await objects
        .change(isLeaving ? "put back" : "update", live, inputs, body)
        .catch((error: unknown) => {
          throw partialUnlessRefused(error, unfinished());
        })
    : live;
  try {
    for (const [name, plan] of plans) if (plan.isWork) held[name] = await plan.carryOut();
  } catch (error) {
    throw new PartialFailure(error, unfinished());
  }
  const children = memories(plans, (plan) => plan.memory);
  return outputsOf(
    objects,
    { ...memory, original, children },
    { live: stored, inputs, lists: held },
  );
}

/** What Logto holds of the declared inputs, as a declaration would write it, and what else the state must hold. */
export async function observe(
  objects: KindObjects,
  live: Live,
  declared: Values,
  memory: Memory,
): Promise<{ inputs: Values; outputs: Memory }> {
  const { kind, lists, columns, columnsOf, parentOf } = objects;
  const { secretInputs = [] } = kind;
  const held: Lists = {};
  const entries: Values = {};
  for (const [name, list] of lists) {
    const wanted = list.entriesOf(declared[name]);
    const known = memory.children[name] ?? nothingMade;
    if (wanted.length + known.made.length === 0) continue;
    held[name] = await list.all(parentOf(live.id, declared));
    const shown = heldEntries(list, held[name], wanted, known);
    if (shown.length > 0 || declared[name] !== undefined) entries[name] = list.inputOf(shown);
  }
  const part = heldPart(live, columnsOf(declared));
  const inputs = {
    ...omit(declared, columns),
    // Somebody else's secret does not belong in the state: its fingerprint says that it differs.
    ...withSecretsOf(part, declared, secretInputs),
    ...entries,
    ...(secretInputs.length > 0 && {
      secretFingerprints: fingerprintsOf(part, secretInputs, objects.fingerprintKey()),
    }),
  };
  return { inputs, outputs: outputsOf(objects, memory, { live, inputs, lists: held }) };
}

/**
 * The inputs of the state, with the server's secrets that a refresh has seen, of which the state keeps only
 * fingerprints.
 */
function asSeen({ kind, fingerprintKey }: KindObjects, inputs: Values, live: Values): Values {
  const seen = (inputs["secretFingerprints"] ?? {}) as Values;
  const held = fingerprintsOf(live, kind.secretInputs ?? [], fingerprintKey());
  const known = Object.keys(held).filter((field) => held[field] === seen[field]);
  return withSecretsOf(inputs, live, known);
}

async function planLists(
  { lists, parentOf }: KindObjects,
  live: Live,
  {
    declared,
    before,
    label,
    memory,
  }: { declared: Values; before: Values; label: Values; memory: Memory },
): Promise<{ plans: Map<string, ChildPlan>; held: Lists }> {
  const plans = new Map<string, ChildPlan>();
  const held: Lists = {};
  for (const [name, list] of lists) {
    const [wanted, earlier] = [list.entriesOf(declared[name]), list.entriesOf(before[name])];
    const known = memory.children[name] ?? nothingMade;
    const isNeeded = wanted.length + earlier.length + known.made.length > 0;
    const parent = parentOf(live.id, label);
    const all = isNeeded ? await list.all(parent) : [];
    const state = { live: all, declared: wanted, before: earlier, memory: known };
    held[name] = all;
    plans.set(name, planChildren(list, parent, { ...state, isOwn: !memory.adopted }));
  }
  return { plans, held };
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

function outputsOf({ kind }: KindObjects, memory: Memory, seen: Seen): Memory {
  return {
    ...nothingRemembered,
    ...pick(memory, ["adopted", "original", "children", "liveId"]),
    ...outputValues(kind.outputs ?? {}, seen),
  };
}

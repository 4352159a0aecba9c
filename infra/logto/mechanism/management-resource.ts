import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs, type Rule } from "../../checks";
import type { Arguments } from "../../deep-input";
import { fingerprintKeyMissing } from "../../fingerprint";
import { merged, omit, type Values } from "../../properties";
import { DynamicResource, unset } from "../../provider/dynamic-resource";
import { PartialFailure } from "../../provider/partial-failure";
import { type PriorState, resourceProvider } from "../../provider/resource-provider";
import type { ResourceType } from "../../registry";
import { addressable } from "./addresses";
import { adoptionRule, adoptionShape, findExisting } from "./adoption";
import { fixedFieldsStay, onlyWhereThereIsOne, withEntriesOfNewObject } from "./child-rules";
import { longestAgeForWrites } from "./collection";
import type { ColumnNames } from "./columns";
import { asRemembered } from "./former-outputs";
import { reconciled } from "./declared";
import { filledIn } from "./filled";
import {
  warnAboutDeletion,
  warnAboutNewId,
  warnAboutStay,
  warnAboutTakeover,
} from "./foreign-changes";
import {
  type Adoption,
  type AnyKind,
  type Declared,
  type FieldOrPart,
  type Kind,
  type Memory,
  firstMemory,
  memoryNames,
  nothingRemembered,
  secretOutputsOf,
} from "./kind";
import { type KindObjects, objectsOf } from "./kind-objects";
import { observe, sync } from "./kind-sync";
import type { Live } from "./live";
import { isServerLost } from "../lost-server";
import { configuredApi } from "../management-api";
import type { KindPath, SingletonPath } from "./management-api-types";
import { requireOneOwner } from "./one-owner";
import { secretPlaces, secretsIn, withSecretsMarked } from "./secret-inputs";
import { warnAboutDisplacement } from "./slot";

/** The arguments of a resource: what its kind declares, and how it takes over what exists. */
export type ResourceArguments<Shape extends z.ZodRawShape> = Arguments<Declared<Shape> & Adoption>;

/** The same of an object that is always there: it is taken over without further ado. */
export type SingletonArguments<Shape extends z.ZodRawShape> = Arguments<Declared<Shape>>;

/**
 * The resource that a kind's declaration describes, with all that this project promises of any resource: nothing is
 * doubled or clobbered, what existed is put back, what a lost answer left behind is found again, no secret is in
 * clear, drift is shown and repaired, and reads come in batches.
 *
 * - Create and update are one flow: look at what the server holds, send what differs, check that it was stored.
 * - An object that somebody deleted is made again by its next change, with a warning. It has another id then, which
 *   the output `id` says after the next refresh, unless the id is chosen.
 * - What is no longer declared goes back to what it was or, in an object that this stack made, to what Logto stores
 *   if nothing is declared.
 * - What Logto has exactly once, and always, is taken over field by field, and put back when the resource goes.
 */
export function managementResource<
  Path extends KindPath,
  Shape extends z.ZodRawShape,
  Lists extends keyof Shape & string = never,
  Fixed extends FieldOrPart<Shape> = never,
  Whole extends keyof Shape & string = never,
  Later extends keyof Shape & string = never,
  const Names extends ColumnNames | undefined = undefined,
  Unsent extends keyof Shape & string = never,
  Bare extends keyof Shape & string = never,
  Own extends keyof Shape & string = never,
>(declaration: Kind<Path, Shape, Lists, Fixed, Whole, Later, Names, Unsent, Bare, Own>) {
  const kind = declaration as unknown as AnyKind;
  const { outputs = {} } = kind;
  const secrets = secretPlaces(kind.secretInputs);
  if (kind.identity.markIn !== undefined && secrets.exist) {
    throw new Error(`${kind.type}: the mark of an adopted object would hold its secrets in clear`);
  }

  abstract class Resource extends DynamicResource {
    constructor(
      name: string,
      args: Path extends SingletonPath ? SingletonArguments<Shape> : ResourceArguments<Shape>,
      options: pulumi.CustomResourceOptions = {},
    ) {
      const urn = pulumi.createUrn(name, `pulumi-nodejs:dynamic/${kind.type}`, options.parent);
      const marked = withSecretsMarked(args, secrets.pathsOf(args));
      super(
        kind.type as ResourceType,
        name,
        {
          ...unset(Object.keys(outputs)),
          ...requireOneOwner(kind, marked, urn),
          ...(kind.identity.stamp && { managedBy: urn }),
        },
        pulumi.mergeOptions({ additionalSecretOutputs: secretOutputsOf(kind) }, options),
      );
    }
  }
  return { kind, provider: providerOf(kind), Resource };
}

type Inputs = Values & Adoption;

/**
 * A provider of the kind with nothing in its memory: what it has seen and foretold is that of its run. The engine has one
 * for each process, and so does {@link managementResource}; tests have one for each run that they play.
 */
export function providerOf(kind: AnyKind) {
  const { identity, outputs = {} } = kind;
  const logto = configuredApi();
  const objects = objectsOf(kind, logto);
  const { secrets } = objects;
  const shape = shapeOf(kind);
  /**
   * The objects that this run is about to replace, by their ids. A diff sees an object and what it remembers; the create of
   * its successor sees neither. If Logto has one such object at a time, the create meets the old one in its slot, and must
   * not take it for somebody else's: what the old one remembers becomes the new one's memory.
   */
  const superseded = new Map<string, PriorState<Values, Memory>>();
  const rules: Rule<Inputs>[] = [
    ...((kind.rules ?? []) as unknown as Rule<Inputs>[]),
    ...onlyWhereThereIsOne(kind),
    ...addressable(kind),
    ...(identity.isAlwaysThere ? [] : [adoptionRule]),
    {
      reads: secrets.inputs,
      problems: (inputs, stack) =>
        secretsIn(inputs, secrets.pathsOf(inputs)).size > 0 &&
        stack.isConfigured() &&
        !stack.get("logto:fingerprintKey")
          ? [{ path: ["secretFingerprints"], message: fingerprintKeyMissing }]
          : [],
    },
  ];
  const outputNames = [
    ...memoryNames,
    ...Object.keys(outputs),
    ...Object.keys(kind.formerOutputs ?? {}),
  ] as (keyof Memory)[];
  const idOf = (id: string, { liveId }: Memory) => liveId ?? id;

  return resourceProvider<Inputs, Memory>(outputNames, {
    configure(configuration) {
      logto.configure(configuration);
      objects.forget();
    },

    async check(news, olds) {
      const result = checkInputs(
        news,
        shape,
        [...rules, ...fixedFieldsStay(kind, olds), ...keptObjectsStay(objects, olds)],
        logto,
      );
      if (result.inputs === undefined || result.failures !== undefined) return result;
      const inputs = withEntriesOfNewObject(kind, objects.withTold(result.inputs, olds));
      if (Object.keys(olds).length === 0) await foretellDisplacement(objects, inputs);
      if (!secrets.exist) return { inputs };
      const secretFingerprints = secrets.fingerprintsOf(inputs, objects.fingerprintKey());
      return { inputs: { ...inputs, secretFingerprints } };
    },

    defaultOutputs: firstMemory(kind),

    replaces(before, wanted, prior) {
      const places = objects.replacingDifferences(before, wanted);
      const isOtherAdopted = wanted.adoptId !== undefined && before.adoptId !== wanted.adoptId;
      const replaced = [
        ...new Set(places.map((place) => place.split(".")[0] ?? "")),
        ...(isOtherAdopted ? ["adoptId"] : []),
      ];
      const outputs = asRemembered(kind, prior.outputs);
      if (kind.slot && replaced.length > 0) {
        superseded.set(idOf(prior.id, outputs), { ...prior, outputs });
      }
      return replaced;
    },

    deleteBeforeReplace: (before, wanted) =>
      identity.field === undefined || before[identity.field] === wanted[identity.field],

    async create(inputs) {
      const isOwn = (live: Live) => superseded.has(live.id);
      const found = await findExisting(inputs, { ...surroundings(objects, inputs), isOwn });
      if (found === undefined || found.role === "rival") {
        const own = found && superseded.get(found.live.id);
        if (found && !own) await tellDisplacement(objects, inputs, found.live);
        const displaced = own
          ? whatWasBefore(objects, found.live, own)
          : found && objects.remembered(found.live);
        const { live, outputs } = await makeWhole(objects, inputs, displaced);
        return { id: live.id, outputs };
      }
      const { live, role, isResumed } = found;
      if (isResumed) {
        const columns = objects.columnsOf(inputs);
        const held = objects.inOrderOf(columns, live);
        const label = objects.labelWithId(inputs, live.id);
        await warnAboutTakeover(label, held, columns, objects.sameness);
      }
      if (role === "adopted") {
        const memory = { ...nothingRemembered, adopted: true };
        return { id: live.id, outputs: await sync(objects, live, inputs, { memory }) };
      }
      return { id: live.id, outputs: await finish(objects, live, inputs) };
    },

    find: async (inputs) => (await objects.alike(inputs)).map(({ id }) => id),

    async read(storedId, { inputs, outputs: stored }) {
      const outputs = asRemembered(kind, stored);
      const id = idOf(storedId, outputs);
      const live = await objects.get(id, inputs);
      return live && { id, ...(await observe(objects, live, inputs, omit(outputs, ["liveId"]))) };
    },

    async update(storedId, prior, inputs) {
      const memory = asRemembered(kind, prior.outputs);
      const id = idOf(storedId, memory);
      const live = await objects.get(id, inputs, longestAgeForWrites);
      if (live !== undefined) return sync(objects, live, inputs, { memory, prior });
      return remake(objects, storedId, { ...prior, outputs: memory }, inputs);
    },

    isLostWithItsServer: isServerLost,

    async delete(storedId, prior) {
      const { inputs } = prior;
      const memory = asRemembered(kind, prior.outputs);
      const id = idOf(storedId, memory);
      const { adopted, displaced } = memory;
      const { deletedOnlyIf } = kind;
      if (!adopted && deletedOnlyIf !== undefined && inputs[deletedOnlyIf] !== true) {
        return warnAboutStay(objects.labelWithId(inputs, id), deletedOnlyIf);
      }
      const isPutBack = adopted || identity.isGroup === true;
      const isPlain = !isPutBack && displaced === undefined && kind.beforeDelete === undefined;
      if (isPlain) return objects.remove(id, inputs);
      const live = await objects.get(id, inputs, longestAgeForWrites);
      if (live === undefined) return;
      if (isPutBack) {
        await sync(objects, live, inputs, { memory, prior, isLeaving: true });
      } else if (displaced !== undefined) {
        await objects.putBack(displaced);
      } else {
        await kind.beforeDelete?.({ ...objects.eventOf(inputs), live });
        await objects.remove(id, inputs);
      }
    },
  });
}

function shapeOf({
  inputs,
  identity,
  secretInputs,
}: AnyKind): z.ZodType<Inputs, z.ZodTypeDef, unknown> {
  const shape = inputs
    .extend({
      ...(!identity.isAlwaysThere && adoptionShape),
      ...(identity.stamp && { managedBy: z.string() }),
      ...(secretPlaces(secretInputs).exist && {
        secretFingerprints: z.record(z.string()).default({}),
      }),
    })
    .strict();
  return shape as unknown as z.ZodType<Inputs, z.ZodTypeDef, unknown>;
}

/** What others depend on by its id is not replaced unless the last `up` has said that it may be deleted. */
function keptObjectsStay(objects: KindObjects, before: Values): Rule<Inputs>[] {
  const { deletedOnlyIf: flag, replaceOn = [], consequences } = objects.kind;
  if (flag === undefined || Object.keys(before).length === 0 || before[flag] === true) return [];
  return replaceOn.map((place) => ({
    reads: [place.split(".")[0] ?? place],
    problems: (inputs) =>
      objects.replacingDifferences(before, inputs).includes(place)
        ? [
            {
              path: place.split("."),
              message: `cannot change without replacing ${objects.label(before)}. ${consequences.replaced} If that is meant, declare ${flag}: true, run up, and change it then`,
            },
          ]
        : [],
  }));
}

function surroundings(objects: KindObjects, inputs: Values) {
  return {
    noun: objects.kind.noun,
    label: objects.label(inputs),
    identity: objects.kind.identity,
    adoptedBy: objects.kind.adoptedBy,
    get: (id: string) => objects.get(id, inputs, longestAgeForWrites),
    candidates: () => objects.candidates(inputs, "all"),
    renewed: (live: Live) =>
      objects.kind.identity.chosenId
        ? Promise.resolve(live)
        : objects.get(live.id, inputs, longestAgeForWrites),
    holder: () => objects.holder(inputs),
    labelOf: objects.labelOf,
    isAlike: (live: Live) => objects.isAlike(live, inputs),
    fixedDifferences: (live: Live) => objects.fixedDifferences(live, inputs),
    declaredFixedDifferences: (live: Live) =>
      objects.fixedDifferences(
        live,
        merged(objects.toInputs(live), objects.toInputs(objects.columnsOf(inputs))),
      ),
    notesIn: (live: Live) => objects.notesOf(live, inputs),
    isAsCreated: (live: Live) => objects.isAsCreated(live, inputs),
    isOwn: () => false,
  };
}

/** Warns of the object that a create will remove, before it does and in a preview. */
async function foretellDisplacement(objects: KindObjects, inputs: Inputs): Promise<void> {
  if (inputs.adoptId !== undefined || !["ifPresent", undefined].includes(inputs.adopt)) return;
  const holder = await objects.holderInSight(inputs);
  if (holder && objects.fixedDifferences(holder, inputs).length > 0) {
    await tellDisplacement(objects, inputs, holder);
  }
}

async function tellDisplacement(objects: KindObjects, inputs: Values, rival: Live): Promise<void> {
  const { slot } = objects.kind;
  if (!slot) return;
  await warnAboutDisplacement(slot, objects.label(inputs), rival, objects.labelOf(rival));
}

/** What to put back when the successor of this resource's own object goes: what was there before that came. */
function whatWasBefore(
  objects: KindObjects,
  live: Live,
  { inputs, outputs: { adopted, original, displaced } }: PriorState<Values, Memory>,
): Values | undefined {
  if (!adopted) return displaced;
  const change = { before: objects.columnsOf(inputs), declared: {}, original };
  return objects.remembered(reconciled(live, change) as Live);
}

/**
 * Makes an object again that somebody deleted. What somebody set up in its slot gives way, even if it could be adopted:
 * the declared one was there first.
 */
async function remake(
  objects: KindObjects,
  storedId: string,
  prior: PriorState<Inputs, Memory>,
  inputs: Inputs,
): Promise<Memory> {
  const { identity } = objects.kind;
  const { outputs: memory } = prior;
  const id = memory.liveId ?? storedId;
  const isIdOurs = identity.chosenId !== undefined && identity.field !== undefined;
  const own = isIdOurs
    ? { ...inputs, [identity.field as string]: id }
    : { ...omit(inputs, ["adoptId"]), adopt: "never" as const };
  const around = { ...surroundings(objects, inputs), holder: () => Promise.resolve(undefined) };
  const found = isIdOurs ? undefined : await findExisting(own, around);
  const rival = found ? undefined : await objects.holder(own);
  const label = objects.labelWithId(inputs, id);
  await warnAboutDeletion(label, prior, rival && objects.labelOf(rival));
  const displaced = rival ? objects.remembered(rival) : memory.displaced;
  const withLiveId = (outputs: object, liveId: string | undefined) =>
    liveId === undefined || liveId === storedId ? outputs : { ...outputs, liveId };
  const making = found
    ? finish(objects, found.live, inputs).then((outputs) => ({ live: found.live, outputs }))
    : makeWhole(objects, own, displaced);
  const { live, outputs } = await making.catch((error: unknown) => {
    if (!(error instanceof PartialFailure)) throw error;
    const { outputs: known, id: liveId } = error.resource;
    throw new PartialFailure(error, { id: storedId, outputs: withLiveId(known, liveId) });
  });
  if (live.id !== id) await warnAboutNewId(objects.label(inputs), prior, live.id);
  return withLiveId(outputs, live.id) as Memory;
}

/**
 * A new object and its lists.
 *
 * @param displaced the object that it removes
 */
async function makeWhole(
  objects: KindObjects,
  inputs: Values,
  displaced: Values | undefined,
): Promise<{ live: Live; outputs: Memory }> {
  const live = await objects.make(inputs, displaced);
  return { live, outputs: await finish(objects, live, inputs, { displaced, isNew: true }) };
}

/** The rest of the work on an object that this resource has made. If it fails, the state must know of the object. */
function finish(
  objects: KindObjects,
  live: Live,
  inputs: Values,
  { displaced, isNew = false }: { displaced?: Values | undefined; isNew?: boolean } = {},
): Promise<Memory> {
  const filled = objects.kind.fillsIn ? filledIn(live, objects.columnsOf(inputs)) : {};
  const memory = { ...objects.newMemory(live), filled, ...(displaced && { displaced }) };
  return sync(objects, live, inputs, { memory, isNew }).catch((error: unknown) => {
    const isKnown = error instanceof PartialFailure;
    throw isKnown ? error : new PartialFailure(error, { id: live.id, outputs: memory });
  });
}

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs, type Rule } from "../../checks";
import type { Arguments } from "../../deep-input";
import { fingerprintKeyMissing } from "../../fingerprint";
import { merged, omit, type Values } from "../../properties";
import { DynamicResource, unset } from "../../provider/dynamic-resource";
import { PartialFailure } from "../../provider/partial-failure";
import { resourceProvider } from "../../provider/resource-provider";
import type { ResourceType } from "../../registry";
import { adoptionRule, adoptionShape, findExisting } from "./adoption";
import { fixedFieldsStay, onlyWhereThereIsOne, withEntriesOfNewObject } from "./child-rules";
import { longestAgeForWrites } from "./collection";
import { asRemembered } from "./former-outputs";
import { filledIn } from "./filled";
import { warnAboutDeletion, warnAboutNewId, warnAboutTakeover } from "./foreign-changes";
import {
  type Adoption,
  type AnyKind,
  type Declared,
  type FieldOrPart,
  type Kind,
  type Live,
  type Memory,
  firstMemory,
  memoryNames,
  nothingRemembered,
  secretOutputsOf,
} from "./kind";
import { type KindObjects, objectsOf } from "./kind-objects";
import { observe, sync } from "./kind-sync";
import { isServerLost } from "../lost-server";
import { configuredApi } from "../management-api";
import type { CollectionPath, KindPath } from "./management-api-types";
import { requireOneOwner } from "./one-owner";
import { fingerprintsOf, secretsIn, withSecretsMarked } from "./secret-inputs";

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
 *   the output `id` says after the next refresh.
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
>(declaration: Kind<Path, Shape, Lists, Fixed, Whole, Later>) {
  const kind = declaration as unknown as AnyKind;
  const { secretInputs = [], outputs = {} } = kind;
  if (kind.identity.markIn !== undefined && secretInputs.length > 0) {
    throw new Error(`${kind.type}: the mark of an adopted object would hold its secrets in clear`);
  }

  abstract class Resource extends DynamicResource {
    constructor(
      name: string,
      args: Path extends CollectionPath ? ResourceArguments<Shape> : SingletonArguments<Shape>,
      options: pulumi.CustomResourceOptions = {},
    ) {
      const urn = pulumi.createUrn(name, `pulumi-nodejs:dynamic/${kind.type}`, options.parent);
      const marked = withSecretsMarked(args, secretInputs);
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

function providerOf(kind: AnyKind) {
  const { identity, secretInputs = [], outputs = {} } = kind;
  const logto = configuredApi();
  const objects = objectsOf(kind, logto);
  const { label } = objects;
  const shape = shapeOf(kind);
  const rules: Rule<Inputs>[] = [
    ...((kind.rules ?? []) as unknown as Rule<Inputs>[]),
    ...onlyWhereThereIsOne(kind),
    ...(identity.isAlwaysThere ? [] : [adoptionRule]),
    {
      reads: secretInputs.map((field) => field.split(".")[0] ?? field),
      problems: (inputs, stack) =>
        secretsIn(inputs, secretInputs).size > 0 &&
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

    check(news, olds) {
      const result = checkInputs(news, shape, [...rules, ...fixedFieldsStay(kind, olds)], logto);
      if (result.inputs === undefined || result.failures !== undefined) return result;
      const inputs = withEntriesOfNewObject(kind, result.inputs);
      if (secretInputs.length === 0) return { inputs };
      const key = logto.get("logto:fingerprintKey");
      return {
        inputs: { ...inputs, secretFingerprints: fingerprintsOf(inputs, secretInputs, key) },
      };
    },

    defaultOutputs: firstMemory(kind),

    replaces: (before, wanted) => [
      ...new Set(
        objects.fixedDifferences(before, wanted).map((place) => place.split(".")[0] ?? ""),
      ),
      ...(wanted.adoptId === undefined || before.adoptId === wanted.adoptId ? [] : ["adoptId"]),
    ],

    deleteBeforeReplace: (before, wanted) =>
      identity.field === undefined || before[identity.field] === wanted[identity.field],

    async create(inputs) {
      const found = await findExisting(inputs, surroundings(objects, inputs));
      if (found === undefined) {
        const { live, outputs } = await makeWhole(objects, inputs);
        return { id: live.id, outputs };
      }
      const { live, isAdopted, isResumed } = found;
      if (isResumed) {
        await warnAboutTakeover(`${label(inputs)} (${live.id})`, live, objects.columnsOf(inputs));
      }
      if (isAdopted) {
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
      const own = { ...omit(inputs, ["adoptId"]), adopt: "never" as const };
      const found = await findExisting(own, surroundings(objects, inputs));
      await warnAboutDeletion(`${label(inputs)} (${id})`, prior);
      const made = found
        ? { live: found.live, outputs: await finish(objects, found.live, inputs) }
        : await makeWhole(objects, inputs);
      if (made.live.id !== id) await warnAboutNewId(label(inputs), prior, made.live.id);
      return { ...made.outputs, liveId: made.live.id };
    },

    isLostWithItsServer: isServerLost,

    async delete(storedId, prior) {
      const { inputs } = prior;
      const memory = asRemembered(kind, prior.outputs);
      const id = idOf(storedId, memory);
      if (!memory.adopted) return objects.remove(id, inputs);
      const live = await objects.get(id, inputs, longestAgeForWrites);
      if (live) await sync(objects, live, inputs, { memory, prior, isLeaving: true });
    },
  });
}

function shapeOf({
  inputs,
  identity,
  secretInputs = [],
}: AnyKind): z.ZodType<Inputs, z.ZodTypeDef, unknown> {
  const shape = inputs
    .extend({
      ...(!identity.isAlwaysThere && adoptionShape),
      ...(identity.stamp && { managedBy: z.string() }),
      ...(secretInputs.length > 0 && { secretFingerprints: z.record(z.string()).default({}) }),
    })
    .strict();
  return shape as unknown as z.ZodType<Inputs, z.ZodTypeDef, unknown>;
}

function surroundings(objects: KindObjects, inputs: Values) {
  return {
    noun: objects.kind.noun,
    label: objects.label(inputs),
    identity: objects.kind.identity,
    adoptedBy: objects.kind.adoptedBy,
    get: (id: string) => objects.get(id, inputs, longestAgeForWrites),
    all: () => objects.all(inputs),
    isAlike: (live: Live) => objects.isAlike(live, inputs),
    fixedDifferences: (live: Live) => objects.fixedDifferences(live, inputs),
    declaredFixedDifferences: (live: Live) =>
      objects.fixedDifferences(live, merged(live, objects.columnsOf(inputs))),
    notesIn: (live: Live) => objects.notesOf(live, inputs),
    isAsCreated: (live: Live) => objects.isAsCreated(live, inputs),
  };
}

/** A new object and its lists. */
async function makeWhole(
  objects: KindObjects,
  inputs: Values,
): Promise<{ live: Live; outputs: Memory }> {
  const live = await objects.make(inputs);
  return { live, outputs: await finish(objects, live, inputs) };
}

/** The rest of the work on an object that this resource has made. If it fails, the state must know of the object. */
function finish(objects: KindObjects, live: Live, inputs: Values): Promise<Memory> {
  const filled = objects.kind.fillsIn ? filledIn(live, objects.columnsOf(inputs)) : {};
  const memory = { ...objects.newMemory(live), filled };
  return sync(objects, live, inputs, { memory }).catch((error: unknown) => {
    const isKnown = error instanceof PartialFailure;
    throw isKnown ? error : new PartialFailure(error, { id: live.id, outputs: memory });
  });
}

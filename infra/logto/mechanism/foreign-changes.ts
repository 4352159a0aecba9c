/**
 * Changes that somebody else made since the last `up` and that this run overwrites: the declaration wins, with a
 * warning. It takes no extra request, as an update or a deletion reads the object anyway.
 *
 * What surprises: a run that was killed before it wrote its state leaves changes that look the same. If the state
 * says that a failed run left the resource unfinished, there is no warning.
 */

import * as pulumi from "@pulumi/pulumi";
import { dequal } from "dequal";
import { propertyPath } from "../../checks";
import { isObject, type Values, withoutNullish } from "../../properties";
import type { PriorState } from "../../provider/resource-provider";
import { type Changes, reconciled } from "./declared";
import type { Sameness } from "./sameness";

type Place = (string | number)[];

/**
 * Warns of declared places that hold neither what the last `up` declared nor what is to be there. Call it before
 * the write, so that the warning comes even if the write fails. It names places and no values, which may be
 * secrets.
 *
 * @param object as in `the application "Bookstore"`
 * @param change what the write is made of
 * @param heldPart how a live value is written as a declared one
 * @param others places in the object's lists that somebody changed, or deleted so that this run makes them again
 */
export async function warnAboutOverwrites(
  object: string,
  { isUnfinished }: Pick<PriorState<object, object>, "isUnfinished">,
  live: Values,
  change: Changes,
  { heldPart, others = [] }: Pick<Sameness, "heldPart"> & { others?: readonly Place[] },
): Promise<void> {
  const [held, wanted] = [live, reconciled(live, change)].map((values) =>
    withoutNullish(heldPart(values, change.before)),
  );
  const places = [...foreignPlaces(change.before, held, wanted), ...others];
  if (isUnfinished || places.length === 0) return;
  const names = places.map(propertyPath).join(", ");
  await tell(`changed ${object} in ${names}; this run writes over that`);
}

/**
 * Warns of an object that somebody deleted and this run makes again.
 *
 * @param rival what somebody set up in its place; it gives way to the object again
 */
export async function warnAboutDeletion(
  object: string,
  { isUnfinished }: Pick<PriorState<object, object>, "isUnfinished">,
  rival?: string,
): Promise<void> {
  if (isUnfinished) return;
  await tell(
    rival === undefined
      ? `deleted ${object}; this run makes it again`
      : `deleted ${object} and set up ${rival}; this run makes the first again, and the other comes back when that goes`,
  );
}

/** Warns that an object was made again under another id, which an update cannot tell the engine. */
export async function warnAboutNewId(
  object: string,
  { isUnfinished }: Pick<PriorState<object, object>, "isUnfinished">,
  id: string,
): Promise<void> {
  if (isUnfinished) return;
  await pulumi.log.warn(
    `The new id of ${object} is ${id}: outputs that name its id, and what reads them, have the old one until npm run up -- STACK --refresh.`,
  );
}

/**
 * Warns of an object that a create finds instead of making one: an earlier run made it and never wrote its
 * state, or it belongs to another clone, whose stack has the same name and calls the same server.
 */
export async function warnAboutTakeover(
  object: string,
  live: Values,
  declared: Values,
  { heldPart }: Pick<Sameness, "heldPart">,
): Promise<void> {
  const places = foreignPlaces(declared, withoutNullish(heldPart(live, declared)), declared);
  const names = places.map(propertyPath).join(", ");
  await pulumi.log.warn(
    `Goes on with ${object}, which is there and in no state of this clone: an earlier run of a stack of this name made it${names && `, and this run writes over it in ${names}`}. If that stack is another clone's, give this one another name: the destroy of either deletes it.`,
  );
}

/** Warns of an object that stays in Logto although its resource goes. */
export async function warnAboutStay(object: string, flag: string): Promise<void> {
  await pulumi.log.warn(
    `Left ${object} in Logto as it is: a resource that is to take it along declares ${flag}: true, and needs an up with that before it goes.`,
  );
}

/** Gives the warning. It says STACK, as the engine does not tell a provider the stack's name. */
function tell(what: string): Promise<void> {
  return pulumi.log.warn(
    `Since the last up somebody else, or a run that was interrupted, ${what}. Such a change shows beforehand with npm run review -- STACK --drift, or npm run up -- STACK --refresh.`,
  );
}

/** The places where the server holds neither of the two; lists of the same length are compared entry by entry. */
function foreignPlaces(before: unknown, held: unknown, wanted: unknown, at: Place = []): Place[] {
  if (dequal(held, before) || dequal(held, wanted)) return [];
  const isComparable =
    (isObject(before) && isObject(held)) ||
    (Array.isArray(before) && Array.isArray(held) && before.length === held.length);
  if (!isComparable) return [at];
  const [old, now, next] = [before, held, wanted].map(entriesOf) as [Parts, Parts, Parts];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
    foreignPlaces(old.get(key), now.get(key), next.get(key), [...at, key]),
  );
}

type Parts = Map<string | number, unknown>;

function entriesOf(value: unknown): Parts {
  if (Array.isArray(value)) return new Map(value.entries());
  return new Map(Object.entries(isObject(value) ? value : {}));
}

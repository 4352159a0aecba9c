/**
 * A program's declaration of an object, compared with what the server holds of it.
 *
 * A declaration is partial at every depth: only the keys that it names are declared, and an object's other keys
 * belong to somebody else. Lists and single values are declared as a whole.
 */

import { dequal } from "dequal";
import { asObject, isObject, type Values } from "../../properties";

/**
 * What the server should hold: `live` with everything in `declared` set. What was declared `before` and no longer
 * is, is restored to its original value, or removed if there was none.
 */
export function reconciled(live: Values, changes: Changes): Values {
  const { before, declared, original } = changes;
  const result = new Map(Object.entries(live));
  for (const key of new Set([...Object.keys(before), ...Object.keys(declared)])) {
    const held = result.get(key);
    const wanted = key in declared ? declared[key] : original[key];
    const isGoing = !(key in declared) && isObject(before[key]);
    const isOther = key in original && !isObject(original[key]);
    const isPartial = isObject(declared[key]) || (isGoing && !isOther);
    if (isPartial && isObject(held)) {
      const nested = {
        before: asObject(before[key]),
        declared: asObject(declared[key]),
        original: asObject(original[key]),
      };
      const rest = reconciled(held, nested);
      const isLeftover = !(key in declared || key in original) && Object.keys(rest).length === 0;
      if (isLeftover) result.delete(key);
      else result.set(key, rest);
    } else if (wanted === undefined) {
      result.delete(key);
    } else {
      result.set(key, wanted);
    }
  }
  return Object.fromEntries(result);
}

/** What `stored` holds and `sent` does not, at every depth of their objects: what the server filled in by itself. */
export function additions(stored: Values, sent: Values): Values {
  const part = Object.entries(stored).flatMap(([key, value]) => {
    const given = sent[key];
    if (value === undefined || value === null) return [];
    if (given === undefined || given === null) return [[key, value]];
    if (!isObject(value) || !isObject(given)) return [];
    const nested = additions(value, given);
    return Object.keys(nested).length === 0 ? [] : [[key, nested]];
  });
  return Object.fromEntries(part) as Values;
}

/** The part of `values` that `live` still holds as it is: what somebody has changed since is theirs. */
export function unchanged(values: Values, live: Values): Values {
  const part = Object.entries(values).flatMap(([key, value]) => {
    const held = live[key];
    if (!isObject(value) || !isObject(held)) return dequal(held, value) ? [[key, value]] : [];
    const nested = unchanged(value, held);
    return Object.keys(nested).length === 0 && Object.keys(value).length > 0 ? [] : [[key, nested]];
  });
  return Object.fromEntries(part) as Values;
}

/** `values` without the places of `part`; an object stays if something else was in it, or if it was empty. */
export function without(values: Values, part: Values): Values {
  const rest = Object.entries(values).flatMap(([key, value]) => {
    const taken = part[key];
    if (taken === undefined) return [[key, value]];
    if (!isObject(value) || !isObject(taken)) return [];
    const nested = without(value, taken);
    return Object.keys(nested).length === 0 ? [] : [[key, nested]];
  });
  return Object.fromEntries(rest) as Values;
}

/**
 * The part of what the server `filled` in that goes with what is no longer declared. It stays if the value next to
 * it is still declared, as the server would fill it in again.
 */
export function letGo(filled: Values, { before, declared }: Omit<Changes, "original">): Values {
  const part = Object.entries(filled).flatMap(([key, value]) => {
    if (key in before && !(key in declared)) return [[key, value]];
    if (!isObject(value) || !isObject(before[key]) || !isObject(declared[key])) return [];
    const nested = letGo(value, { before: before[key], declared: declared[key] });
    return Object.keys(nested).length === 0 ? [] : [[key, nested]];
  });
  return Object.fromEntries(part) as Values;
}

export interface Changes {
  /** What the last `up` declared; nothing at the first. */
  before: Values;
  /** What this one declares; nothing when the resource goes. */
  declared: Values;
  /** What the declared places held before they were declared. */
  original: Values;
}

/**
 * What the places that are declared now held before: the remembered value if a place was declared before, the
 * server's value if it is new.
 */
export function originals(live: Values, { before, declared, original }: Changes): Values {
  const part = Object.entries(declared).flatMap(([key, value]) => {
    const held = key in before ? original[key] : live[key];
    if (held === undefined || held === null) return [];
    if (!isObject(value) || !isObject(held)) return [[key, held]];
    const nested = {
      before: asObject(before[key]),
      declared: value,
      original: asObject(original[key]),
    };
    return [[key, originals(asObject(live[key]), nested)]];
  });
  return Object.fromEntries(part) as Values;
}

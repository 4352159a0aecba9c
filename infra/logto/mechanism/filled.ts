/**
 * What Logto itself fills in next to what is declared, such as the maximum of a policy whose minimum is declared. It
 * is no neighbour of somebody else's: it goes with the last that is declared next to it, and is left alone once
 * somebody has changed it.
 */

import { merged, pick, type Values } from "../../properties";
import { additions, type Changes, letGo, unchanged, without } from "./declared";
import type { Memory } from "./kind";

/**
 * What Logto has filled in and is unchanged since.
 *
 * @param declared what the last `up` declared; after a write whose answer was lost also what that was to declare
 */
export function filledSoFar(
  { filled, prior }: Pick<Memory, "filled" | "prior">,
  declared: Values,
  live: Values,
): Values {
  const unconfirmed =
    prior === undefined ? {} : additions(pick(live, Object.keys(prior)), merged(prior, declared));
  return merged(unchanged(filled, live), unconfirmed);
}

/** A change that takes along what was filled in next to what is no longer declared. */
export interface ChangeOfFilled {
  /** The object as it would be if nothing had been filled in. */
  bare: Values;
  /** The change with the part that goes. */
  change: Changes;
  /** The part that stays. */
  kept: Values;
}

export function withFilled(live: Values, filled: Values, change: Changes): ChangeOfFilled {
  const gone = letGo(filled, change);
  // A column that Logto filled is empty without that, and not gone.
  const emptied = Object.fromEntries(Object.keys(filled).map((column) => [column, {}]));
  return {
    bare: { ...emptied, ...without(live, filled) },
    change: {
      declared: change.declared,
      before: merged(gone, change.before),
      original: { ...emptied, ...change.original },
    },
    kept: without(without(filled, gone), change.declared),
  };
}

/** What an answer holds of the columns that were sent and was not sent. */
export function filledIn(stored: Values, sent: Values): Values {
  return additions(pick(stored, Object.keys(sent)), sent);
}

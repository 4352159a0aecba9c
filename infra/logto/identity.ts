/** How an object is recognised that a lost answer left behind, that is to be adopted, or that stands in the way. */

import { isObject, type Values } from "../properties";

export interface Identity {
  /** As in `the indicator "https://api.bookstore.example"`, for messages. */
  describe: (inputs: Values) => string;
  /** Whether `live` has it. */
  matches: (live: Values, inputs: Values) => boolean;
  /** Whether nobody else can have made an object that has it. */
  isProof: boolean;
  /** Whether Logto refuses a second object that has it. */
  isUnique: boolean;
  /** The input that must not be the same in two resources of a stack. */
  field?: string;
  /** What a create sends along, so that the object has it. */
  stamp?: (inputs: Values) => Values;
}

/** A field of which Logto has each value once, such as the indicator of an API resource. */
export function byUniqueField(field: string): Identity {
  return { ...byField(field), isUnique: true };
}

/**
 * The name, where Logto would take a second object of the same one: it is taken for unique here. A second one is refused,
 * and one is adopted only if no other has that name.
 */
export function byDeclaredName(field: string): Identity {
  return { ...byField(field), isUnique: false };
}

function byField(field: string): Omit<Identity, "isUnique"> {
  return {
    describe: (inputs) => `the ${field} "${String(inputs[field])}"`,
    matches: (live, inputs) => live[field] === inputs[field],
    isProof: false,
    field,
  };
}

const markKey = "logto-stack";

/** A mark in a column of free data: the resource's URN, which is its input `managedBy`. */
export function byMark(column: string): Identity {
  return {
    describe: ({ managedBy }) => `the mark of ${String(managedBy)}`,
    matches: (live, { managedBy }) => {
      const data = live[column];
      const mark = isObject(data) ? data[markKey] : undefined;
      return isObject(mark) && mark["urn"] === managedBy;
    },
    isProof: true,
    isUnique: false,
    stamp: (inputs) => {
      const declared = inputs[column];
      const mark = { [markKey]: { urn: inputs["managedBy"] } };
      return { [column]: { ...(isObject(declared) ? declared : {}), ...mark } };
    },
  };
}

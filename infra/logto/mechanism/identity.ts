/** How an object is recognised that a lost answer left behind, that is to be adopted, or that is in the way. */

import { pick, type Values } from "../../properties";
import { quoted } from "../../quoted";
import { markOf, notesIn, withMark } from "./mark";

/** What an object is looked for by. */
export interface Sought {
  /** As in `the indicator "https://api.bookstore.example"`, for messages; empty if there is nothing to tell apart. */
  describe: (inputs: Values) => string;
  /** Whether `live` is it. */
  matches: (live: Values, inputs: Values) => boolean;
  /** The inputs whose values it is known by. Default: none. */
  fields?: readonly string[];
}

export interface Identity extends Sought {
  /** Whether only this resource can have made an object that has it. */
  isProof: boolean;
  /** Whether Logto refuses a second object that has it. */
  isUnique: boolean;
  /** The input whose value only one resource of a stack may have. */
  field?: string;
  /** The column in which objects that have it hold a mark. */
  markIn?: string;
  /** The object's id, if a create can choose it. */
  chosenId?: (inputs: Values) => string;
  /** The query by which the list gives only those that may have it, for lists that may be too long to read. */
  query?: (inputs: Values) => string;
  /** What a create sends along to give the object this identity. */
  stamp?: (inputs: Values) => Values;
  /** Whether the object is nothing but the rows of a list that have its key in common. */
  isGroup?: boolean;
  isAlwaysThere?: false;
  isPut?: false;
  isPosted?: false;
}

/** Every Logto has exactly one such object: it is always taken over, and neither made nor deleted. */
export type AlwaysThere = Omit<Identity, "isAlwaysThere"> & { isAlwaysThere: true };

/** The same, of what Logto changes with PUT of the whole. */
export type AlwaysReplaced = Omit<AlwaysThere, "isPut"> & { isPut: true };

/** An object that is made and changed alike, with PUT, at its key below the kind's path or at that itself. */
export type Put = Omit<Identity, "isPut" | "isPosted"> & {
  isPut: true;
  /** Whether a create is a POST in the collection, and PUT changes only. Default: false. */
  isPosted?: boolean;
};

/** The identity of what Logto has exactly once, at the kind's own path, such as the sign-in experience. */
export const alwaysThere: AlwaysThere = {
  describe: () => "its only one",
  matches: () => true,
  isProof: false,
  isUnique: true,
  isAlwaysThere: true,
};

/** The same of what Logto changes with PUT and cannot delete, such as the claims of ID tokens. */
export const alwaysReplaced: AlwaysReplaced = { ...alwaysThere, isPut: true };

/** The identity by a field that is unique in Logto, such as the indicator of an API resource. */
export function byUniqueField(field: string): Identity {
  return { ...byField(field), isUnique: true };
}

/**
 * The identity by the first of several fields that is declared, each of which is unique in Logto, such as the e-mail
 * address of a user. Logto is asked for it alone, so the list may be long.
 *
 * @param ignoringCase those of them in which case does not count
 */
export function byFirstUnique(
  fields: readonly string[],
  ignoringCase: readonly string[],
): Identity {
  const first = (inputs: Values) => fields.find((field) => inputs[field]) ?? "";
  const asCompared = (field: string, value: unknown) =>
    ignoringCase.includes(field) ? String(value).toLowerCase() : value;
  return {
    describe: (inputs) => `the ${first(inputs)} "${String(inputs[first(inputs)])}"`,
    matches: (live, inputs) => {
      const field = first(inputs);
      return asCompared(field, live[field]) === asCompared(field, inputs[field]);
    },
    isProof: false,
    isUnique: true,
    query: (inputs) => {
      const field = first(inputs);
      const value = String(inputs[field]);
      return new URLSearchParams({
        [`search.${field}`]: value,
        [`mode.${field}`]: "exact",
      }).toString();
    },
  };
}

/** The identity by a key that is the object's address as well, such as the language of phrases. */
export function byKey(field: string): Put {
  return { ...byField(field), isUnique: true, isPut: true };
}

/** The same of what Logto makes with POST, and changes with PUT at its key, such as a custom profile field. */
export function byPostedKey(field: string): Put {
  return { ...byKey(field), isPosted: true };
}

/**
 * The identity by a key that rows of a list have in common, such as the language of e-mail templates. Logto has no object
 * of its own for it: it is there if there is such a row. The rows are its one list, {@link groupedRows}; when it goes,
 * those that somebody else added stay.
 */
export function byGroup(field: string): Put {
  return { ...byKey(field), isGroup: true };
}

/** The identity of an object that Logto has once or not at all, at the kind's own path. */
export const onceOrNever: Put = {
  describe: () => "",
  matches: () => true,
  isProof: false,
  isUnique: true,
  isPut: true,
};

/**
 * The identity by a name that need not be unique in Logto and counts as unique here: a second object is refused, and
 * one is adopted only if no other has that name.
 */
export function byDeclaredName(field: string): Identity {
  return { ...byField(field), isUnique: false };
}

function byField(field: string): Omit<Identity, "isUnique"> {
  return {
    describe: (inputs) => `the ${field} ${quoted(inputs[field])}`,
    matches: (live, inputs) => live[field] === inputs[field],
    isProof: false,
    field,
  };
}

/**
 * The identity by an id of our choice. Any object that has it counts as this resource's, unless it is to adopt one: ids
 * that Logto or its console makes are random. One that somebody deleted is made again under the same id.
 */
export function byChosenId(field: string): Identity {
  const chosenId = (inputs: Values) => inputs[field] as string;
  return {
    describe: (inputs) => `the id ${quoted(chosenId(inputs))}`,
    matches: (live, inputs) => live["id"] === chosenId(inputs),
    isProof: true,
    isUnique: true,
    field,
    chosenId,
  };
}

/** A mark in a column of free data: the resource's URN, which is its input `managedBy`. */
export function byMark(column: string): Identity {
  return {
    describe: ({ managedBy }) => `the mark of ${String(managedBy)}`,
    matches: (live, { managedBy }) => notesIn(live, column, managedBy) !== undefined,
    isProof: true,
    isUnique: false,
    markIn: column,
    stamp: (inputs) =>
      pick(withMark(inputs, column, markOf(inputs["managedBy"], { lists: {} })), [column]),
  };
}

/** For an object to adopt: the values of several fields, such as its name and its type. */
export function byFields(...fields: string[]): Sought {
  return {
    describe: (inputs) =>
      fields.map((field) => `the ${field} ${quoted(inputs[field])}`).join(" and "),
    matches: (live, inputs) => fields.every((field) => live[field] === inputs[field]),
    fields,
  };
}

/**
 * A list that lies below an object, such as the scopes of an API resource. It is part of that object's resource, as
 * each resource of its own would cost the engine a rewrite of its state. Like every declaration it is partial: what
 * is not declared stays as it is.
 */

import { z } from "zod";
import type { Values } from "../../properties";
import { collection } from "./collection";
import type { ChildBody, CollectionPath } from "./management-api-types";
import { notFound } from "../logto-error";
import { anything, type ManagementApi } from "../management-api";
import { pathSegment } from "../path-segment";
import { quoted } from "../../quoted";

/** The object that a list lies below. */
export interface Parent {
  api: ManagementApi;
  /** Path below the endpoint, as in `api/resources/ID`. */
  path: string;
  /** As in `the API resource "Orders"`. */
  label: string;
}

/** One entry of the list, as Logto has it. */
export type Child = { id: string } & Values;

export interface ChildList {
  /** As in `scope`. */
  noun: string;
  /** Its path below the object. */
  path: string;
  /** The field by which a declared entry is recognised. */
  key: string;
  /** Whether that is also what an entry is addressed by. */
  isKeyInAddress: boolean;
  /** The other fields that can be declared and that Logto can change. */
  fields: readonly string[];
  /** Those that Logto cannot change: by field, what to say of an entry to who declares another value. */
  fixedFields: Readonly<Record<string, (key: string) => string>>;
  /** The only objects that have such a list, by the values of their fields. Default: all have it. */
  onlyFor?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /**
   * The entries that Logto makes with each object. They count as made by the resource that made the object, and as
   * declared if the list is not.
   */
  madeWithObject: readonly Values[];
  /** Whether Logto may add entries of its own to the list of a new object, such as default roles. Default: false. */
  isFilledByLogto?: boolean | undefined;
  /** The input's entries as objects, and back. */
  entriesOf: (input: unknown) => Values[];
  inputOf: (entries: Values[]) => unknown;
  all: (parent: Parent) => Promise<Child[]>;
  /**
   * Adds the entries and answers with those that Logto returned. Each entry whose addition fails is passed to
   * `refused`.
   */
  add: (
    parent: Parent,
    entries: Values[],
    refused: (key: string, error: unknown) => void,
  ) => Promise<Child[]>;
  change: (parent: Parent, child: Child, body: Values) => Promise<void>;
  remove: (parent: Parent, child: Child) => Promise<void>;
}

type ChildShape = z.ZodType<Child, z.ZodTypeDef, unknown>;

const anyChild: ChildShape = z.object({ id: z.string().min(1) }).passthrough();

const asItIs = (entry: Values) => entry;

function reader(noun: string, below: string, shape = anyChild, isPaged = true): ChildList["all"] {
  return ({ api, path, label }) =>
    collection<Child>(() => api, {
      path: `${path}/${below}`,
      verb: "read",
      shape,
      isPaged,
    }).allNow(`the ${noun}s of ${label}`);
}

function remover(noun: string, below: string, key: string): ChildList["remove"] {
  return ({ api, path, label }, child) =>
    api.call({
      purpose: `delete the ${noun} ${quoted(child[key])} of ${label}`,
      method: "DELETE",
      path: `${path}/${below}/${pathSegment(child.id)}`,
      accept: { 204: anything, 404: notFound },
    });
}

/**
 * A list of objects of their own below the parent.
 *
 * @param _parent the collection that the list lies below
 * @param below its path there, as in `scopes`
 */
export function ownedList<Path extends CollectionPath, Below extends string>(
  _parent: Path,
  below: Below,
  kind: {
    /** What one of them is called in messages. */
    noun: string;
    /** The field by which a declared entry is recognised. Default: `name`. */
    key?: keyof ChildBody<Path, Below> & string;
    /** The fields that Logto can change. Default: none. */
    fields?: readonly (keyof ChildBody<Path, Below> & string)[];
    /** See {@link ChildList.fixedFields}. Default: none. */
    fixedFields?: ChildList["fixedFields"];
    /** What Logto answers to an addition. Default: 201. */
    createdStatus?: 200 | 201;
    /** Whether the list comes in pages. Default: true. */
    isPaged?: boolean;
    /** Whether Logto addresses an entry by its key, and not by an id. Default: false. */
    isKeyInAddress?: boolean;
    /** An entry of Logto's, as a declaration writes it, with what it is addressed by as `id`. Default: as it is. */
    shape?: ChildShape;
    /** A declared entry, as Logto takes it. Default: as it is. */
    bodyOf?: (entry: Values) => Values;
  } & Partial<Pick<ChildList, "onlyFor" | "madeWithObject">>,
): ChildList {
  const { noun, key = "name", fields = [], fixedFields = {}, createdStatus = 201 } = kind;
  const { isPaged, shape = anyChild, bodyOf = asItIs, madeWithObject = [] } = kind;
  const { isKeyInAddress = false } = kind;
  const all = reader(noun, below, shape, isPaged);
  const addOne = (parent: Parent, entry: Values): Promise<Child> =>
    parent.api.createOnce<Child>(
      {
        purpose: `create the ${noun} ${quoted(entry[key])} of ${parent.label}`,
        method: "POST",
        path: `${parent.path}/${below}`,
        body: bodyOf(entry),
        accept: { [createdStatus]: shape },
      },
      async () => (await all(parent)).find((child) => child[key] === entry[key]),
    );
  return {
    noun,
    path: below,
    key,
    isKeyInAddress,
    fields,
    fixedFields,
    onlyFor: kind.onlyFor,
    madeWithObject,
    entriesOf: (input) => (input ?? []) as Values[],
    inputOf: (entries) => entries,
    all,
    async add(parent, entries, refused) {
      const added = entries.map((entry) =>
        addOne(parent, entry).catch((error: unknown) => {
          refused(String(entry[key]), error);
          throw error;
        }),
      );
      return inFull(added);
    },
    async change({ api, path, label }, child, body) {
      await api.call({
        purpose: `update the ${noun} ${quoted(child[key])} of ${label}`,
        method: "PATCH",
        path: `${path}/${below}/${pathSegment(child.id)}`,
        body,
        accept: { 200: anything },
      });
    },
    remove: remover(noun, below, key),
  };
}

/**
 * A set of ids of other objects that the parent refers to. Their order means nothing.
 *
 * @param _parent the collection that the set lies below
 * @param below its path there, as in `scopes`
 */
export function idSet<Path extends CollectionPath, Below extends string>(
  _parent: Path,
  below: Below,
  kind: {
    /** What one of them is called in messages. */
    noun: string;
    /** What the body of an addition calls the list of ids. */
    body: keyof ChildBody<Path, Below> & string;
    /** What Logto answers to an addition. Default: 201. */
    createdStatus?: 200 | 201;
  } & Pick<ChildList, "isFilledByLogto">,
): ChildList {
  const { noun, body: list, createdStatus = 201 } = kind;
  const all = reader(noun, below);
  /** Logto refuses an addition as a whole if one of its ids is there already, so only the missing ids are sent. */
  async function addMissing(parent: Parent, ids: string[]): Promise<Child[]> {
    const isComplete = async () => {
      const held = new Set((await all(parent)).map(({ id }) => id));
      return ids.every((id) => held.has(id)) ? true : undefined;
    };
    await parent.api.createOnce<true>(
      {
        purpose: `add ${noun}s (${ids.join(", ")}) to ${parent.label}`,
        method: "POST",
        path: `${parent.path}/${below}`,
        body: { [list]: ids },
        accept: { [createdStatus]: z.unknown().transform(() => true as const) },
      },
      isComplete,
    );
    return ids.map((id) => ({ id }));
  }
  return {
    noun,
    path: below,
    key: "id",
    isKeyInAddress: true,
    fields: [],
    fixedFields: {},
    madeWithObject: [],
    isFilledByLogto: kind.isFilledByLogto,
    entriesOf: (input) => ((input ?? []) as string[]).map((id) => ({ id })),
    inputOf: (entries) => entries.map(({ id }) => id),
    all,
    async add(parent, entries, refused) {
      const ids = entries.map(({ id }) => id as string);
      if (ids.length === 0) return [];
      return addMissing(parent, ids).catch((error: unknown) => {
        for (const id of ids) refused(id, error);
        throw error;
      });
    },
    change: () => Promise.resolve(),
    remove: remover(noun, below, "id"),
  };
}

/** All results, once all work has ended. If something failed, the first failure is thrown then. */
export async function inFull<Result>(work: Promise<Result>[]): Promise<Result[]> {
  const settled = await Promise.allSettled(work);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

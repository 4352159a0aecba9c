import { setTimeout as pause } from "node:timers/promises";
import type { ZodType, ZodTypeDef } from "zod";
import { notFound } from "../logto-error";
import type { ManagementApi } from "../management-api";
import { pathSegment } from "../path-segment";

/** The objects of one kind in the Management API: their path and their shape. */
export interface Kind<Item extends { id: string }> {
  /** Path below the endpoint, as in `api/applications`; an object is at its id below that. */
  path: string;
  shape: ZodType<Item, ZodTypeDef, unknown>;
  /** Whether the list comes in pages of a hundred; if not, it comes as a whole. */
  isPaged: boolean;
  /**
   * The field by which the list can be searched for the objects of several ids at once. Default: none, they are looked for
   * in its pages.
   */
  listsByIds?: string | undefined;
  /** What a reading of the list is called in the message of its failure. Default: `look for`. */
  verb?: string;
  /** Where an object is requested alone, and what is answered. Default: at its id below the path; 404 if it is gone. */
  alone?: { at: (id: string) => string; shape: ZodType<Item | undefined, ZodTypeDef, unknown> };
}

/**
 * The objects of one kind as this run has seen them: many reads are answered from pages of the list, which saves a
 * request for each.
 *
 * - The first read requests its object alone, and no more pages are read than objects: one application among
 *   thousands of somebody else's does not fetch those.
 * - An object that the list does not show is requested alone before it counts as gone, as pages shift under
 *   somebody else's creates and deletes.
 * - What this run has written is requested alone from then on.
 * - If the list can be asked for ids, the objects that are read at the same time are, in one request, however many
 *   others there are.
 * - Many of Logto's lists have no order, so pages may repeat one object and skip another. A list of several pages that
 *   does not hold as many objects as its last page says there are is read again.
 *
 * @see https://openapi.logto.io/pagination
 */
export interface Collection<Item extends { id: string }> {
  /**
   * The object; `undefined` if it is gone.
   *
   * @param label for the message of a failure, as in `the application "Bookstore"`
   * @param longestAge how old the answer may be, in milliseconds. Default: as old as the run.
   */
  get(id: string, label: string, longestAge?: number): Promise<Item | undefined>;
  /** Requests the object alone, for a caller that cannot use what was seen before. */
  getNow(id: string, label: string): Promise<Item | undefined>;
  /** All that existed when this run read the list, without those that it has written since. */
  all(label: string): Promise<Item[]>;
  /** All that exist now. */
  allNow(label: string): Promise<Item[]>;
  /** All that exist now and that a query such as `search.name=Ada` lets through. */
  matching(query: string, label: string): Promise<Item[]>;
  /** To be called before each request that changes or deletes the object. */
  willWrite(id: string): void;
  /** Forgets what was seen: a new run begins, or a write has changed other objects than the one that it names. */
  forget(): void;
}

/**
 * How old an object may be when a change is merged over it, in milliseconds: somebody else's edit can be lost in
 * this short time only, and an update of hundreds still reads pages.
 */
export const longestAgeForWrites = 5_000;

/** The largest page that Logto gives. */
const pageSize = 100;

/**
 * How often a list is read if its pages do not fit together. The last reading counts: somebody else keeps writing.
 */
const readsOfList = 3;

interface Page<Item> {
  items: Map<string, Item>;
  isLast: boolean;
  /** How many objects the whole list holds, if the server says so. */
  total: number | undefined;
}

export function collection<Item extends { id: string }>(
  api: () => ManagementApi,
  { path, shape, isPaged, listsByIds, verb = "look for", alone }: Kind<Item>,
): Collection<Item> {
  const at = alone?.at ?? ((id: string) => `${path}/${pathSegment(id)}`);
  async function request(number: number, label: string, query = ""): Promise<Page<Item>> {
    const { body: items, total } = await api().callForPage({
      purpose: `${verb} ${label}`,
      method: "GET",
      path: isPaged ? `${path}?${query && `${query}&`}page=${number}&page_size=${pageSize}` : path,
      accept: { 200: shape.array() },
    });
    return {
      items: new Map(items.map((item) => [item.id, item])),
      isLast: !isPaged || items.length < pageSize || number * pageSize === total,
      total,
    };
  }

  /** A list that is read from now on: each page when it is first needed, once for all that wait for it. */
  function newList(query?: string) {
    const pages = new Map<number, Promise<Page<Item>>>();
    return {
      begun: Date.now(),
      page(number: number, label: string): Promise<Page<Item>> {
        const known = pages.get(number);
        if (known !== undefined) return known;
        const page = request(number, label, query);
        pages.set(number, page);
        // Do not cache failures.
        page.catch(() => pages.delete(number));
        return page;
      },
    };
  }

  let reads = 0;
  let list = newList();
  let written = new Set<string>();

  async function everything(from: typeof list, label: string, query?: string): Promise<Item[]> {
    const isShared = from === list;
    let reading = from;
    for (let time = 1; ; time += 1) {
      const { items, isWhole } = await allPages(reading, label);
      if (isWhole || time === readsOfList) return items;
      // The first of the readers that share the list replaces it, and all of them use the new one.
      if (isShared && reading === list) list = newList();
      reading = isShared ? list : newList(query);
    }
  }

  async function allPages(from: typeof list, label: string) {
    const items = new Map<string, Item>();
    for (let number = 1; ; number += 1) {
      const page = await from.page(number, label);
      for (const [id, item] of page.items) items.set(id, item);
      if (page.isLast) {
        const isWhole = number === 1 || page.total === undefined || page.total === items.size;
        return { items: [...items.values()], isWhole };
      }
    }
  }

  const getNow = (id: string, label: string) =>
    api().call<Item | undefined>({
      purpose: `read ${label}`,
      method: "GET",
      path: at(id),
      accept: { 200: alone?.shape ?? shape, 404: notFound },
    });

  const inBatches =
    listsByIds === undefined
      ? undefined
      : batched(async (ids: string[], label: string) => {
          const query = new URLSearchParams(ids.map((id) => [`search.${listsByIds}`, id]));
          query.set(`mode.${listsByIds}`, "exact");
          return everything(newList(query.toString()), label, query.toString());
        });

  return {
    async get(id, label, longestAge = Infinity) {
      if (inBatches) return (await inBatches(id, label)) ?? getNow(id, label);
      reads += 1;
      if (Date.now() - list.begun > longestAge) list = newList();
      const seen = list;
      for (let number = 1; number < reads; number += 1) {
        const page = await seen.page(number, label);
        const item = page.items.get(id);
        // It may have been written while the page was on its way.
        if (item !== undefined && !written.has(id)) return item;
        if (page.isLast) break;
      }
      return getNow(id, label);
    },
    getNow,
    async all(label) {
      const items = await everything(list, label);
      return items.filter(({ id }) => !written.has(id));
    },
    allNow: (label) => everything(newList(), label),
    matching: (query, label) => everything(newList(query), label, query),
    willWrite: (id) => written.add(id),
    forget() {
      reads = 0;
      list = newList();
      written = new Set();
    },
  };
}

/** How long a reader waits for others to be answered with it, in milliseconds. */
const batchPause = 10;

/** The most ids in one request: they are part of its address, which servers and proxies bound. */
const largestBatch = 50;

/**
 * Reads by id, of which those that come shortly after one another are one request. One that comes alone is left to the
 * caller, with `undefined`, as is one that the answer does not hold.
 */
function batched<Item extends { id: string }>(
  request: (ids: string[], label: string) => Promise<Item[]>,
): (id: string, label: string) => Promise<Item | undefined> {
  let open: { ids: Set<string>; items: Promise<Map<string, Item>> } | undefined;
  return async (id, label) => {
    if (open === undefined || open.ids.size === largestBatch) {
      const ids = new Set<string>();
      const batch = {
        ids,
        items: pause(batchPause).then(async () => {
          if (open === batch) open = undefined;
          const items = ids.size > 1 ? await request([...ids], label) : [];
          return new Map(items.map((item) => [item.id, item]));
        }),
      };
      open = batch;
    }
    open.ids.add(id);
    return (await open.items).get(id);
  };
}

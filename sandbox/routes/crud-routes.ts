import type { RouterContext } from "@koa/router";
import type { z } from "zod";
import type { Routes } from "../http/routes";
import { columns, type Table, type TenantDatabase, Values } from "../database";
import { ensure, LogtoError } from "../errors";
import { guardBody } from "../http/guard";
import { newId } from "../identifiers";
import {
  describePage,
  optionallyRequestedPage,
  type Page,
  requestedPage,
} from "../http/pagination";
import { parseSearch, searchCondition } from "../http/search";

type Row = { id: string } & Record<string, unknown>;

/** A request for a kind of object. */
export interface Call {
  database: TenantDatabase;
  context: RouterContext;
}

/** All that tells the routes of one kind of object from those of another; what is left out is as in most of Logto's. */
export interface Crud<Own extends Row> {
  /** Below `/api`, as in `/resources` or `/resources/:resourceId/scopes`. */
  path: string;
  table: Table<Own>;
  /** Whether a list without a page in the request is the whole list, or the first page of it. */
  pages: "if asked for" | "always";
  /** Columns that `search` looks in. Default: there is no search. */
  searchable?: readonly string[];
  /** After the condition. Default: none, as Logto's tables come in no order. */
  order?: string;
  /** Further conditions of a list. */
  conditions?: (call: Call, values: Values) => string[];
  create: z.ZodType<Record<string, unknown>, z.ZodTypeDef, unknown>;
  createdStatus?: 200 | 201;
  patch: z.ZodType<Record<string, unknown>, z.ZodTypeDef, unknown>;
  /** The fields that the server fills in, or that come out of the path. */
  filled?: (call: Call) => Record<string, unknown>;
  /** Refuses what cannot be written. `current` is the object that is to be changed. */
  check?: (call: Call, body: Record<string, unknown>, current?: Own) => Promise<void> | void;
  /** Refuses any write to that object or below it. */
  checkTarget?: (call: Call, id: string, verb: "modify" | "delete") => Promise<void> | void;
  /** What a create does besides. */
  created?: (call: Call, row: Own, body: Record<string, unknown>) => Promise<void>;
  /** As the answers show it, by the route. Default: the row. */
  present?: (call: Call, rows: Own[], route: "list" | "create" | "get") => Promise<object[]>;
  /** Whether a single object can be read. Default: true. */
  hasGet?: boolean;
  /** Whether the object is looked for before it is changed or deleted, which shows in what is said of a missing one. Default: true. */
  looksFirst?: boolean;
}

/** The routes of a kind that Logto lists, creates, reads, changes and deletes as it does most of its kinds. */
export function crudRoutes<Own extends Row>(kind: Crud<Own>): Routes {
  const { path, table, looksFirst = true } = kind;
  return (router, tenant) => {
    const { database } = tenant;
    const callOf = (context: RouterContext): Call => ({ database, context });
    const present = async (call: Call, rows: Own[], route: "list" | "create" | "get") =>
      (await kind.present?.(call, rows, route)) ?? rows;

    router.get(path, async (context) => {
      const page =
        kind.pages === "always" ? requestedPage(context) : optionallyRequestedPage(context);
      const call = callOf(context);
      const values = new Values();
      const condition = [
        `tenant_id = ${values.add("tenantId", database.tenantId)}`,
        ...(kind.conditions?.(call, values) ?? []),
        ...searchOf(context.URL.searchParams, kind.searchable ?? [], values),
      ].join(" and ");
      if (page) describePage(context, page, await count(database, table.table, condition, values));
      const rows = await database.query<Own>(
        `select ${columns(table)} from ${table.table} where ${condition} ${kind.order ?? ""} ${limits(page)}`,
        values.list,
      );
      context.body = await present(call, rows, "list");
    });

    router.post(path, async (context) => {
      const call = callOf(context);
      const body = guardBody(context, kind.create);
      await kind.checkTarget?.(call, "", "modify");
      await kind.check?.(call, body);
      const fields = { id: newId(), ...body, ...kind.filled?.(call) };
      const row = await database.insert<Own>(table, onlyColumns(table, fields));
      await kind.created?.(call, row, body);
      [context.body] = await present(call, [row], "create");
      context.status = kind.createdStatus ?? 201;
    });

    if (kind.hasGet !== false) {
      router.get(`${path}/:id`, async (context) => {
        const row = await findOne(database, table, context.params["id"]);
        [context.body] = await present(callOf(context), [row], "get");
      });
    }

    router.patch(`${path}/:id`, async (context) => {
      const call = callOf(context);
      const { id = "" } = context.params;
      const body = guardBody(context, kind.patch);
      await kind.checkTarget?.(call, id, "modify");
      const current = looksFirst ? await findOne(database, table, id) : undefined;
      await kind.check?.(call, body, current ?? ({ id } as Own));
      context.body = await changed(database, table, id, body);
    });

    router.delete(`${path}/:id`, async (context) => {
      const { id = "" } = context.params;
      await kind.checkTarget?.(callOf(context), id, "delete");
      if (looksFirst) await findOne(database, table, id);
      const deleted = await database.delete<Row>(table, { id });
      ensure(deleted > 0, "entity.not_found", { status: 404 });
      context.status = 204;
    });
  };
}

/** The object of that id, or the refusal that Logto gives where there is none. */
export async function findOne<Own extends Row>(
  database: TenantDatabase,
  table: Table<Own>,
  id: string | undefined,
): Promise<Own> {
  const row = await database.row<Own>(table, { id: id ?? "" } as Partial<Own>);
  ensure(row, "entity.not_exists_with_id", { status: 404, values: { name: table.table, id } });
  return row;
}

/** The object with these changes, or the refusal that Logto gives where there is none. */
export async function changed<Own extends Row>(
  database: TenantDatabase,
  table: Table<Own> & { tableSingular?: string },
  id: string,
  changes: Record<string, unknown>,
): Promise<Own> {
  const row = await database.update<Own>(table, changes, { id } as Partial<Own>);
  ensure(row, "entity.not_exists", { status: 404, values: { name: table.tableSingular } });
  return row;
}

/** Most of Logto's routes say of a search that makes no sense that the request is wrong. */
function searchOf(query: URLSearchParams, searchable: readonly string[], values: Values): string[] {
  if (searchable.length === 0) return [];
  try {
    const condition = searchCondition(parseSearch(query), searchable, values);
    return condition === undefined ? [] : [condition];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new LogtoError("request.invalid_input", { values: { details: error.message }, data: {} });
  }
}

async function count(
  database: TenantDatabase,
  table: string,
  condition: string,
  values: Values,
): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*) from ${table} where ${condition}`,
    values.list,
  );
  return row?.count ?? 0;
}

function limits(page: Page | undefined): string {
  return page ? `limit ${page.limit} offset ${page.offset}` : "";
}

/** Without what a body holds for other tables. */
function onlyColumns(table: Table<Row>, fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field in table.fields));
}

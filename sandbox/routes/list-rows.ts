import type { RouterContext } from "@koa/router";
import { columns, type Table, type TenantDatabase, Values } from "../database";
import { LogtoError } from "../errors";
import {
  describePage,
  optionallyRequestedPage,
  type Page,
  requestedPage,
} from "../http/pagination";
import { parseSearch, searchCondition } from "../http/search";

/** A request for a kind of object. */
export interface Call {
  database: TenantDatabase;
  context: RouterContext;
}

/** How the objects of a kind are listed. */
export interface Listing<Own> {
  table: Table<Own>;
  /** Whether a list without a page in the request is the whole list, or the first page of it. */
  pages: "if asked for" | "always";
  /** Columns that `search` looks in. Default: there is no search. */
  searchable?: readonly string[];
  /**
   * Whether these are among the routes that Logto generates from its tables, those of organizations. They look for
   * nothing first: what is below a missing object is an empty list, an unknown id is refused as a foreign key, and
   * what is related already is no error. Their search is the parameter `q`. Default: false.
   */
  isGenerated?: boolean;
  /** A condition on the rows that are shown, such as `type = 'User'`. Default: all of the tenant. */
  shown?: string;
  /** As in `name` or `created_at desc`. Default: none, as most of Logto's lists come in no order. */
  order?: string;
}

/** The rows that a request asks for, by page and search. `conditions` are further ones, of this request. */
export async function listRows<Own>(
  { database, context }: Call,
  { table, pages, searchable = [], shown = "true", order, isGenerated }: Listing<Own>,
  conditions: (values: Values) => string[],
): Promise<Own[]> {
  const page = pages === "always" ? requestedPage(context) : optionallyRequestedPage(context);
  const values = new Values();
  const condition = [
    `tenant_id = ${values.add("tenantId", database.tenantId)}`,
    shown,
    ...conditions(values),
    ...searchOf(asSearch(context.URL.searchParams, isGenerated), searchable, values),
  ].join(" and ");
  if (page) describePage(context, page, await count(database, table.table, condition, values));
  return database.query<Own>(
    `select ${columns(table)} from ${table.table} where ${condition}
     ${order === undefined ? "" : `order by ${order}`} ${limits(page)}`,
    values.list,
  );
}

/** A search by `q` is one for any text that holds it. */
function asSearch(query: URLSearchParams, isGenerated = false): URLSearchParams {
  if (!isGenerated) return query;
  const text = query.get("q");
  return new URLSearchParams(text ? { search: `%${text}%` } : {});
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

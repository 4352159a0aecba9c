import type { RouterContext } from "@koa/router";
import { z } from "zod";
import type { Routes } from "../http/routes";
import type { Table, TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody, guardQuery } from "../http/guard";
import { newId } from "../identifiers";
import { changedRow, ensureFound, findRow, type Row } from "./find-row";
import { type Call, type Listing, listRows } from "./list-rows";
import { idsGuard, type Relation } from "./relation-routes";

type Guard = z.ZodType<Record<string, unknown>, z.ZodTypeDef, unknown>;
type Body = Record<string, unknown>;
type Verb = "modify" | "delete";

/** All that tells the routes of one kind of object from those of another; what is left out is as in most of Logto's. */
export interface Crud<Own extends Row, Above extends Row = Row> extends Listing<Own> {
  /** Below `/api`, as in `/resources` or `/resources/:resourceId/scopes`. */
  path: string;
  /** The object that these are below: its table, and the column that names it, as the path does. */
  above?: {
    table: Table<Above>;
    column: keyof Own & string;
    /** Refuses that something below it is made or changed. Logto deletes without asking. */
    protect?: (row: Above, verb: Verb) => void;
  };
  /** Parameters of the query by which a list chooses, by the column of that name. */
  filters?: { readonly [Column in keyof Own & string]?: z.ZodTypeAny };
  create: Guard;
  /** Default: 201. */
  createdStatus?: 200 | 201;
  patch: Guard;
  /** The columns that the server fills in besides the id. */
  made?: () => Partial<Own>;
  /** Columns of which no two objects may have the same value, and the code that says so. */
  unique?: { readonly [Column in keyof Own & string]?: string };
  /** What a create relates it to, by the field of the body that lists the ids. */
  relations?: Readonly<Record<string, Relation<Own>>>;
  /** Refuses what no guard can. `isNew`: it is a create. */
  check?: (body: Partial<Own>, isNew: boolean) => void;
  /** Refuses to change or delete an object of Logto's own. */
  protect?: (row: Own, verb: Verb) => void;
  /** As the answers show it, by the route. Default: the row. */
  present?: (call: Call, rows: Own[], route: "list" | "create" | "get") => Promise<object[]>;
  /** Whether a single object can be read. Default: true. */
  hasGet?: boolean;
  /** Whether the object is looked for before it is changed or deleted, which shows in what is said of a missing one. Default: true. */
  looksFirst?: boolean;
}

/** The routes of a kind that Logto lists, creates, reads, changes and deletes as it does most of its kinds. */
export function crudRoutes<Own extends Row, Above extends Row = Row>(
  kind: Crud<Own, Above>,
): Routes {
  const { path, table, above, relations = {}, isGenerated = false } = kind;
  const { looksFirst = !isGenerated } = kind;
  const filters = z.object(kind.filters ?? {}) as z.ZodObject<z.ZodRawShape>;
  const createGuard = Object.keys(relations).reduce<Guard>(
    (guard, ids) => guard.and(z.object({ [ids]: idsGuard.optional() })),
    kind.create,
  );
  const placeOf = ({ params }: RouterContext) =>
    (above && { [above.column]: params[above.column] }) as Partial<Own> | undefined;

  return (router, { database }) => {
    const present = async (context: RouterContext, rows: Own[], route: "list" | "create" | "get") =>
      (await kind.present?.({ database, context }, rows, route)) ?? rows;

    /** What the object is below, unless it must not be touched. */
    const aboveOf = async (context: RouterContext) => {
      const id = above && context.params[above.column];
      const row = above && (await database.row(above.table, { id } as Partial<Above>));
      if (row) above.protect?.(row, "modify");
      return { id, row };
    };

    const lookedAt = async (id: string, verb: Verb) => {
      if (!looksFirst) return;
      const row = await findRow(database, table, id);
      kind.protect?.(row, verb);
    };

    router.get(path, async (context) => {
      const chosen = { ...placeOf(context), ...guardQuery(context, filters) };
      const rows = await listRows({ database, context }, kind, (values) =>
        Object.entries(chosen)
          .filter(([, value]) => value !== undefined)
          .map(([column, value]) => `${table.fields[column]} = ${values.add(column, value)}`),
      );
      context.body = await present(context, rows, "list");
    });

    router.post(path, async (context) => {
      const body = guardBody(context, createGuard);
      const place = placeOf(context);
      const container = await aboveOf(context);
      kind.check?.(body as Partial<Own>, true);
      if (above) ensureFound(container.row, above.table, container.id);
      await ensureUnique(database, kind, body, place);
      for (const [ids, related] of Object.entries(relations)) {
        await related.refuseMissing?.(database, (body[ids] ?? []) as string[]);
      }
      const fields = { id: newId(), ...body, ...place, ...kind.made?.() };
      const row = await database.insert<Own>(table, onlyColumns(table, fields));
      // The object stays if a relation is refused, as in Logto.
      for (const [ids, relation] of Object.entries(relations)) {
        await relation.add(database, row, (body[ids] ?? []) as string[]);
      }
      [context.body] = await present(context, [row], "create");
      context.status = kind.createdStatus ?? 201;
    });

    if (kind.hasGet !== false) {
      router.get(`${path}/:id`, async (context) => {
        const row = await findRow(database, table, context.params["id"]);
        [context.body] = await present(context, [row], "get");
      });
    }

    router.patch(`${path}/:id`, async (context) => {
      const { id = "" } = context.params;
      const body = guardBody(context, kind.patch);
      await aboveOf(context);
      await lookedAt(id, "modify");
      kind.check?.(body as Partial<Own>, false);
      await ensureUnique(database, kind, body, placeOf(context), id);
      context.body = await changedRow(database, table, id, body);
    });

    router.delete(`${path}/:id`, async (context) => {
      const { id = "" } = context.params;
      await lookedAt(id, "delete");
      const deleted = await database.delete<Row>(table, { id });
      ensure(deleted > 0, "entity.not_found", { status: 404 });
      context.status = 204;
    });
  };
}

/** Refuses what another object has already: among those in the same `place`, if they are below something. */
async function ensureUnique<Own extends Row, Above extends Row>(
  database: TenantDatabase,
  { table, unique = {} }: Crud<Own, Above>,
  body: Body,
  place: Partial<Own> | undefined,
  ownId?: string,
): Promise<void> {
  for (const [column, code] of Object.entries<string | undefined>(unique)) {
    const value = body[column];
    if (code === undefined || value === undefined) continue;
    const rival = await database.row<Own>(table, { ...place, [column]: value } as Partial<Own>);
    ensure(!rival || rival.id === ownId, code, { status: 422, values: { [column]: value } });
  }
}

/** Without what a body holds for other tables. */
function onlyColumns(table: Table<Row>, fields: Body): Body {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field in table.fields));
}

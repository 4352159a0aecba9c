import { Users } from "@logto/schemas";
import type { Table, TenantDatabase } from "../database";
import { ensure } from "../errors";

export type Row = { id: string } & Record<string, unknown>;

/** The object of that id, or the refusal that Logto gives if there is none. */
export async function findRow<Own extends Row>(
  database: TenantDatabase,
  table: Table<Own>,
  id: string | undefined,
): Promise<Own> {
  const row = await database.row<Own>(table, { id: id ?? "" } as Partial<Own>);
  ensureFound(row, table, id);
  return row;
}

/** Refuses an object that is not there, as most of Logto's routes do. */
export function ensureFound<Own extends Row>(
  row: Own | undefined,
  { table }: Table<Own>,
  id: string | undefined,
): asserts row is Own {
  // Logto looks for users by a query of their own.
  const code = table === Users.table ? "entity.not_found" : "entity.not_exists_with_id";
  ensure(row, code, { status: 404, values: { name: table, id } });
}

/** The object with these changes, or the refusal that Logto gives if there is none. */
export async function changedRow<Own extends Row>(
  database: TenantDatabase,
  table: Table<Own> & { tableSingular?: string },
  id: string,
  changes: Record<string, unknown>,
): Promise<Own> {
  const row = await database.update<Own>(table, changes, { id } as Partial<Own>);
  ensure(row, "entity.not_exists", { status: 404, values: { name: table.tableSingular } });
  return row;
}

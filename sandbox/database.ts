import pg from "pg";
import type { z } from "zod";
import { ensure } from "./errors";
import { logUnexpected } from "./log";

/** The part of a table's description in `@logto/schemas` that reading and writing it needs. */
export interface Table<Row> {
  readonly table: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly guard: z.ZodType<Row, z.ZodTypeDef, unknown>;
}

/** Connections to the database. One that breaks while idle, as when Postgres restarts, is replaced. */
export function connect(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    types: { getTypeParser: getTypeParser as typeof pg.types.getTypeParser },
  });
  pool.on("error", (error) => logUnexpected(error));
  return pool;
}

/**
 * The rows of one tenant. The role that we connect as owns the tables, so row level security does not
 * hold it back: every statement here names the tenant itself.
 */
export class TenantDatabase {
  constructor(
    private readonly pool: pg.Pool,
    readonly tenantId: string,
    private readonly client: pg.Pool | pg.PoolClient = pool,
  ) {}

  async rows<Row>(table: Table<Row>, where: Partial<Row> = {}, order = ""): Promise<Row[]> {
    const values = new Values();
    return this.query<Row>(
      `select ${columns(table)} from ${table.table} where ${this.condition(table, where, values)} ${order}`,
      values.list,
    );
  }

  async row<Row>(table: Table<Row>, where: Partial<Row>): Promise<Row | undefined> {
    const [row] = await this.rows(table, where, "limit 1");
    return row;
  }

  async insert<Row>(table: Table<Row>, row: Record<string, unknown>): Promise<Row> {
    this.ensureOwn(table, row);
    const entries = Object.entries(row).filter(
      ([field, value]) => value !== undefined && field !== "tenantId",
    );
    const values = new Values();
    const names = entries.map(([field]) => column(table, field));
    const places = entries.map(([field, value]) => values.add(field, value));
    const [inserted] = await this.query<Row>(
      `insert into ${table.table} (tenant_id, ${names.join(", ")})
       values (${[values.add("tenantId", this.tenantId), ...places].join(", ")})
       returning ${columns(table)}`,
      values.list,
    );
    return inserted as Row;
  }

  /** Replaces what is given of a row, JSON columns as a whole. Nothing where there is no such row. */
  async update<Row>(
    table: Table<Row>,
    set: Record<string, unknown>,
    where: Partial<Row>,
  ): Promise<Row | undefined> {
    this.ensureOwn(table, set);
    const entries = Object.entries(set).filter(([, value]) => value !== undefined);
    // Logto's own query builder refuses it so.
    ensure(entries.length > 0, "entity.invalid_input", { status: 422 });
    const values = new Values();
    const assignments = entries.map(
      ([field, value]) => `${column(table, field)} = ${values.add(field, value)}`,
    );
    const [updated] = await this.query<Row>(
      `update ${table.table} set ${assignments.join(", ")}
       where ${this.condition(table, where, values)} returning ${columns(table)}`,
      values.list,
    );
    return updated;
  }

  /** The number of rows that were deleted. */
  async delete<Row>(table: Table<Row>, where: Partial<Row>): Promise<number> {
    const values = new Values();
    const { rowCount } = await this.client.query(
      `delete from ${table.table} where ${this.condition(table, where, values)}`,
      values.list,
    );
    return rowCount ?? 0;
  }

  /** For what the methods above cannot say. The statement has to name the tenant. */
  async query<Row>(statement: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.client.query(statement, values);
    return rows as Row[];
  }

  async transaction<Result>(work: (database: TenantDatabase) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    // A connection that breaks in use says so here as well as to the statement that waits for it, and an
    // error event without a listener would end the process.
    client.on("error", ignore);
    try {
      await client.query("begin");
      const result = await work(new TenantDatabase(this.pool, this.tenantId, client));
      await client.query("commit");
      release(client);
      return result;
    } catch (error) {
      await client.query("rollback").then(
        () => release(client),
        // Without its connection the transaction is gone anyway.
        (broken: unknown) => release(client, broken as Error),
      );
      throw error;
    }
  }

  /** Refuses a row for another tenant, as Postgres refuses it to Logto, which connects as a role of the tenant. */
  private ensureOwn<Row>({ table }: Table<Row>, { tenantId }: Record<string, unknown>): void {
    if (tenantId !== undefined && tenantId !== this.tenantId) {
      throw new Error(`new row violates row-level security policy for table "${table}"`);
    }
  }

  private condition<Row>(table: Table<Row>, where: Partial<Row>, values: Values): string {
    const tenant = `tenant_id = ${values.add("tenantId", this.tenantId)}`;
    const others = Object.entries(where).map(
      ([field, value]) => `${column(table, field)} = ${values.add(field, value)}`,
    );
    return [tenant, ...others].join(" and ");
  }
}

/** All columns of a table, under the names that the API gives them. */
export function columns<Row>({ fields }: Table<Row>): string {
  return Object.entries(fields)
    .map(([field, name]) => `${name} as "${field}"`)
    .join(", ");
}

/** The values of a statement, as Logto stores them. */
export class Values {
  readonly list: unknown[] = [];

  /** The placeholder for the value. */
  add(field: string, value: unknown): string {
    if (typeof value === "number" && field.endsWith("At")) {
      return `to_timestamp(${this.push(value)}::double precision / 1000)`;
    }
    if (typeof value === "object" && value !== null) {
      return this.push(JSON.stringify(value));
    }
    // An empty text is stored as none, so '' takes a URL of the sign-in experience away.
    return this.push(value === "" ? null : value);
  }

  private push(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

function column<Row>({ fields, table }: Table<Row>, field: string): string {
  const name = fields[field];
  if (name === undefined) {
    throw new Error(`${table} has no field ${field}`);
  }
  return name;
}

/** Times are milliseconds since 1970 and counts are numbers, as in Logto's answers. */
const parsers = new Map<number, (value: string) => unknown>([
  [pg.types.builtins.TIMESTAMPTZ, Date.parse],
  [pg.types.builtins.INT8, Number],
]);

type ParserOf = (id: number, format?: "text") => (value: string) => unknown;

const getTypeParser: ParserOf = (id, format) =>
  parsers.get(id) ?? (pg.types.getTypeParser as ParserOf)(id, format);

function release(client: pg.PoolClient, broken?: Error): void {
  client.removeListener("error", ignore);
  client.release(broken);
}

function ignore(): void {
  // See where it is used.
}

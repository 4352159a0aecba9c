import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { AlterationStateKey, ServiceLogs, Systems } from "@logto/schemas";
import type pg from "pg";

/**
 * Refuses a database that Logto would not start on: one that lacks alterations, or in which a table lets every tenant see
 * every row.
 *
 * Source: Logto, `packages/core/src/env-set/preconditions.ts`.
 */
export async function checkPreconditions(pool: pg.Pool): Promise<void> {
  const problems = [await missingAlterations(pool), await tablesWithoutRowSecurity(pool)].flat();
  if (problems.length > 0) throw new Error(problems.join("; "));
}

async function missingAlterations(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ timestamp: string | null }>(
    `select value ->> 'timestamp' as timestamp from ${Systems.table} where key = $1`,
    [AlterationStateKey.AlterationState],
  );
  const deployed = Number(rows[0]?.timestamp ?? 0);
  const missing = alterationTimes().filter((time) => time > deployed);
  return missing.length === 0
    ? []
    : [
        `the database lacks ${missing.length} of Logto's alterations: deploy them with npm run alteration deploy latest, or destroy the stack and bring it up again`,
      ];
}

/** When each alteration was written, in seconds: its name says so. */
function alterationTimes(): number[] {
  const directory = path.join(
    path.dirname(require.resolve("@logto/schemas/package.json")),
    "alterations-js",
  );
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const time = /-(\d+(?:\.\d+)?)-.*\.js$/.exec(name)?.[1];
    return time === undefined ? [] : [Number(time)];
  });
}

async function tablesWithoutRowSecurity(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_catalog.pg_tables
     where schemaname = current_schema() and not rowsecurity and tablename <> all($1) order by 1`,
    [[Systems.table, ServiceLogs.table]],
  );
  return rows.length === 0
    ? []
    : [
        `row-level security is off for ${rows.map(({ name }) => name).join(", ")}: turn it on, as Logto starts only where each tenant sees its own rows`,
      ];
}

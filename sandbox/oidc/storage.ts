import { OidcModelInstances } from "@logto/schemas";
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from "oidc-provider";
import type pg from "pg";
import type { TenantDatabase } from "../database";
import { findClient } from "./clients";

/**
 * Where `oidc-provider` keeps what it has to remember: in Logto's own table. Clients are read from the
 * applications and are never written, as they are made by the Management API. What has expired is found, too:
 * `oidc-provider` looks at that itself, and tells an expired code from an unknown one.
 */
export function oidcStorage(database: TenantDatabase): AdapterFactory {
  return (model) => (model === "Client" ? clients(database) : instances(database, model));
}

/** Forgets, for all tenants, what has been over for a day: until then it is told from what never was. */
export async function removeExpired(pool: pg.Pool): Promise<void> {
  await pool.query(
    `delete from ${OidcModelInstances.table} where expires_at < now() - interval '1 day'`,
  );
}

function clients(database: TenantDatabase): Adapter {
  const never = () => Promise.reject(new Error("Clients are made by the Management API."));
  return {
    // Thrown here it is a 400. Left to `oidc-provider` it would be the 401 of a wrong secret.
    async find(id) {
      const client = await findClient(database, id);
      if (client === undefined) throw new errors.InvalidClient(`invalid client ${id}`);
      return client;
    },
    upsert: never,
    destroy: never,
    consume: never,
    findByUid: never,
    findByUserCode: never,
    revokeByGrantId: never,
  };
}

function instances(database: TenantDatabase, model: string): Adapter {
  const table = OidcModelInstances.table;
  const key = "tenant_id = $1 and model_name = $2";
  const tenantAndModel = [database.tenantId, model];

  async function findWhere(condition: string, value: string): Promise<AdapterPayload | undefined> {
    const [row] = await database.query<{ payload: AdapterPayload; consumed: boolean }>(
      `select payload, consumed_at is not null as consumed from ${table}
       where ${key} and ${condition}`,
      [...tenantAndModel, value],
    );
    return row && { ...row.payload, ...(row.consumed && { consumed: true }) };
  }

  return {
    find: (id) => findWhere("id = $3", id),
    findByUid: (uid) => findWhere("payload->>'uid' = $3", uid),
    findByUserCode: (code) => findWhere("payload->>'userCode' = $3", code),
    async upsert(id, payload, expiresIn) {
      await database.query(
        `insert into ${table} (tenant_id, model_name, id, payload, expires_at)
         values ($1, $2, $3, $4, now() + make_interval(secs => $5))
         on conflict (id) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
        [...tenantAndModel, id, JSON.stringify(payload), expiresIn],
      );
    },
    async consume(id) {
      const consumed = await database.query(
        `update ${table} set consumed_at = now()
         where ${key} and id = $3 and consumed_at is null returning id`,
        [...tenantAndModel, id],
      );
      // Two requests may bring it at the same time: the later one is refused.
      if (consumed.length === 0) {
        throw new errors.InvalidGrant("already used");
      }
    },
    async destroy(id) {
      await database.query(`delete from ${table} where ${key} and id = $3`, [
        ...tenantAndModel,
        id,
      ]);
    },
    async revokeByGrantId(grantId) {
      await database.query(`delete from ${table} where ${key} and payload->>'grantId' = $3`, [
        ...tenantAndModel,
        grantId,
      ]);
    },
  };
}

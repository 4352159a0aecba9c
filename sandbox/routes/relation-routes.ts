import { z } from "zod";
import type { Routes } from "../http/routes";
import type { Table, TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { newId } from "../identifiers";
import { findRow, type Row } from "./find-row";
import { type Call, type Listing, listRows } from "./list-rows";

/** The ids of what is related. */
export const idsGuard = z.string().min(1).array();

/** All that tells one relation between two kinds of objects from another, such as which scopes a role grants. */
export interface RelationOf<Owner extends Row, Member extends Row> extends Listing<Member> {
  /** Below `/api`, as in `/roles/:id/scopes`. */
  path: string;
  owner: Table<Owner>;
  /** The table of the pairs, and its two columns. */
  pairs: Table<object>;
  columns: { owner: string; member: string };
  /** The field of a body that lists the ids. */
  ids: string;
  /** The code of the refusal to relate what is related already. Default: it stays so without a word. */
  refuseHeld?: string;
  /**
   * What an addition is answered with: all members after it, or the ids that were asked for and those that are new.
   * Default: no body.
   */
  answer?: "members" | "ids";
  /** Refuses an owner of a wrong sort. */
  checkOwner?: (owner: Owner) => void;
  /** Refuses members that this owner cannot have. */
  checkMembers?: (
    database: TenantDatabase,
    owner: Owner,
    members: Member[],
  ) => Promise<void> | void;
  /** As the list shows them. Default: the rows. */
  present?: (call: Call, members: Member[]) => Promise<object[]>;
}

/** A relation, with its routes. */
export interface Relation<Owner extends Row> {
  routes: Routes;
  /** Whether a create that relates the new object to these is refused as a whole if one of them is missing. */
  refuseMissing?(database: TenantDatabase, ids: string[]): Promise<void>;
  /** Relates all of them to the owner or, if one is refused, none. Answers with the ids that are new. */
  add(database: TenantDatabase, owner: Owner, ids: string[]): Promise<string[]>;
}

/** The list of what is related, and the routes that add to it and take from it. */
export function relation<Owner extends Row, Member extends Row>(
  kind: RelationOf<Owner, Member>,
): Relation<Owner> {
  const { path, owner: owners, table, pairs, columns, ids: field, isGenerated = false } = kind;
  const [ownerColumn, memberColumn] = [pairs.fields[columns.owner], pairs.fields[columns.member]];
  const findOwner = async (database: TenantDatabase, id: string | undefined) => {
    if (isGenerated) return { id } as Owner;
    const owner = await findRow(database, owners, id);
    kind.checkOwner?.(owner);
    return owner;
  };
  const heldBy = async (database: TenantDatabase, { id }: Owner) => {
    const held = await database.rows<Record<string, string>>(pairs as never, {
      [columns.owner]: id,
    });
    return held.map((pair) => pair[columns.member] as string);
  };

  /** The row that an id names, as one of the two sides of a pair. */
  const findSide = async <Side extends Row>(
    database: TenantDatabase,
    side: Table<Side>,
    id: string,
  ): Promise<Side> => {
    if (!isGenerated) return findRow(database, side, id);
    const row = await database.row<Side>(side, { id } as Partial<Side>);
    ensure(row, "entity.relation_foreign_key_not_found", { status: 422 });
    return row;
  };

  async function add(database: TenantDatabase, owner: Owner, ids: string[]): Promise<string[]> {
    const held = await heldBy(database, owner);
    const twice = ids.find((id) => held.includes(id));
    ensure(kind.refuseHeld === undefined || twice === undefined, kind.refuseHeld ?? "", {
      status: 422,
      values: { [columns.member]: twice },
    });
    const added = [...new Set(ids)].filter((id) => !held.includes(id));
    const members = await Promise.all(added.map((id) => findSide(database, table, id)));
    if (isGenerated && added.length > 0) await findSide(database, owners, owner.id);
    await kind.checkMembers?.(database, owner, members);
    await database.transaction(async (transaction) => {
      for (const id of added) {
        await transaction.insert(pairs, {
          ...("id" in pairs.fields && { id: newId() }),
          [columns.owner]: owner.id,
          [columns.member]: id,
        });
      }
    });
    return added;
  }

  const routes: Routes = (router, { database }) => {
    router.get(path, async (context) => {
      const owner = await findOwner(database, context.params["id"]);
      const members = await listRows({ database, context }, kind, (values) => [
        `id in (select ${memberColumn} from ${pairs.table}
                where tenant_id = ${values.add("tenantId", database.tenantId)}
                and ${ownerColumn} = ${values.add("ownerId", owner.id)})`,
      ]);
      context.body = (await kind.present?.({ database, context }, members)) ?? members;
    });

    router.post(path, async (context) => {
      const guard = z.object({ [field]: idsGuard.nonempty() });
      const ids = guardBody(context, guard)[field] as string[];
      const owner = await findOwner(database, context.params["id"]);
      const added = await add(database, owner, ids);
      context.status = 201;
      if (kind.answer === "ids") {
        context.body = {
          [field]: ids,
          [`added${field[0]?.toUpperCase()}${field.slice(1)}`]: added,
        };
      } else if (kind.answer === "members") {
        const held = await heldBy(database, owner);
        context.body = await Promise.all(held.map((id) => findRow(database, table, id)));
      }
    });

    if (isGenerated) {
      router.put(path, async (context) => {
        const ids = guardBody(context, z.object({ [field]: idsGuard }))[field] as string[];
        const owner = await findOwner(database, context.params["id"]);
        const members = await Promise.all(ids.map((id) => findSide(database, table, id)));
        const held = await heldBy(database, owner);
        for (const id of held.filter((one) => !members.some((member) => member.id === one))) {
          await database.delete<object>(pairs, {
            [columns.owner]: owner.id,
            [columns.member]: id,
          });
        }
        await add(database, owner, ids);
        context.status = 204;
      });
    }

    router.delete(`${path}/:memberId`, async (context) => {
      const { id, memberId } = context.params;
      await findOwner(database, id);
      const pair = { [columns.owner]: id, [columns.member]: memberId };
      const deleted = await database.delete<object>(pairs, pair);
      ensure(deleted > 0, "entity.not_found", { status: 404 });
      context.status = 204;
    });
  };
  const refuseMissing = async (database: TenantDatabase, ids: string[]) => {
    for (const id of ids) await findSide(database, table, id);
  };
  return { routes, add, ...(isGenerated && { refuseMissing }) };
}

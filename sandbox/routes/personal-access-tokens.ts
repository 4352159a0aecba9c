import { type PersonalAccessToken, PersonalAccessTokens, type User, Users } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { newSecret } from "../identifiers";
import { findRow } from "./find-row";

const createGuard = PersonalAccessTokens.createGuard.pick({ name: true, expiresAt: true });
const patchGuard = PersonalAccessTokens.updateGuard.pick({ name: true }).required();

/** Tokens with which a user's program gets access tokens. The sandbox keeps them and exchanges none. */
export const personalAccessTokens: Routes = (router, { database }) => {
  const path = "/users/:id/personal-access-tokens";
  const find = (id: string | undefined) => findRow<User>(database, Users, id);

  router.get(path, async (context) => {
    const { id: userId } = await find(context.params["id"]);
    context.body = await database.rows<PersonalAccessToken>(PersonalAccessTokens, { userId });
  });

  router.post(path, async (context) => {
    const { name, expiresAt } = guardBody(context, createGuard);
    const { id: userId } = await find(context.params["id"]);
    ensure(!expiresAt || expiresAt > Date.now(), "request.invalid_input", {
      values: { details: "The value of `expiresAt` must be in the future." },
    });
    await ensureNameIsFree(database, userId, name);
    const value = `pat_${newSecret()}`;
    context.body = await database.insert<PersonalAccessToken>(PersonalAccessTokens, {
      ...{ userId, name, expiresAt, value },
    });
    context.status = 201;
  });

  router.patch(`${path}/:name`, async (context) => {
    const change = guardBody(context, patchGuard);
    const { id: userId } = await find(context.params["id"]);
    const { name = "" } = context.params;
    if (change.name !== name) await ensureNameIsFree(database, userId, change.name);
    const where = { userId, name };
    const changed = await database.update<PersonalAccessToken>(PersonalAccessTokens, change, where);
    ensure(changed, "entity.not_exists", {
      status: 404,
      values: { name: PersonalAccessTokens.tableSingular },
    });
    context.body = changed;
  });

  router.delete(`${path}/:name`, async (context) => {
    const { id: userId } = await find(context.params["id"]);
    const where = { userId, name: context.params["name"] ?? "" };
    const deleted = await database.delete<PersonalAccessToken>(PersonalAccessTokens, where);
    ensure(deleted > 0, "entity.not_found", { status: 404 });
    context.status = 204;
  });
};

async function ensureNameIsFree(database: TenantDatabase, userId: string, name: string) {
  const held = await database.row<PersonalAccessToken>(PersonalAccessTokens, { userId, name });
  ensure(!held, "user.personal_access_token_name_exists", { status: 422 });
}

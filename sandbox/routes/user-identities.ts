import { type Identities, identityGuard, type User, Users } from "@logto/schemas";
import { omit } from "../../infra/properties";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { updateUser } from "../users/users";
import { findRow } from "./find-row";
import { presentUser } from "./users";

/** The accounts of a user with social providers, by the target of a connector. */
export const userIdentities: Routes = (router, { database }) => {
  const path = "/users/:id/identities/:target";
  const find = (id: string | undefined) => findRow<User>(database, Users, id);

  router.put(path, async (context) => {
    const identity = guardBody(context, identityGuard);
    const { id, identities } = await find(context.params["id"]);
    const { target = "" } = context.params;
    const others = await database.query<{ id: string }>(
      "select id from users where tenant_id = $1 and identities::jsonb #>> $2 = $3 and id <> $4",
      [database.tenantId, [target, "userId"], identity.userId, id],
    );
    ensure(others.length === 0, "user.identity_already_in_use", { status: 422 });
    const changed: Identities = { ...identities, [target]: identity };
    context.body = (await updateUser(database, id, { identities: changed }))?.identities;
    context.status = target in identities ? 200 : 201;
  });

  router.delete(path, async (context) => {
    const { id, identities } = await find(context.params["id"]);
    const { target = "" } = context.params;
    ensure(target in identities, "user.identity_not_exist", { status: 404 });
    const changed: Identities = omit(identities, [target]);
    context.body = presentUser((await updateUser(database, id, { identities: changed })) as User);
  });
};

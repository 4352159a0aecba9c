import { type User, Users } from "@logto/schemas";
import type { FindAccount } from "oidc-provider";
import type { TenantDatabase } from "../database";
import { type ClaimsUse, claimsOf } from "./claims";

/**
 * The person behind a token or a session. A suspended user counts as absent, as a deleted one does: they get no
 * token, their tokens open nothing, and a browser that is signed in as them has to sign in again.
 */
export function findAccount(database: TenantDatabase): FindAccount {
  return async (_context, id) => {
    const user = await database.row<User>(Users, { id, isSuspended: false });
    return (
      user && {
        accountId: id,
        claims: async (use, scope, _claims, rejected) => ({
          sub: id,
          ...(await claimsOf(database, user, { use: use as ClaimsUse, scope, rejected })),
        }),
      }
    );
  };
}

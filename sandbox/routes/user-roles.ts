import { type Role, Roles, RoleType, type User, Users, UsersRoles } from "@logto/schemas";
import { z } from "zod";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { newId } from "../identifiers";
import { findRow } from "./find-row";
import { idsGuard, relation } from "./relation-routes";
import { presentUser, userListing } from "./users";

const path = "/users/:id/roles";

const rolesOfUser = relation<User, Role>({
  path,
  owner: Users,
  table: Roles,
  pairs: UsersRoles,
  columns: { owner: "userId", member: "roleId" },
  ids: "roleIds",
  pages: "always",
  searchable: ["id", "name", "description"],
  shown: "not starts_with(name, '#internal:')",
  order: "name",
  answer: "ids",
  checkMembers: (_database, _user, roles) =>
    ensure(
      roles.every(({ type }) => type === RoleType.User),
      "user.invalid_role_type",
      { status: 422 },
    ),
});

/** The roles of a user. */
export const userRoles: Routes = (router, tenant) => {
  rolesOfUser.routes(router, tenant);
  const { database } = tenant;

  router.put(path, async (context) => {
    const { roleIds } = guardBody(context, z.object({ roleIds: idsGuard }));
    const { id: userId } = await findRow<User>(database, Users, context.params["id"]);
    const pairs = await database.rows<{ userId: string; roleId: string }>(UsersRoles, { userId });
    const held = pairs.map(({ roleId }) => roleId);
    // What is refused then, as a machine's role is by the database, leaves the user without the former roles.
    for (const roleId of held.filter((one) => !roleIds.includes(one))) {
      await database.delete<object>(UsersRoles, { userId, roleId });
    }
    for (const roleId of new Set(roleIds.filter((one) => !held.includes(one)))) {
      await findRow<Role>(database, Roles, roleId);
      await database.insert(UsersRoles, { id: newId(), userId, roleId });
    }
    context.body = { roleIds };
  });
};

/** The users who hold a role. */
export const roleUsers = relation<Role, User>({
  ...userListing,
  path: "/roles/:id/users",
  owner: Roles,
  pairs: UsersRoles,
  columns: { owner: "roleId", member: "userId" },
  ids: "userIds",
  refuseHeld: "role.user_exists",
  present: (_call, members) => Promise.resolve(members.map(presentUser)),
});

import { emailRegEx, phoneRegEx, usernameRegEx } from "@logto/core-kit";
import {
  type JsonObject,
  jsonObjectGuard,
  type User,
  type UserProfile,
  userInfoSelectFields,
  userProfileGuard,
  Users,
  UsersPasswordEncryptionMethod,
} from "@logto/schemas";
import { z } from "zod";
import { pick } from "../../infra/properties";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { findSignInExperience } from "../sign-in-experience/find";
import { hashPassword, isPassword } from "../users/passwords";
import { ensureFree, insertUser, updateUser } from "../users/users";
import { findRow } from "./find-row";
import { listRows, type Listing } from "./list-rows";

const path = "/users";

const avatar = z.string().url().or(z.literal("")).nullable();
const password = z.string().min(1);
const createGuard = z
  .object({
    primaryPhone: z.string().regex(phoneRegEx),
    primaryEmail: z.string().regex(emailRegEx),
    username: z.string().regex(usernameRegEx),
    password,
    passwordDigest: z.string().max(256),
    passwordAlgorithm: z.nativeEnum(UsersPasswordEncryptionMethod),
    name: z.string(),
    avatar,
    customData: jsonObjectGuard,
    profile: userProfileGuard,
  })
  .partial();
const orNone = (pattern: RegExp) => z.string().regex(pattern).or(z.literal("")).nullable();
const patchGuard = z
  .object({
    username: orNone(usernameRegEx),
    primaryEmail: orNone(emailRegEx),
    primaryPhone: orNone(phoneRegEx),
    name: z.string().nullable(),
    avatar,
    customData: jsonObjectGuard,
    profile: userProfileGuard,
  })
  .partial();

/** How lists show users, of this tenant or of a role. */
export const userListing: Listing<User> = {
  table: Users,
  pages: "always",
  searchable: ["id", "primary_email", "primary_phone", "username", "name"],
  order: "created_at desc",
};

/** Users, as a program makes and changes them: what is asked of people who sign up is not asked of these. */
export const users: Routes = (router, { database }) => {
  const find = (id: string | undefined) => findRow<User>(database, Users, id);
  const update = async (id: string, change: Partial<User>) =>
    (await updateUser(database, id, change)) as User;

  router.get(path, async (context) => {
    const rows = await listRows<User>({ database, context }, userListing, () => []);
    context.body = rows.map(presentUser);
  });

  router.get(`${path}/:id`, async (context) => {
    context.body = presentUser(await find(context.params["id"]));
  });

  router.post(path, async (context) => {
    const body = guardBody(context, createGuard);
    const { password: plain, passwordDigest: digest, passwordAlgorithm: method, ...rest } = body;
    ensure(!(plain && digest), "user.password_and_digest");
    ensure(!digest || method, "user.password_algorithm_required");
    const { usernamePolicy } = await findSignInExperience(database);
    await ensureFree(database, rest, usernamePolicy);
    const user = await insertUser(database, {
      ...withoutEmpty(rest),
      ...(plain && (await hashPassword(plain))),
      ...(digest && method && { passwordEncrypted: digest, passwordEncryptionMethod: method }),
    });
    context.body = presentUser(user);
  });

  router.patch(`${path}/:id`, async (context) => {
    const change = guardBody(context, patchGuard);
    const user = await find(context.params["id"]);
    const { usernamePolicy } = await findSignInExperience(database);
    await ensureFree(database, change, usernamePolicy, user.id);
    context.body = presentUser(await update(user.id, withoutEmpty(change)));
  });

  router.patch(`${path}/:id/password`, async (context) => {
    const body = guardBody(context, z.object({ password }));
    const { id } = await find(context.params["id"]);
    context.body = presentUser(await update(id, await hashPassword(body.password)));
  });

  router.post(`${path}/:id/password/verify`, async (context) => {
    const body = guardBody(context, z.object({ password }));
    const user = await find(context.params["id"]);
    const isRight = await isPassword(body.password, user);
    ensure(isRight, "session.invalid_credentials", { status: 422 });
    context.status = 204;
  });

  router.get(`${path}/:id/has-password`, async (context) => {
    const { passwordEncrypted } = await find(context.params["id"]);
    context.body = { hasPassword: passwordEncrypted !== null };
  });

  router.patch(`${path}/:id/is-suspended`, async (context) => {
    const change = guardBody(context, z.object({ isSuspended: z.boolean() }));
    const { id } = await find(context.params["id"]);
    context.body = presentUser(await update(id, change));
  });

  // Both are merged at their first level; the user's own route replaces them.
  router.get(`${path}/:id/custom-data`, async (context) => {
    const { customData } = await find(context.params["id"]);
    context.body = customData;
  });

  router.patch(`${path}/:id/custom-data`, async (context) => {
    const given = guardBody(context, z.object({ customData: jsonObjectGuard }));
    const { id, customData } = await find(context.params["id"]);
    const merged: JsonObject = { ...customData, ...given.customData };
    context.body = (await update(id, { customData: merged })).customData;
  });

  router.patch(`${path}/:id/profile`, async (context) => {
    const given = guardBody(context, z.object({ profile: userProfileGuard }));
    const { id, profile } = await find(context.params["id"]);
    const merged: UserProfile = { ...profile, ...given.profile };
    context.body = (await update(id, { profile: merged })).profile;
  });

  router.delete(`${path}/:id`, async (context) => {
    const { id } = await find(context.params["id"]);
    await database.delete<User>(Users, { id });
    context.status = 204;
  });
};

/** What answers tell of a user: no password, and nothing of second factors. */
export function presentUser(user: User): object {
  return {
    ...pick(user, userInfoSelectFields),
    hasPassword: user.passwordEncrypted !== null,
  };
}

/** An empty text is stored as none. */
function withoutEmpty<Fields extends object>(fields: Fields): Fields {
  const empty = Object.entries(fields).filter(([, value]) => value === "");
  return { ...fields, ...Object.fromEntries(empty.map(([name]) => [name, null])) };
}

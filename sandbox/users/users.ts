import {
  SignInIdentifier,
  type UsernamePolicy,
  type User,
  Users,
  UsersPasswordEncryptionMethod,
} from "@logto/schemas";
import { columns, type TenantDatabase } from "../database";
import { ensure } from "../errors";
import { newId, newShortId } from "../identifiers";
import { hashPassword } from "./passwords";

/** What a person says they are known by. */
export interface Identifier {
  type: SignInIdentifier;
  value: string;
}

/** The identifiers of one person, by the fields of their row. */
export type Identifiers = Partial<
  Record<"username" | "primaryEmail" | "primaryPhone", string | null>
>;

const fields = {
  username: "username",
  email: "primaryEmail",
  phone: "primaryPhone",
} as const satisfies Record<`${SignInIdentifier}`, string>;

/** The identifier as the row of a person holds it. */
export function asField({ type, value }: Identifier): Identifiers {
  return { [fields[type]]: value };
}

/** Whom the identifier belongs to. The case of an e-mail address never counts, that of a username by the policy. */
export async function findUser(
  database: TenantDatabase,
  { type, value }: Identifier,
  { caseSensitive }: UsernamePolicy,
): Promise<User | undefined> {
  const ignoresCase =
    type === SignInIdentifier.Email || (type === SignInIdentifier.Username && !caseSensitive);
  const { [fields[type]]: name } = Users.fields;
  const [user] = await database.query<User>(
    `select ${columns(Users)} from users
     where tenant_id = $1 and ${ignoresCase ? `lower(${name}) = lower($2)` : `${name} = $2`} limit 1`,
    [database.tenantId, value],
  );
  return user;
}

/**
 * Refuses identifiers that somebody has already: `user.username_already_in_use` and the like.
 *
 * @param ownId who may have them. Default: no one.
 */
export async function ensureFree(
  database: TenantDatabase,
  identifiers: Identifiers,
  policy: UsernamePolicy,
  ownId?: string,
): Promise<void> {
  for (const type of Object.values(SignInIdentifier)) {
    const value = identifiers[fields[type]];
    const held = value ? await findUser(database, { type, value }, policy) : undefined;
    ensure(!held || held.id === ownId, `user.${type}_already_in_use`, { status: 422 });
  }
}

export type NewUser = Identifiers &
  Partial<
    Pick<
      User,
      | "passwordEncrypted"
      | "passwordEncryptionMethod"
      | "name"
      | "avatar"
      | "customData"
      | "profile"
    >
  >;

/**
 * A new person, with the roles that are everybody's (`roles.is_default`). A second factor is not asked of
 * them until they have chosen one.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/provision-library.ts`.
 */
export function insertUser(database: TenantDatabase, user: NewUser): Promise<User> {
  return database.transaction(async (transaction) => {
    const inserted = await transaction.insert<User>(Users, {
      id: newShortId(),
      ...user,
      ...(user.passwordEncrypted && { passwordUpdatedAt: Date.now() }),
      logtoConfig: { mfa: { enabled: false } },
    });
    const roles = await transaction.query<{ id: string }>(
      "select id from roles where tenant_id = $1 and is_default and type = 'User'",
      [transaction.tenantId],
    );
    for (const { id } of roles) {
      await transaction.query(
        "insert into users_roles (tenant_id, id, user_id, role_id) values ($1, $2, $3, $4)",
        [transaction.tenantId, newId(), inserted.id, id],
      );
    }
    return inserted;
  });
}

/**
 * Hashes a password that was right as Logto hashes new ones, if it came with another hash. When it was set stays as
 * it was.
 */
export async function keepPassword(
  database: TenantDatabase,
  { id, passwordEncryptionMethod: method }: User,
  password: string,
): Promise<void> {
  if (method === UsersPasswordEncryptionMethod.Argon2i) return;
  await database.update<User>(Users, await hashPassword(password), { id });
}

export function updateUser(
  database: TenantDatabase,
  id: string,
  change: Partial<User>,
): Promise<User | undefined> {
  return database.update<User>(
    Users,
    {
      ...change,
      ...(change.passwordEncrypted && { passwordUpdatedAt: Date.now(), isPasswordExpired: false }),
    },
    { id },
  );
}

import { PasswordPolicyChecker } from "@logto/core-kit";
import { type SignInExperience, type User, UsersPasswordEncryptionMethod } from "@logto/schemas";
import { ensure } from "../errors";
import { hashPassword, isPassword } from "../users/passwords";
import type { NewUser } from "../users/users";

/** Characters. Policies ask for 256 at most, and to look through as many as this takes a tenth of a second. */
const longestLookedThrough = 2048;

/**
 * What a policy has against a password.
 *
 * `rejects.pwned` is not obeyed: Logto asks a service on the Internet, and nothing leaves this machine. All
 * the other rules are.
 *
 * What is far too long is not looked at any further, where Logto does: the search for repetitions takes the square
 * of the length.
 *
 * @param about whose password it is
 * @throws a TypeError if the policy looks at the user and there is none
 */
export async function passwordIssues(
  password: string,
  { rejects, ...others }: SignInExperience["passwordPolicy"],
  about?: Record<string, string>,
): Promise<{ code: string }[]> {
  const checker = new PasswordPolicyChecker({ ...others, rejects: { ...rejects, pwned: false } });
  const { length, rejects: rejected } = checker.policy;
  return password.length > Math.max(length.max, longestLookedThrough)
    ? checker.fastCheck(password)
    : checker.check(password, rejected.userInfo ? about : {});
}

/**
 * A new password as it is stored, if the declared policy takes it: see {@link passwordIssues}.
 *
 * Errors, all 422: `password.rejected`, whose `data` is the list of issues; `user.same_password` where it is
 * the old one.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/password-validator.ts`.
 */
export async function acceptedPassword(
  password: string,
  { passwordPolicy }: SignInExperience,
  profile: NewUser,
  user?: User,
): Promise<Pick<NewUser, "passwordEncrypted" | "passwordEncryptionMethod">> {
  const about: Record<string, string | null | undefined> = {
    name: user?.name,
    username: profile.username ?? user?.username,
    email: profile.primaryEmail ?? user?.primaryEmail,
    phoneNumber: profile.primaryPhone ?? user?.primaryPhone,
  };
  const known = Object.fromEntries(
    Object.entries(about).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  const issues = await passwordIssues(password, passwordPolicy, known);
  ensure(issues.length === 0, "password.rejected", { status: 422, data: issues });
  const isOld =
    user?.passwordEncryptionMethod === UsersPasswordEncryptionMethod.Argon2i &&
    (await isPassword(password, user));
  ensure(!isOld, "user.same_password", { status: 422 });
  return hashPassword(password);
}

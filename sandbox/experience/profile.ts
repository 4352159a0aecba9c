import { validateUsernameAgainstPolicy } from "@logto/core-kit";
import {
  AlternativeSignUpIdentifier,
  MissingProfile,
  type SignInExperience,
  SignInIdentifier,
  type User,
} from "@logto/schemas";
import { ensure } from "../errors";
import { ensureFree, type NewUser } from "../users/users";
import type { Experience } from "./experience";

/**
 * Adds to what a person will have when all is done. What they have already stays as it is, and what somebody
 * else has is refused.
 *
 * Errors, all 422: `user.email_exists_in_profile` and the like, `user.username_too_short` and the like,
 * `user.email_already_in_use` and the like.
 */
export async function addToProfile(experience: Experience, addition: NewUser): Promise<void> {
  await ensureLacking(experience, addition);
  ensureUsername(experience.declared, addition);
  await ensureNobodyElses(experience, addition);
  experience.state.profile = { ...experience.state.profile, ...addition };
}

/** What may have changed since it was added to the profile. The policy on usernames is not asked again. */
export async function ensureAddable(
  experience: Experience,
  addition: NewUser,
  user: User,
): Promise<void> {
  await ensureLacking(experience, addition, user);
  await ensureNobodyElses(experience, addition);
}

async function ensureLacking(
  experience: Experience,
  addition: NewUser,
  user?: User,
): Promise<void> {
  const current = user ?? (await experience.identifiedUser());
  for (const { field, name } of parts) {
    ensure(!(current?.[field] && addition[field]), `user.${name}_exists_in_profile`, {
      status: 422,
    });
  }
}

function ensureNobodyElses({ tenant, declared }: Experience, addition: NewUser): Promise<void> {
  return ensureFree(tenant.database, addition, declared.usernamePolicy);
}

const parts = [
  { field: "username", name: "username" },
  { field: "primaryEmail", name: "email" },
  { field: "primaryPhone", name: "phone" },
  { field: "passwordEncrypted", name: "password" },
] as const;

/** Refuses a new username that the declared policy does not take. */
function ensureUsername({ usernamePolicy }: SignInExperience, { username }: NewUser): void {
  if (!username) return;
  const violation = validateUsernameAgainstPolicy(username, usernamePolicy);
  ensure(violation === undefined, `user.username_${violation}`, { status: 422 });
}

/**
 * Refuses to end while the person lacks what the declared sign-up asks of everybody, at registration and at
 * sign-in alike: `user.missing_profile` (422) with `data.missingProfile`.
 *
 * Source: Logto, `packages/core/src/routes/experience/classes/libraries/profile-validator.ts`.
 */
export function ensureComplete({ signUp }: SignInExperience, profile: NewUser, user?: User): void {
  const has: Record<string, boolean> = {
    [MissingProfile.username]: Boolean(user?.username ?? profile.username),
    [MissingProfile.email]: Boolean(user?.primaryEmail ?? profile.primaryEmail),
    [MissingProfile.phone]: Boolean(user?.primaryPhone ?? profile.primaryPhone),
    // Users who sign in at another service need no password here.
    [MissingProfile.password]:
      Boolean(user?.passwordEncrypted ?? profile.passwordEncrypted) ||
      Object.keys(user?.identities ?? {}).length > 0,
  };
  has[MissingProfile.emailOrPhone] =
    has[MissingProfile.email] || has[MissingProfile.phone] || false;
  const missingProfile = requiredOf(signUp).filter((part) => !has[part]);
  ensure(missingProfile.length === 0, "user.missing_profile", {
    status: 422,
    data: { missingProfile },
  });
}

function requiredOf({
  identifiers,
  secondaryIdentifiers = [],
  password,
}: SignInExperience["signUp"]): MissingProfile[] {
  return [
    ...new Set([
      ...primaryOf(new Set(identifiers)),
      ...secondaryIdentifiers.map(({ identifier }) => asMissing[identifier]),
      ...(password ? [MissingProfile.password] : []),
    ]),
  ];
}

/** The person chooses one of several primary identifiers; a username goes before the others. */
function primaryOf(identifiers: Set<SignInIdentifier>): MissingProfile[] {
  if (identifiers.has(SignInIdentifier.Username)) return [MissingProfile.username];
  if (identifiers.has(SignInIdentifier.Email) && identifiers.has(SignInIdentifier.Phone)) {
    return [MissingProfile.emailOrPhone];
  }
  return [...identifiers].map((identifier) => asMissing[identifier]);
}

const asMissing = {
  [SignInIdentifier.Username]: MissingProfile.username,
  [SignInIdentifier.Email]: MissingProfile.email,
  [SignInIdentifier.Phone]: MissingProfile.phone,
  [AlternativeSignUpIdentifier.EmailOrPhone]: MissingProfile.emailOrPhone,
} as const;

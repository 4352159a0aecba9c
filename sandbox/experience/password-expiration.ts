import type { SignInExperience, User } from "@logto/schemas";
import { ensure } from "../errors";

const day = 24 * 60 * 60 * 1000;

/**
 * Refuses a right password that is too old, or that somebody declared expired: `password.expired` (422). The
 * person sets a new one as if they had forgotten it.
 *
 * Source: Logto, `packages/core/src/libraries/password-expiration.ts`.
 */
export function ensureNotExpired({ passwordExpiration }: SignInExperience, user: User): void {
  if (!passwordExpiration.enabled) return;
  const setAt = user.passwordUpdatedAt ?? user.createdAt;
  const isExpired =
    user.isPasswordExpired || Date.now() >= setAt + passwordExpiration.validPeriodDays * day;
  ensure(!isExpired, "password.expired", { status: 422 });
}

import { matchesEmailBlocklistItem } from "@logto/core-kit";
import { type SignInExperience, SignInIdentifier } from "@logto/schemas";
import { ensure } from "../errors";
import type { Identifier } from "../users/users";

/**
 * Refuses an e-mail address that the declared policy keeps out, for new accounts and new addresses only:
 * people who have an account already sign in. Logto does not act on `customAllowlist` in this version.
 *
 * Errors: `session.email_blocklist.email_subaddressing_not_allowed`,
 * `session.email_blocklist.email_not_allowed` (422).
 *
 * Source: Logto, `packages/core/src/libraries/sign-in-experience/email-blocklist-policy.ts`.
 */
export function ensureNotBlocked(
  { emailBlocklistPolicy: { blockSubaddressing, customBlocklist = [] } }: SignInExperience,
  { type, value: email }: Identifier,
): void {
  if (type !== SignInIdentifier.Email) return;
  const [local = ""] = email.split("@");
  ensure(
    !blockSubaddressing || !local.includes("+"),
    "session.email_blocklist.email_subaddressing_not_allowed",
    { status: 422 },
  );
  ensure(
    !customBlocklist.some((item) => matchesEmailBlocklistItem(item, email)),
    "session.email_blocklist.email_not_allowed",
    { status: 422, values: { email } },
  );
}

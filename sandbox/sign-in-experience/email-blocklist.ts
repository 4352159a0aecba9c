import { isEmailBlocklistItem } from "@logto/core-kit";
import type { EmailBlocklistPolicy } from "@logto/schemas";
import { ensure } from "../errors";

/** The policy as it is stored, each item once. Refuses items that are neither address nor domain. */
export function checkedEmailBlocklist(policy: EmailBlocklistPolicy): EmailBlocklistPolicy {
  // Only Logto Cloud knows which domains are disposable.
  ensure(!policy.blockDisposableAddresses, "request.invalid_input", {
    values: {
      details: "Disposable email domain validation is not supported in this environment",
    },
  });
  if (policy.customBlocklist === undefined) return policy;
  const customBlocklist = [...new Set(policy.customBlocklist)];
  const items = customBlocklist.filter((item) => !isEmailBlocklistItem(item));
  ensure(items.length === 0, "sign_in_experiences.invalid_custom_email_blocklist_format", {
    values: { items },
  });
  return { ...policy, customBlocklist };
}

import {
  defaultMessageRateLimitPolicy,
  LogtoTenantConfigKey,
  messageRateLimitOverrideGuard,
  SentinelActionResult,
  SentinelActivityAction,
  SentinelActivityTargetType,
  SentinelDecision,
} from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { storedConfig } from "../stored-config";
import { hashOf, record } from "./lockout";

/**
 * Sends a code, unless too many went to that recipient of late: by default 10 within 600 seconds, which
 * only the key `messageRateLimitOverride` in `logto_configs` changes. What could not be sent does not count.
 *
 * Errors: `request.message_rate_limited` (429), and what sending throws.
 *
 * Source: Logto, `packages/core/src/sentinel/message-rate-guard.ts`.
 */
export async function withinMessageLimit(
  database: TenantDatabase,
  recipient: string,
  send: () => Promise<void>,
): Promise<void> {
  const { sendWindow, maxSendsPerRecipient } = {
    ...defaultMessageRateLimitPolicy,
    ...messageRateLimitOverrideGuard.parse(
      (await storedConfig(database, LogtoTenantConfigKey.MessageRateLimitOverride)) ?? {},
    ),
  };
  const action = SentinelActivityAction.VerificationCodeSend;
  const targetHash = hashOf(recipient.trim().toLowerCase());
  const [sent] = await database.query<{ count: number }>(
    `select count(*) as count from sentinel_activities
     where tenant_id = $1 and target_type = $2 and target_hash = $3 and action = $4
       and created_at > now() - make_interval(secs => $5)`,
    [database.tenantId, SentinelActivityTargetType.User, targetHash, action, sendWindow],
  );
  ensure((sent?.count ?? 0) < maxSendsPerRecipient, "request.message_rate_limited", {
    status: 429,
  });
  await send();
  await record(database, {
    targetHash,
    action,
    actionResult: SentinelActionResult.Success,
    payload: {},
    decision: SentinelDecision.Allowed,
    decisionExpiresAt: Date.now(),
  });
}

import { createHash } from "node:crypto";
import {
  SentinelActionResult,
  type SentinelActivity,
  SentinelActivities,
  SentinelActivityAction,
  SentinelActivityTargetType,
  SentinelDecision,
} from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { LogtoError } from "../errors";
import { newId } from "../identifiers";
import type { Experience } from "./experience";
import type { Verification } from "./state";

/** What is guessed at. Both count together: a blocked password attempt blocks codes as well. */
const guesses = [SentinelActivityAction.Password, SentinelActivityAction.VerificationCode] as const;

/** Logto's defaults, if the declared policy says nothing. The duration is in minutes. */
const defaults = { maxAttempts: 100, lockoutDuration: 60 };

/**
 * Carries out an attempt to prove who one is, and blocks everybody from an identifier that has failed too
 * often within an hour. `maxAttempts: 0` blocks from the first attempt on.
 *
 * A blocked attempt is carried out all the same, so that its duration tells nothing; its outcome is kept
 * from the person. Only the hash of the identifier is stored.
 *
 * Errors: `session.verification_blocked_too_many_attempts` (400), and what the attempt throws.
 *
 * Source: Logto, `packages/core/src/sentinel/basic-sentinel.ts`.
 */
export async function guardAttempt<Result>(
  { tenant: { database }, declared, state }: Experience,
  { identifier, id }: Pick<Verification, "identifier" | "id">,
  action: (typeof guesses)[number],
  attempt: () => Promise<Result>,
): Promise<Result> {
  const [outcome] = await Promise.allSettled([attempt()]);
  const failed = outcome.status === "rejected";
  const target = hashOf(identifier.value);
  const policy = { ...defaults, ...declared.sentinelPolicy };
  const expiresAt = await blockedUntil(database, target, failed, policy);
  await record(database, {
    targetHash: target,
    action,
    actionResult: failed ? SentinelActionResult.Failed : SentinelActionResult.Success,
    payload: { event: state.interactionEvent, verificationId: id },
    decision: expiresAt === undefined ? SentinelDecision.Allowed : SentinelDecision.Blocked,
    decisionExpiresAt: expiresAt ?? Date.now(),
  });
  if (expiresAt !== undefined) {
    const minutes = Math.round((expiresAt - Date.now()) / 60_000);
    throw new LogtoError("session.verification_blocked_too_many_attempts", {
      values: (language) => ({
        relativeTime: new Intl.RelativeTimeFormat(language).format(minutes, "minute"),
      }),
    });
  }
  if (failed) throw outcome.reason;
  return outcome.value;
}

async function blockedUntil(
  database: TenantDatabase,
  target: string,
  failed: boolean,
  { maxAttempts, lockoutDuration }: typeof defaults,
): Promise<number | undefined> {
  const about = [database.tenantId, SentinelActivityTargetType.User, target, guesses];
  const [block] = await database.query<{ expiresAt: number }>(
    `select decision_expires_at as "expiresAt" from sentinel_activities
     where tenant_id = $1 and target_type = $2 and target_hash = $3 and action = any($4)
       and decision = 'Blocked' and decision_expires_at > now() limit 1`,
    about,
  );
  if (block) return block.expiresAt;
  const [earlier] = await database.query<{ count: number }>(
    `select count(*) as count from sentinel_activities
     where tenant_id = $1 and target_type = $2 and target_hash = $3 and action = any($4)
       and action_result = 'Failed' and decision <> 'Blocked' and created_at > now() - interval '1 hour'`,
    about,
  );
  return (earlier?.count ?? 0) + (failed ? 1 : 0) >= maxAttempts
    ? Date.now() + lockoutDuration * 60_000
    : undefined;
}

type Activity = Omit<SentinelActivity, "tenantId" | "id" | "targetType" | "createdAt">;

/** Keeps for later decisions what was done, to whom by hash only. */
export async function record(database: TenantDatabase, activity: Activity): Promise<void> {
  await database.insert<SentinelActivity>(SentinelActivities, {
    id: newId(),
    targetType: SentinelActivityTargetType.User,
    ...activity,
  });
}

export function hashOf(identifier: string): string {
  return createHash("sha256").update(identifier).digest("hex");
}

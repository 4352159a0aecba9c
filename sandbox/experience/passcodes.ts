import { randomInt, timingSafeEqual } from "node:crypto";
import type { TemplateType } from "@logto/connector-kit";
import {
  type Passcode,
  Passcodes,
  SignInIdentifier,
  type VerificationCodeIdentifier,
  type VerificationCodePolicy,
} from "@logto/schemas";
import { columns, type TenantDatabase } from "../database";
import { ensure, LogtoError } from "../errors";
import { newId } from "../identifiers";
import type { CodeVerification } from "./state";

/** Logto's defaults, if the declared policy says nothing. The duration is in seconds. */
const defaults = { expirationDuration: 600, maxRetryAttempts: 10 };

/** A fresh code of six digits for the verification, which is new as well: it has no earlier one. */
export async function createPasscode(
  database: TenantDatabase,
  { id: interactionJti, templateType: type, identifier }: CodeVerification,
): Promise<string> {
  const code = String(randomInt(1_000_000)).padStart(6, "0");
  await database.insert<Passcode>(Passcodes, {
    id: newId(),
    interactionJti,
    type,
    code,
    [identifier.type === SignInIdentifier.Email ? "email" : "phone"]: identifier.value,
  });
  return code;
}

/**
 * Uses a code up, once. Attempts are counted in the database, so that guessing in parallel gains nothing.
 *
 * Errors, all 400: `verification_code.not_found`, `.email_mismatch`, `.phone_mismatch`, `.expired`,
 * `.exceed_max_try`, `.code_mismatch`.
 *
 * Source: Logto, `packages/core/src/libraries/passcode.ts`.
 */
export async function usePasscode(
  database: TenantDatabase,
  { id: interactionJti, templateType: type }: { id: string; templateType: TemplateType },
  attempt: { identifier: VerificationCodeIdentifier; code: string },
  policy: VerificationCodePolicy,
): Promise<void> {
  const { expirationDuration, maxRetryAttempts } = { ...defaults, ...policy };
  const passcode = await database.row<Passcode>(Passcodes, {
    interactionJti,
    type,
    consumed: false,
  });
  ensure(passcode, "verification_code.not_found");
  const { identifier, code } = attempt;
  const channel = identifier.type === SignInIdentifier.Email ? "email" : "phone";
  ensure(passcode[channel] === identifier.value, `verification_code.${channel}_mismatch`);
  ensure(passcode.createdAt + expirationDuration * 1000 >= Date.now(), "verification_code.expired");
  if (isSame(code, passcode.code)) {
    const [used] = await database.query<Passcode>(
      `update passcodes set consumed = true
       where tenant_id = $1 and id = $2 and not consumed and try_count < $3
       returning ${columns(Passcodes)}`,
      [database.tenantId, passcode.id, maxRetryAttempts],
    );
    ensure(used, "verification_code.exceed_max_try");
    return;
  }
  const [counted] = await database.query<Passcode>(
    `update passcodes set try_count = try_count + 1
     where tenant_id = $1 and id = $2 and try_count < $3 returning ${columns(Passcodes)}`,
    [database.tenantId, passcode.id, maxRetryAttempts],
  );
  throw new LogtoError(
    counted ? "verification_code.code_mismatch" : "verification_code.exceed_max_try",
  );
}

function isSame(attempt: string, code: string): boolean {
  const [one, other] = [Buffer.from(attempt), Buffer.from(code)];
  return one.length === other.length && timingSafeEqual(one, other);
}

import { type PasswordExpirationPolicy, passwordExpirationPolicyGuard } from "@logto/schemas";
import type { ConnectorWithFactory } from "../connectors/connectors";
import { ensure } from "../errors";
import { isForgotPasswordAvailable } from "./forgot-password";

/**
 * The policy as it is stored. Since when it is in force is the server's to say: it counts from the change
 * that turned the policy on.
 */
export function passwordExpirationToStore(
  wanted: PasswordExpirationPolicy | undefined,
  current: PasswordExpirationPolicy,
): PasswordExpirationPolicy {
  const merged = wanted?.enabled === false ? { enabled: false } : { ...current, ...wanted };
  const parsed = passwordExpirationPolicyGuard.safeParse(merged);
  ensure(parsed.success, "sign_in_experiences.password_expiration_invalid_period_days", {
    status: 422,
  });
  const policy = parsed.data;
  const since = current.enabled ? current.enabledAt : undefined;
  return policy.enabled ? { ...policy, enabledAt: since ?? Date.now() } : policy;
}

/** If passwords expire, people must be able to set a new one. Checked on every change. */
export function checkPasswordExpiration(
  policy: PasswordExpirationPolicy,
  connectors: ConnectorWithFactory[],
  methods: Parameters<typeof isForgotPasswordAvailable>[1],
): void {
  ensure(
    !policy.enabled || isForgotPasswordAvailable(connectors, methods),
    "sign_in_experiences.password_expiration_requires_forgot_password",
    { status: 422 },
  );
}

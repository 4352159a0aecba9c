import { ConnectorType, ForgotPasswordMethod } from "@logto/schemas";
import { type ConnectorWithFactory, hasType } from "../connectors/connectors";
import { ensure } from "../errors";

type Methods = ForgotPasswordMethod[] | null;

/**
 * The methods that can reset a forgotten password: those that are asked for, as far as there is a
 * connector for them. Without any choice (null) every connector counts.
 */
export function forgotPasswordBy(
  connectors: ConnectorWithFactory[],
  methods: Methods,
): { email: boolean; phone: boolean } {
  const isChosen = (method: ForgotPasswordMethod) => methods?.includes(method) ?? true;
  return {
    email:
      isChosen(ForgotPasswordMethod.EmailVerificationCode) &&
      hasType(connectors, ConnectorType.Email),
    phone:
      isChosen(ForgotPasswordMethod.PhoneVerificationCode) &&
      hasType(connectors, ConnectorType.Sms),
  };
}

export function isForgotPasswordAvailable(
  connectors: ConnectorWithFactory[],
  methods: Methods,
): boolean {
  const { email, phone } = forgotPasswordBy(connectors, methods);
  return email || phone;
}

/** Refuses a method that there is no connector for. */
export function checkForgotPassword(
  methods: ForgotPasswordMethod[],
  connectors: ConnectorWithFactory[],
): void {
  const available = forgotPasswordBy(connectors, methods);
  for (const method of methods) {
    const isEmail = method === ForgotPasswordMethod.EmailVerificationCode;
    ensure(
      isEmail ? available.email : available.phone,
      "sign_in_experiences.forgot_password_method_requires_connector",
      { values: { method: isEmail ? "email" : "sms" } },
    );
  }
}

/** The types of e-mail for which SendGrid's connector requires a template. */
export const requiredUsageTypes = ["Register", "SignIn", "ForgotPassword", "Generic"] as const;

/** What Logto sends e-mails for. */
export const usageTypes = [
  ...requiredUsageTypes,
  "OrganizationInvitation",
  "UserPermissionValidation",
  "BindNewIdentifier",
  "MfaVerification",
  "BindMfa",
] as const;

export type EmailUsageType = (typeof usageTypes)[number];

/** The variable that a message is sent for. */
export function purposeOf(usageType: string): "link" | "code" {
  return usageType === "OrganizationInvitation" ? "link" : "code";
}

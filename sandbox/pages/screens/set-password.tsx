import { passwordPolicyGuard } from "@logto/core-kit";
import type { PageData } from "../page-data";
import { forgotPasswordBy } from "../experience";
import { FormError, HiddenIdentifier, PasswordField, Submit } from "../parts/forms";
import type { Screen, View } from "../view";

type Purpose = Extract<PageData, { screen: "set-password" }>["purpose"];

/**
 * A new password. As on Logto's pages it is asked for once if a forgotten one can be reset, and twice
 * where a slip would lock the person out.
 */
export function setPassword(purpose: Purpose, view: View): Screen {
  const { experience, t } = view;
  const isTypedTwice = forgotPasswordBy(experience).length === 0;
  return {
    title: t(
      purpose === "forgot-password" ? "description.reset_password" : "description.create_account",
    ),
    heading: t(purpose === "continue" ? "description.set_password" : "description.new_password"),
    description: requirements(view),
    hasBack: true,
    body: (
      <form noValidate>
        <HiddenIdentifier />
        <PasswordField t={t} name="newPassword" label={t("input.password")} hasToggle />
        {isTypedTwice && (
          <PasswordField t={t} name="confirmPassword" label={t("input.confirm_password")} />
        )}
        <FormError />
        <Submit>{t("action.save_password")}</Submit>
      </form>
    ),
    data: { screen: "set-password", purpose },
  };
}

/** What the password policy asks for, in words; nothing where it asks for nothing. */
function requirements({ experience, t }: View): string | undefined {
  const { length, characterTypes } = passwordPolicyGuard.parse(experience.passwordPolicy);
  const items = [
    // So many types of characters make for as many characters.
    ...(length.min > characterTypes.min
      ? [t("description.password_requirement.length", { count: length.min })]
      : []),
    ...(characterTypes.min > 1
      ? [t("description.password_requirement.character_types", { count: characterTypes.min })]
      : []),
  ];
  return length.min <= 1 && characterTypes.min <= 1
    ? undefined
    : t("description.password_requirements", { items });
}

import { forgotPasswordBy } from "../experience";
import { FormError, formTexts, IdentifierField, namesOf, Submit } from "../parts/forms";
import { message } from "./message";
import type { Screen, View } from "../view";

/** Asks for the address of the code that lets a person set a new password. */
export function forgotPassword(view: View): Screen {
  const { experience, t } = view;
  const identifiers = forgotPasswordBy(experience);
  if (identifiers.length === 0) {
    return message(view, { heading: t("description.not_found") });
  }
  return {
    title: t("description.reset_password"),
    heading: t("description.reset_password"),
    description: t("description.reset_password_description", { types: namesOf(t, identifiers) }),
    hasBack: true,
    body: (
      <form noValidate>
        <IdentifierField t={t} identifiers={identifiers} isKnown />
        <FormError />
        <Submit>{t("action.continue")}</Submit>
      </form>
    ),
    data: { screen: "forgot-password", identifiers, form: formTexts(t, identifiers) },
  };
}

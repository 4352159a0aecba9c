import { MissingProfile } from "@logto/schemas";
import type { Identifier } from "../page-data";
import { FormError, formTexts, IdentifierField, Submit } from "../parts/forms";
import { message } from "./message";
import { setPassword } from "./set-password";
import type { Screen, View } from "../view";

interface Question {
  heading: string;
  description: string;
  identifiers: Identifier[];
}

const questions = new Map<string, Question>([
  [
    MissingProfile.username,
    {
      heading: "description.enter_username",
      description: "description.enter_username_description",
      identifiers: ["username"],
    },
  ],
  [
    MissingProfile.email,
    {
      heading: "description.link_email",
      description: "description.link_email_description",
      identifiers: ["email"],
    },
  ],
  [
    MissingProfile.phone,
    {
      heading: "description.link_phone",
      description: "description.link_phone_description",
      identifiers: ["phone"],
    },
  ],
  [
    MissingProfile.emailOrPhone,
    {
      heading: "description.link_email_or_phone",
      description: "description.link_email_or_phone_description",
      identifiers: ["email", "phone"],
    },
  ],
]);

/** What an account still lacks that the sign-in experience asks for. */
export function continueWith(step: string, view: View): Screen {
  const { t } = view;
  if (step === (MissingProfile.password as string)) {
    return setPassword("continue", view);
  }
  const question = questions.get(step);
  if (!question) {
    return message(view, { heading: t("description.not_found") });
  }
  const { heading, description, identifiers } = question;
  return {
    title: t("description.create_account"),
    heading: t(heading),
    description: t(description),
    hasBack: true,
    body: (
      <form noValidate>
        <IdentifierField t={t} identifiers={identifiers} />
        <FormError />
        <Submit>{t("action.continue")}</Submit>
      </form>
    ),
    data: { screen: "continue", identifiers, form: formTexts(t, identifiers) },
  };
}

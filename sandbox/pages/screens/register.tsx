import { AgreeToTermsPolicy, SignInMode } from "@logto/schemas";
import { signInMethods } from "../experience";
import { FormError, formTexts, IdentifierField, Submit } from "../parts/forms";
import { mustAgreeToRegister, TermsCheckbox, TermsNotice, TermsQuestion } from "../parts/terms";
import type { Screen, View } from "../view";

/** The first screen of someone who has no account yet. */
export function register({ experience, t, search, loginHint }: View): Screen {
  const { identifiers, password } = experience.signUp;
  const mustAgree = mustAgreeToRegister(experience);
  const canSignIn =
    experience.signInMode === SignInMode.SignInAndRegister && signInMethods(experience).length > 0;
  return {
    title: t("description.create_account"),
    heading: t("description.create_your_account"),
    hasBack: false,
    body: (
      <>
        {identifiers.length > 0 && (
          <form noValidate>
            <IdentifierField t={t} identifiers={identifiers} value={loginHint} />
            <FormError />
            {mustAgree && <TermsCheckbox experience={experience} t={t} />}
            <Submit>{t("action.create_account")}</Submit>
          </form>
        )}
        {mustAgree && <TermsQuestion experience={experience} t={t} />}
        {canSignIn && (
          <p class="switch">
            {t("description.have_account")} <a href={`/sign-in${search}`}>{t("action.sign_in")}</a>
          </p>
        )}
        {experience.agreeToTermsPolicy === AgreeToTermsPolicy.Automatic && (
          <TermsNotice experience={experience} t={t} />
        )}
      </>
    ),
    data: {
      screen: "register",
      identifiers,
      mustAgree,
      needsPassword: password,
      form: formTexts(t, identifiers),
    },
  };
}

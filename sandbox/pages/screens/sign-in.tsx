import { SignInMode } from "@logto/schemas";
import { forgotPasswordBy, signInMethods } from "../experience";
import { FormError, formTexts, IdentifierField, PasswordField, Submit } from "../parts/forms";
import { mustAgreeToSignIn, TermsCheckbox, TermsNotice, TermsQuestion } from "../parts/terms";
import type { Screen, View } from "../view";

/** The first screen: who are you, and your password where there is no other way in. */
export function signIn({ experience, t, search, loginHint }: View): Screen {
  const methods = signInMethods(experience);
  const identifiers = methods.map(({ identifier }) => identifier);
  const asksForPassword =
    methods.length > 0 &&
    methods.every(({ password, verificationCode }) => password && !verificationCode);
  const mustAgree = mustAgreeToSignIn(experience);
  const canRegister =
    experience.signInMode === SignInMode.SignInAndRegister &&
    experience.signUp.identifiers.length > 0;
  return {
    title: t("description.sign_in"),
    heading: t("description.sign_in_to_your_account"),
    hasBack: false,
    body: (
      <>
        {methods.length > 0 && (
          <form noValidate>
            <IdentifierField t={t} identifiers={identifiers} isKnown value={loginHint} />
            {asksForPassword && (
              <PasswordField t={t} name="password" label={t("input.password")} hasToggle />
            )}
            <FormError />
            {asksForPassword && forgotPasswordBy(experience).length > 0 && (
              <p class="aside">
                <a href={`/forgot-password${search}`}>{t("action.forgot_password")}</a>
              </p>
            )}
            {mustAgree && <TermsCheckbox experience={experience} t={t} />}
            <Submit>{t("action.sign_in")}</Submit>
          </form>
        )}
        {mustAgree && <TermsQuestion experience={experience} t={t} />}
        {canRegister && (
          <p class="switch">
            {t("description.no_account")}{" "}
            <a href={`/register${search}`}>{t("action.create_account")}</a>
          </p>
        )}
        {!mustAgree && <TermsNotice experience={experience} t={t} />}
      </>
    ),
    data: {
      screen: "sign-in",
      methods,
      asksForPassword,
      mustAgree,
      form: formTexts(t, identifiers),
    },
  };
}

import { forgotPasswordBy, signInMethods } from "../experience";
import { FormError, HiddenIdentifier, PasswordField, Submit } from "../parts/forms";
import { message } from "./message";
import type { Screen, View } from "../view";

/** The password of the person whose identifier the first screen asked for. */
export function password(view: View): Screen {
  const { experience, t, search } = view;
  const methods = signInMethods(experience).filter(({ password: isAllowed }) => isAllowed);
  if (methods.length === 0) {
    return message(view, { heading: t("description.not_found") });
  }
  const withCode = methods.filter(({ verificationCode }) => verificationCode);
  return {
    title: t("description.sign_in"),
    heading: t("description.enter_password"),
    description: <span data-text="description.enter_password_for" />,
    hasBack: true,
    body: (
      <form noValidate>
        <HiddenIdentifier />
        <PasswordField t={t} name="password" label={t("input.password")} hasToggle />
        <FormError />
        {forgotPasswordBy(experience).length > 0 && (
          <p class="aside">
            <a href={`/forgot-password${search}`}>{t("action.forgot_password")}</a>
          </p>
        )}
        <Submit>{t("action.continue")}</Submit>
        {withCode.length > 0 && (
          <p
            class="switch"
            hidden
            data-for={withCode.map(({ identifier }) => identifier).join(" ")}
          >
            <a href={`/sign-in/verification-code${search}`} data-action="send-code">
              {t("action.sign_in_via_passcode")}
            </a>
          </p>
        )}
      </form>
    ),
    data: { screen: "password", methods },
  };
}

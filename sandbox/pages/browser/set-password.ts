import { addToProfile, resetPassword, submit } from "./api.js";
import { finish } from "./completion.js";
import { field, onSubmit, refuse } from "./forms.js";
import { recall, remember } from "./memory.js";
import { type Data, element, go, showInvalidSession, text } from "./page.js";
import { readPassword } from "./passwords.js";
import { onCompletion, onNewPassword, tellAndGoBack } from "./refusals.js";

/** Takes a new password: for an account that is being made or completed, or for a forgotten one. */
export function setPassword({ purpose }: Data<"set-password">): void {
  const { identifier, forgottenIdentifier, event } = recall();
  if (purpose === "continue" && !event) {
    showInvalidSession();
    return;
  }
  const underWay = purpose === "register" ? "Register" : (event ?? "SignIn");
  const known = purpose === "forgot-password" ? forgottenIdentifier : identifier;
  (element("[data-stored]") as HTMLInputElement).value = known?.value ?? "";
  field("newPassword").focus();
  onSubmit(
    async () => {
      const chosen = readPassword("newPassword");
      const repeated = document.querySelector<HTMLInputElement>("[name=confirmPassword]");
      if (repeated && repeated.value !== chosen) {
        refuse("confirmPassword", text("error.passwords_do_not_match"));
      }
      if (purpose === "forgot-password") {
        await resetPassword(chosen);
        await submit();
        remember({
          identifier: identifier ?? forgottenIdentifier,
          forgottenIdentifier: undefined,
          toast: text("description.password_changed"),
        });
        await go("/sign-in", { replace: true });
      }
      await addToProfile({ type: "password", value: chosen });
      await finish(underWay);
    },
    {
      ...onCompletion(() => underWay),
      ...onNewPassword,
      "user.username_already_in_use": tellAndGoBack,
      "user.password_exists_in_profile": tellAndGoBack,
      "session.verification_session_not_found": tellAndGoBack,
    },
  );
}

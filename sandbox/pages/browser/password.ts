import { askForCode } from "./codes.js";
import { field, onSubmit, whileBusy } from "./forms.js";
import { isAddress } from "./identifiers.js";
import { recall } from "./memory.js";
import {
  type Data,
  element,
  fillIn,
  nameOf,
  onAction,
  showFor,
  showInvalidSession,
} from "./page.js";
import { onWrongPassword, readPassword, signInByPassword } from "./passwords.js";

/** Asks for the password of the identifier that the first page took. */
export function password({ methods }: Data<"password">): void {
  const { identifier } = recall();
  if (!identifier || !methods.some((method) => method.identifier === identifier.type)) {
    showInvalidSession();
    return;
  }
  fillIn("description.enter_password_for", {
    method: nameOf(identifier.type),
    value: identifier.value,
  });
  (element("[data-stored]") as HTMLInputElement).value = identifier.value;
  showFor(identifier.type);
  field("password").focus();
  onSubmit(() => signInByPassword(identifier, readPassword("password")), onWrongPassword);
  onAction("send-code", (link) =>
    whileBusy(
      link,
      async () => {
        if (isAddress(identifier)) {
          await askForCode("sign-in", identifier, { replace: true });
        }
      },
      {},
    ),
  );
}

import { askForCode } from "./codes.js";
import { onSubmit } from "./forms.js";
import { isAddress, onWrongAddress, prefill, readIdentifier } from "./identifiers.js";
import { recall, remember } from "./memory.js";
import type { Data } from "./page.js";

/** Sends a code to a person who forgot the password. */
export function forgotPassword({ identifiers, form }: Data<"forgot-password">): void {
  const { identifier, forgottenIdentifier } = recall();
  prefill(forgottenIdentifier ?? identifier, identifiers);
  onSubmit(async () => {
    const known = readIdentifier(identifiers, form);
    remember({ forgottenIdentifier: known });
    if (isAddress(known)) {
      await askForCode("forgot-password", known);
    }
  }, onWrongAddress);
}

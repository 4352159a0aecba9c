import { addToProfile } from "./api.js";
import { askForCode } from "./codes.js";
import { field, onSubmit } from "./forms.js";
import { isAddress, onUsedUsername, onWrongAddress, readIdentifier } from "./identifiers.js";
import { recall, remember } from "./memory.js";
import { finish } from "./completion.js";
import { type Data, showInvalidSession } from "./page.js";
import { onCompletion } from "./refusals.js";

/** Asks for the identifier that an account lacks. */
export function complete({ identifiers, form }: Data<"continue">): void {
  const { event } = recall();
  if (!event) {
    showInvalidSession();
    return;
  }
  field("identifier").focus();
  onSubmit(
    async () => {
      const identifier = readIdentifier(identifiers, form);
      if (isAddress(identifier)) {
        remember({ identifier });
        await askForCode("continue", identifier);
        return;
      }
      await addToProfile({ type: "username", value: identifier.value });
      await finish(event);
    },
    { ...onWrongAddress, ...onUsedUsername, ...onCompletion(() => event) },
  );
}

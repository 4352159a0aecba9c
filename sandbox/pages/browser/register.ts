import { addToProfile, begin, identify, submit } from "./api.js";
import { askForCode } from "./codes.js";
import { onSubmit } from "./forms.js";
import {
  isAddress,
  onUsedUsername,
  onWrongAddress,
  prefill,
  readIdentifier,
} from "./identifiers.js";
import { recall, remember } from "./memory.js";
import { type Data, follow, go } from "./page.js";
import { onCompletion } from "./refusals.js";
import { agreesToTerms } from "./terms.js";

/** Begins an account: with a code for an address, with a password for a username. */
export function register({ identifiers, mustAgree, needsPassword, form }: Data<"register">): void {
  prefill(recall().identifier, identifiers);
  onSubmit(
    async () => {
      const identifier = readIdentifier(identifiers, form);
      remember({ identifier });
      if (mustAgree && !(await agreesToTerms())) {
        return;
      }
      if (isAddress(identifier)) {
        await askForCode("register", identifier);
        return;
      }
      await begin("Register");
      await addToProfile({ type: "username", value: identifier.value });
      if (needsPassword) {
        await go("/register/password");
      }
      await identify();
      await follow(await submit());
    },
    { ...onWrongAddress, ...onUsedUsername, ...onCompletion(() => "Register") },
  );
}

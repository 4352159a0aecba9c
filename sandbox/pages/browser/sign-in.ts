import type { Method } from "../page-data";
import { askForCode } from "./codes.js";
import { onSubmit } from "./forms.js";
import { isAddress, onWrongAddress, prefill, readIdentifier } from "./identifiers.js";
import { type KnownAs, recall, remember } from "./memory.js";
import { type Data, go } from "./page.js";
import { onWrongPassword, readPassword, signInByPassword } from "./passwords.js";
import { agreesToTerms } from "./terms.js";

/** Asks for the identifier and goes on to its code or its password, or asks for the password at once. */
export function signIn({ methods, asksForPassword, mustAgree, form }: Data<"sign-in">): void {
  prefill(
    recall().identifier,
    methods.map(({ identifier }) => identifier),
  );
  onSubmit(
    async () => {
      const identifier = readIdentifier(
        methods.map((method) => method.identifier),
        form,
      );
      const typed = asksForPassword ? readPassword("password") : undefined;
      remember({ identifier });
      if (mustAgree && !(await agreesToTerms())) {
        return;
      }
      if (typed !== undefined) {
        await signInByPassword(identifier, typed);
      } else if (isAddress(identifier) && beginsWithCode(methods, identifier)) {
        await askForCode("sign-in", identifier);
      } else {
        await go("/sign-in/password");
      }
    },
    { ...onWrongAddress, ...onWrongPassword },
  );
}

function beginsWithCode(methods: Method[], { type }: KnownAs): boolean {
  const method = methods.find(({ identifier }) => identifier === type);
  return (
    method !== undefined &&
    method.verificationCode &&
    !(method.password && method.isPasswordPrimary)
  );
}

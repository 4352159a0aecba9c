import { resourceRule } from "../rule";
import { logto } from "../types";

/** Checks that users cannot sign up with an address or number that is not theirs. */
export const signUpIsVerified = resourceRule({
  name: "sign-up-is-verified",
  description: "Checks that an e-mail address or phone number is proven by a code at sign-up.",
  level: "mandatory",
  types: [logto.signInExperience],
  *demands({ at, value }) {
    yield {
      property: "signUp.verify",
      must: "be true, so that a code proves the address or number",
      isMet: () =>
        at("signUp.identifiers.*").every((identifier) => identifier.value === "username") ||
        value("signUp.verify") === true,
    };
    for (const [index, { path }] of at("signUp.secondaryIdentifiers.*").entries()) {
      const part = (name: string) => value(`signUp.secondaryIdentifiers.${index}.${name}`);
      yield {
        property: `${path}.verify`,
        must: "be true, so that a code proves the address or number",
        isMet: () => part("identifier") === "username" || part("verify") === true,
      };
    }
  },
});

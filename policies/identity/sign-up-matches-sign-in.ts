import { resourceRule, type Subject } from "../rule";
import { logto } from "../types";
import { anyOf } from "../unknown";

/** Checks that users can sign in with the identifiers and the password that sign-up asked for. */
export const signUpMatchesSignIn = resourceRule({
  name: "sign-up-matches-sign-in",
  description: "Checks that everybody who can sign up can sign in again.",
  level: "mandatory",
  types: [logto.signInExperience],
  *demands(subject) {
    const { at, value } = subject;
    if (value("signUp") === undefined && value("signIn") === undefined) return;
    for (const half of ["signUp", "signIn"]) {
      yield {
        property: half,
        must: "be declared with the other half: Logto checks signUp against signIn only together",
        isMet: () => value(half) !== undefined,
      };
    }
    if (value("signUp") === undefined || value("signIn") === undefined) return;
    for (const identifier of at("signUp.identifiers.*")) {
      yield {
        property: identifier.path,
        must: "be a way to sign in as well: add it to signIn.methods",
        isMet: () =>
          anyOf(methodsOf(subject), (method) => method.identifier() === identifier.value),
      };
      yield {
        property: "signUp.password",
        must: "be true with a username, as no code can be sent to one",
        isMet: () => identifier.value !== "username" || value("signUp.password") === true,
      };
    }
    for (const method of methodsOf(subject)) {
      yield {
        property: method.path,
        must: "take a password or a verification code: set one of them to true",
        isMet: () => method.password() === true || method.verificationCode() === true,
      };
      yield {
        property: `${method.path}.verificationCode`,
        must: "be true, as users sign up without a password",
        isMet: () =>
          value("signUp.password") !== false ||
          method.identifier() === "username" ||
          method.verificationCode() === true,
      };
      yield {
        property: `${method.path}.isPasswordPrimary`,
        must: "be false, as this way takes no password",
        isMet: () =>
          method.password() === true || value(`${method.dotted}.isPasswordPrimary`) !== true,
      };
    }
  },
});

function methodsOf({ at, value }: Subject) {
  return at("signIn.methods.*").map(({ path }, index) => {
    const dotted = `signIn.methods.${index}`;
    return {
      path,
      dotted,
      identifier: () => value(`${dotted}.identifier`),
      password: () => value(`${dotted}.password`),
      verificationCode: () => value(`${dotted}.verificationCode`),
    };
  });
}

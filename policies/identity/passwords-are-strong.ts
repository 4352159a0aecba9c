import { resourceRule } from "../rule";
import { logto } from "../types";

/** Checks that a declared password policy is no weaker than a minimum. Undeclared parts keep Logto's value. */
export const passwordsAreStrong = resourceRule({
  name: "passwords-are-strong",
  description: "Checks that the password policy asks for enough and refuses leaked passwords.",
  level: "mandatory",
  types: [logto.signInExperience],
  options: {
    leastLength: {
      type: "integer",
      default: 8,
      description: "Characters of a password, at least; 8 are Logto's own.",
    },
    leastCharacterTypes: {
      type: "integer",
      default: 1,
      description: "How many of lower case, upper case, digits and symbols, at least.",
    },
  },
  *demands({ at }, { leastLength, leastCharacterTypes }) {
    for (const length of at("passwordPolicy.length.min")) {
      yield {
        property: length.path,
        exception: { leastLength: "NUMBER" },
        must: `be at least ${leastLength}`,
        isMet: () => (length.value as number) >= leastLength,
      };
    }
    for (const length of at("passwordPolicy.length.max")) {
      yield {
        property: length.path,
        must: "be at least 64, so that users can have passphrases",
        isMet: () => (length.value as number) >= 64,
      };
    }
    for (const types of at("passwordPolicy.characterTypes.min")) {
      yield {
        property: types.path,
        exception: { leastCharacterTypes: "NUMBER" },
        must: `be at least ${leastCharacterTypes}`,
        isMet: () => (types.value as number) >= leastCharacterTypes,
      };
    }
    for (const rejection of at(
      "passwordPolicy.rejects.pwned",
      "passwordPolicy.rejects.repetitionAndSequence",
      "passwordPolicy.rejects.userInfo",
    )) {
      yield {
        property: rejection.path,
        must: "be true, or users may choose passwords that are guessed first",
        isMet: () => rejection.value === true,
      };
    }
  },
});

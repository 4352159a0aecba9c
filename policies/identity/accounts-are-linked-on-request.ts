import { resourceRule } from "../rule";
import { connectors, logto } from "../types";

/** Checks that a social provider's word on an address gives no access to another user's account. */
export const accountsAreLinkedOnRequest = resourceRule({
  name: "accounts-are-linked-on-request",
  description:
    "Checks that social and enterprise identities are linked to accounts only when users ask for it.",
  level: "mandatory",
  types: [logto.signInExperience, ...connectors],
  options: {
    allowAutomatic: {
      type: "boolean",
      default: false,
      description: "Whether every provider is trusted to have proven its users' addresses.",
    },
  },
  *demands({ at }, { allowAutomatic }) {
    for (const linking of at(
      "socialSignIn.automaticAccountLinking",
      "config.automaticAccountLinking",
      "config.trustUnverifiedEmail",
    )) {
      yield {
        property: linking.path,
        exception: { allowAutomatic: true },
        must: "be false: a provider that does not prove addresses would give one user's account to another",
        isMet: () => allowAutomatic || linking.value !== true,
      };
    }
  },
});

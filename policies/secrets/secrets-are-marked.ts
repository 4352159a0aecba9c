import { resourceRule } from "../rule";
import { credentialPlaces } from "./credentials";

/** Checks that what is a credential by its place is encrypted in the state and hidden in every diff. */
export const secretsAreMarked = resourceRule({
  name: "secrets-are-marked",
  description:
    "Checks that connector keys, database addresses, passwords, and a container's credentials are secret.",
  level: "mandatory",
  options: {
    exceptions: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Paths of properties that are named like a credential and are none.",
    },
  },
  *demands(subject, { exceptions }) {
    for (const { property, isCredential, credential } of credentialPlaces(subject)) {
      if (exceptions.includes(property.path)) continue;
      yield {
        property: property.path,
        must: "be a secret: pass it as config.requireSecret or pulumi.secret gives it",
        isMet: () => !isCredential() || credential() === "" || property.isSecret,
      };
    }
  },
});

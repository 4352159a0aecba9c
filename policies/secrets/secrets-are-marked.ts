import { resourceRule, type Subject } from "../rule";
import { docker } from "../types";
import { credentialPlaces } from "./credentials";

/** Checks that credentials, told by their place, are encrypted in the state and hidden in every diff. */
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
    for (const { property, credentials } of credentialPlaces(subject)) {
      if (exceptions.includes(property.path)) continue;
      yield {
        property: property.path,
        must: mustOf(subject, property.path),
        exception: { exceptions: property.path },
        isMet: () => credentials().every((credential) => credential === "") || property.isSecret,
      };
    }
  },
});

/** `docker inspect` shows a container's environment and command even if they are secret. */
function mustOf({ type }: Subject, path: string): string {
  return type === docker.container && !path.startsWith("uploads[")
    ? "be a secret, and not be there in clear: write it to a file with uploads, permissions 0400, and let the program read that"
    : "be a secret: pass it as config.requireSecret or pulumi.secret gives it";
}

import { resourceRule, type Subject } from "../rule";
import { isPublicName } from "./credential-names";
import { isPublicKey } from "./credential-values";
import { credentialShapes, randomText } from "./credential-shapes";
import { entryOf } from "./credentials-in-text";
import { isPlaceOfIds, isPublicId } from "./public-ids";

/**
 * Checks that no input of a resource holds in plaintext what is shaped like a credential, wherever it was put.
 *
 * The stack's outputs are not judged: the engine does not show a policy whether an output is marked secret.
 */
export const credentialsAreNotPlaintext = resourceRule({
  name: "credentials-are-not-plaintext",
  description: "Checks that no input of any resource holds the shape of a credential in clear.",
  level: "mandatory",
  options: {
    exceptions: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Paths of properties whose value only looks like a credential.",
    },
  },
  *demands({ type, leaves, at }, { exceptions }) {
    for (const leaf of leaves()) {
      if (exceptions.includes(leaf.path)) continue;
      let shapes: string[] = [];
      yield {
        property: leaf.path,
        exception: { exceptions: leaf.path },
        must: () =>
          `be a secret, as it holds ${shapes.join(", ")}: pass it as pulumi.secret gives it, and rotate the credential, as it counts as leaked`,
        isMet: async () => {
          if (typeof leaf.value !== "string" || leaf.isSecret) return true;
          if (isPublicId(leaf.path, leaf.value, type)) return true;
          shapes = await credentialShapes(leaf.value);
          const isPublic =
            shapes.includes(randomText) &&
            (isPublicName(nameOf(leaf.path, at)) || isPublicKey(leaf.path, leaf.value)) &&
            !isPlaceOfIds(leaf.path, type);
          return shapes.length === 0 || isPublic;
        },
      };
    }
  },
});

/** The name of a value: its path, or for an entry of a map its label. */
function nameOf(path: string, at: Subject["at"]): string {
  const holder = /^(.*)\.value$/.exec(path)?.[1]?.replace(/\[(\d+)\]/g, ".$1");
  const [entry] =
    holder === undefined ? [] : at(holder).flatMap(({ value }) => entryOf(value as never) ?? []);
  return entry?.name ?? path;
}

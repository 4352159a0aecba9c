import { resourceRule } from "../rule";
import { stack } from "../types";
import { credentialShapes } from "./credential-shapes";
import { isCredentialName } from "./credentials";
import { isPublicId } from "./public-ids";
import { plaintextSettings } from "./stack-file";

/** Checks the files that everybody with the repository can read, `Pulumi.<stack>.yaml` and `Pulumi.yaml`. */
export const stackFileHoldsNoCredential = resourceRule({
  name: "stack-file-holds-no-credential",
  description: "Checks that Pulumi.<stack>.yaml and Pulumi.yaml hold credentials encrypted only.",
  level: "mandatory",
  types: [stack],
  options: {
    exceptions: {
      type: "array",
      items: { type: "string" },
      default: [],
      description:
        "Keys, such as logto-stack:application.name, whose value only looks like a credential.",
    },
  },
  *demands({ urn }, { exceptions }) {
    for (const { file, path, text } of plaintextSettings(stackOf(urn))) {
      if (exceptions.includes(path)) continue;
      yield {
        property: `${path} of ${file}`,
        must: "be encrypted: replace it where it is valid, and set the new one with npm run pulumi -- config set --secret",
        isMet: async () =>
          text === "" ||
          isPublicId(path, text) ||
          (!isCredentialName(path) && (await credentialShapes(text)).length === 0),
      };
    }
  },
});

function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}

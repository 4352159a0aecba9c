import { resourceRule } from "../rule";
import { stack } from "../types";
import { isCredentialName, isPublicName } from "./credential-names";
import { credentialShapes, randomText } from "./credential-shapes";
import { saysNoCredential } from "./credential-values";
import { credentialsInText } from "./credentials-in-text";
import { isPlaceOfIds, isPublicId } from "./public-ids";
import { type PlaintextSetting, plaintextSettings } from "./stack-file";

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
    for (const setting of plaintextSettings(stackOf(urn))) {
      const { file, path, isComment } = setting;
      if (exceptions.includes(path)) continue;
      yield {
        property: `${path} of ${file}`,
        exception: { exceptions: path },
        must: isComment
          ? "hold no credential: remove it, and rotate the credential, as it counts as leaked"
          : "be encrypted: rotate it, as it counts as leaked, and set the new one with npm run pulumi -- config set --secret",
        isMet: async () =>
          setting.isSealed ? isSealed(setting.text) : !(await holdsCredential(setting)),
      };
    }
  },
});

async function holdsCredential({ path, text, isComment }: PlaintextSetting): Promise<boolean> {
  if (text === "" || engineOwn.has(path) || (!isComment && isPublicId(path, text))) return false;
  if (isComment) {
    return tellsCredential(text) || (await credentialShapes(text)).length > 0;
  }
  if (isCredentialName(path) && !saysNoCredential(path, text)) return true;
  const shapes = await credentialShapes(text);
  const isPublic = shapes.includes(randomText) && isPublicName(path) && !isPlaceOfIds(path);
  return (shapes.length > 0 && !isPublic) || credentialsInText(text).length > 0;
}

/** Keys whose value the engine encrypted, or that name the encryption key. */
const engineOwn = new Set(["encryptionsalt", "encryptedkey"]);

/**
 * Whether a comment holds a named credential, as a commented-out setting does. A sentence about a credential does
 * not count: words follow the name there.
 */
function tellsCredential(comment: string): boolean {
  return (
    credentialsInText(comment, true).length > 0 ||
    [
      ...comment.matchAll(/(?<![\w:.-])([\w:.-]{1,100}?)["']?(?::\s|\s?=\s?)(?=(\S.{0,300}))/g),
    ].some(
      ([, name = "", value = ""]) =>
        isCredentialName(name) &&
        !/^[{[|>&*]|^secure\b/.test(value) &&
        (/^(?:"[^"]*"|'[^']*'|\S+)$/.test(value) || /^\S*\d/.test(value)),
    )
  );
}

/** Whether it is ciphertext of the engine: with version and nonce for a passphrase, base 64 for a key service. */
function isSealed(text: string): boolean {
  return /^v\d+:[\w+/=-]+:[\w+/=-]+$/.test(text) || /^[\w+/=-]{40,}$/.test(text);
}

function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}

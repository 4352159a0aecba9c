import { createHmac } from "node:crypto";
import { unknownValue } from "./checks";
import { isObject } from "./properties";

/**
 * A keyed hash that is stored next to a secret in a resource's inputs. A diff then shows that the secret changed,
 * which the engine alone does not show, and not what it is.
 *
 * It is keyed, because a plain hash of a short secret could be guessed from the state. The fingerprint of
 * a value that is known only after the apply is not known either.
 *
 * @param key `logto:fingerprintKey`: changing it changes every fingerprint and no secret
 */
export function fingerprint(key: string, secret: string): string {
  return secret === unknownValue
    ? unknownValue
    : createHmac("sha256", key).update(secret).digest("hex").slice(0, 16);
}

/**
 * The property `<name>Fingerprint` for the secret input `name`; a review knows it by that name. No property if
 * there is no secret, or no key, as for a resource that is used without this project's stacks.
 */
export function fingerprintBeside(
  name: string,
  key: string | undefined,
  inputs: unknown,
): Record<string, string> {
  const secret = isObject(inputs) ? inputs[name] : undefined;
  return key !== undefined && key !== "" && typeof secret === "string"
    ? { [`${name}Fingerprint`]: fingerprint(key, secret) }
    : {};
}

/** The error for a declared secret whose fingerprint has no key. */
export const fingerprintKeyMissing =
  "logto:fingerprintKey is not set, without which a changed secret would not show: npm run up sets it, or npm run pulumi -- config set --secret logto:fingerprintKey";

import { createHmac } from "node:crypto";
import { unknownValue } from "./checks";
import { isObject } from "./properties";

/**
 * Stands beside a secret in a resource's inputs, so that a diff shows that the secret changed, which the
 * engine by itself does not, and not what it is.
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
 * The property `<name>Fingerprint` beside the secret input `name`: a review knows it by its name. None where
 * there is no key, as for a resource that is used without this project's stacks, or no secret.
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

/** What is wrong where a secret is declared and there is no key for its fingerprint. */
export const fingerprintKeyMissing =
  "logto:fingerprintKey is not set, without which a changed secret would not show: npm run up sets it, or npm run pulumi -- config set --secret logto:fingerprintKey";

import { isPlaceholder } from "../placeholder";

/** Logto's database holds at most 64 characters, and its Basic credentials are split at a colon. */
export const clientSecretExpectation =
  "expected 16 to 64 letters and digits, and no placeholder: npm run up generates one where it is not set";

export function isClientSecret(value: string): boolean {
  return /^[A-Za-z0-9]{16,64}$/.test(value) && !isPlaceholder(value);
}

export const fingerprintKeyExpectation =
  "expected 16 to 128 letters and digits, and no placeholder: npm run up generates one where it is not set";

export function isFingerprintKey(value: string): boolean {
  return /^[A-Za-z0-9]{16,128}$/.test(value) && !isPlaceholder(value);
}

export const clientIdExpectation = "expected 1 to 21 lower-case letters, digits and hyphens";

export function isClientId(value: string): boolean {
  return /^[a-z0-9-]{1,21}$/.test(value);
}

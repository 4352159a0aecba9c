import { text } from "../../fields";
import { isPlaceholder } from "../../placeholder";
import { userError } from "../../user-error";

/**
 * What a client secret must be: Logto's database holds at most 64 characters, and its Basic credentials are split
 * at a colon.
 */
export const clientSecretExpectation =
  "expected 16 to 64 letters and digits, and no placeholder: npm run up generates one if it is not set";

export function isClientSecret(value: string): boolean {
  return /^[A-Za-z0-9]{16,64}$/.test(value) && !isPlaceholder(value);
}

export const fingerprintKeyExpectation =
  "expected 16 to 128 letters and digits, and no placeholder: npm run up generates one if it is not set";

export function isFingerprintKey(value: string): boolean {
  return /^[A-Za-z0-9]{16,128}$/.test(value) && !isPlaceholder(value);
}

/** The id of the application that this project makes for itself. */
export const clientId = text("1 to 21 lower-case letters, digits and hyphens", (value) =>
  /^[a-z0-9-]{1,21}$/.test(value),
);

/** A user name of Logto's. */
export const administratorName = text(
  "a name of 1 to 128 letters, digits and _, with no digit at the beginning, such as admin",
  (value) => /^[A-Za-z_]\w{0,127}$/.test(value),
);

/** What the password must be: Logto's console accepts no fewer than 8 characters, and its pages no more than 256. */
export const administratorPasswordExpectation =
  "expected 8 to 256 characters on one line, without <, >, { and }, and no placeholder: npm run up generates one if it is not set";

export function isAdministratorPassword(value: string): boolean {
  return /^[^\p{Cc}]{8,256}$/u.test(value) && !isPlaceholder(value);
}

/** A value of the stack's configuration, which is never shown, and what is expected of it. */
interface Expected {
  key: string;
  isRight: boolean;
  expectation: string;
}

/**
 * What is wrong with the values, as failures of a check. The key is in the reason and not in `property`, because
 * the engine prints the value of a failure's property.
 */
export function configurationFaults(expected: readonly Expected[]) {
  return expected
    .filter(({ isRight }) => !isRight)
    .map(({ key, expectation }) => ({ property: "", reason: `${key}: ${expectation}` }));
}

/** @throws a user error with all of the faults, if there are some */
export function requireNoFaults(faults: ReturnType<typeof configurationFaults>): void {
  if (faults.length > 0) throw userError(faults.map(({ reason }) => reason).join("\n"));
}

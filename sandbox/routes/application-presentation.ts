import { type Application, internalPrefix } from "@logto/schemas";
import { newSecret } from "../identifiers";

/**
 * The application as the API shows it. Its own secret is for Logto's use alone since secrets have rows of
 * their own; one of before that time is shown until it is deleted.
 */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- it is shown as long as an application has it
export function present({ secret, ...application }: Application): Record<string, unknown> {
  return secret.startsWith(internalPrefix) ? application : { ...application, secret };
}

/** A secret that is never shown. */
export function internalSecret(): string {
  return internalPrefix + newSecret();
}

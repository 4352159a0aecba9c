import type { Address, Identifier } from "../page-data";

/** An identifier as the API takes it. */
export interface KnownAs {
  type: Identifier;
  value: string;
}

/**
 * What the pages of a sign-in tell each other, for as long as the tab is open: a reload or a step back finds
 * it again. Passwords and codes are not among it.
 */
interface Memory {
  identifier?: KnownAs;
  forgottenIdentifier?: KnownAs;
  /** By the kind of address that a code was sent to. */
  verificationIds?: Partial<Record<Address, string>>;
  /** When the last code was sent, in milliseconds since 1970. */
  sentAt?: number;
  /** What is under way while an account is being completed. */
  event?: "SignIn" | "Register";
  /** Is shown by the next page. */
  toast?: string;
}

const key = "sign-in";

export function recall(): Memory {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "{}") as Memory;
  } catch {
    return {};
  }
}

export function remember(news: { [Key in keyof Memory]: Memory[Key] | undefined }): void {
  sessionStorage.setItem(key, JSON.stringify({ ...recall(), ...news }));
}

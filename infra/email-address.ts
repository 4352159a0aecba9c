import { emailRegEx } from "@logto/core-kit";

/** Whether Logto takes it as an e-mail address. */
export function isEmailAddress(text: string): boolean {
  return emailRegEx.test(text);
}

import { emailRegEx } from "@logto/core-kit";
import { text } from "./fields";

/** An e-mail address as Logto takes it. */
export function emailAddress(example: string) {
  return text(`an e-mail address, such as ${example}`, (value) => emailRegEx.test(value));
}

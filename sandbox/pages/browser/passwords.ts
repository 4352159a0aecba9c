import { begin, identify, submit, verifyPassword } from "./api.js";
import { field, type Handlers, refuse, showError } from "./forms.js";
import type { KnownAs } from "./memory.js";
import { follow, text } from "./page.js";
import { onCompletion } from "./refusals.js";

export function readPassword(name: "password" | "newPassword"): string {
  const { value } = field(name);
  return value === "" ? refuse(name, text("error.password_required")) : value;
}

export async function signInByPassword(identifier: KnownAs, typed: string): Promise<void> {
  await begin("SignIn");
  await identify(await verifyPassword({ identifier, password: typed }));
  await follow(await submit());
}

export const onWrongPassword: Handlers = {
  "session.invalid_credentials": ({ message }) => showError(message),
  // The way on is beneath the field: to set a new one as if it were forgotten.
  "password.expired": ({ message }) => showError(message),
  "user.suspended": ({ message }) => showError(message),
  ...onCompletion(() => "SignIn"),
};

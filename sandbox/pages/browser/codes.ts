import type { Flow } from "../page-data";
import { type AddressKnownAs, begin, type InteractionEvent, sendCode } from "./api.js";
import { recall, remember } from "./memory.js";
import { go } from "./page.js";

/** What the interaction is about, in the words of the API. */
export function eventOf(flow: Flow): InteractionEvent {
  switch (flow) {
    case "sign-in":
      return "SignIn";
    case "register":
      return "Register";
    case "forgot-password":
      return "ForgotPassword";
    case "continue":
      return recall().event ?? "SignIn";
  }
}

/** Sends a code and asks for it. Any flow but the completion of an account starts over with it. */
export async function askForCode(
  flow: Flow,
  identifier: AddressKnownAs,
  options?: { replace: boolean },
): Promise<never> {
  if (flow !== "continue") {
    await begin(eventOf(flow));
  }
  await send(flow, identifier);
  return go(`/${flow}/verification-code`, options);
}

/** Sends a code and remembers what it can be verified with. */
export async function send(flow: Flow, identifier: AddressKnownAs): Promise<void> {
  const { verificationId } = await sendCode(eventOf(flow), identifier);
  remember({
    verificationIds: { ...recall().verificationIds, [identifier.type]: verificationId },
    sentAt: Date.now(),
  });
}

/** What the last code for the address is verified with; nothing where none was sent. */
export function verificationIdOf({ type }: AddressKnownAs): string | undefined {
  return recall().verificationIds?.[type];
}

import type { Address } from "../page-data";
import type { KnownAs } from "./memory";

export type InteractionEvent = "SignIn" | "Register" | "ForgotPassword";

/** How the API says no: a code of Logto's, and its text in the language of the page. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly data: unknown,
  ) {
    super(message);
  }
}

/** Longest wait for an answer, in milliseconds: sending a mail takes a while. */
const patience = 30_000;

async function call(method: "PUT" | "POST", path: string, body: object = {}): Promise<unknown> {
  const response = await fetch(`/api/experience${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      "accept-language": document.documentElement.lang,
    },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(patience),
  });
  const answer = (response.headers.get("content-type") ?? "").includes("json")
    ? ((await response.json()) as unknown)
    : undefined;
  if (!response.ok) {
    const { code, message, data } = answer as { code: string; message: string; data?: unknown };
    throw new Refusal(code, message, data);
  }
  return answer;
}

export const begin = (interactionEvent: InteractionEvent) => call("PUT", "", { interactionEvent });

export const change = (interactionEvent: InteractionEvent) =>
  call("PUT", "/interaction-event", { interactionEvent });

interface Verification {
  verificationId: string;
}

/** An identifier that a code can be sent to. */
export interface AddressKnownAs extends KnownAs {
  type: Address;
}

export const sendCode = (interactionEvent: InteractionEvent, identifier: AddressKnownAs) =>
  call("POST", "/verification/verification-code", {
    interactionEvent,
    identifier,
  }) as Promise<Verification>;

export const verifyCode = (attempt: Verification & { identifier: KnownAs; code: string }) =>
  call("POST", "/verification/verification-code/verify", attempt) as Promise<Verification>;

export const verifyPassword = (attempt: { identifier: KnownAs; password: string }) =>
  call("POST", "/verification/password", attempt) as Promise<Verification>;

export const addToProfile = (
  part:
    { type: "username" | "password"; value: string } | { type: Address; verificationId: string },
) => call("POST", "/profile", part);

export const resetPassword = (password: string) => call("PUT", "/profile/password", { password });

/** What a person may do without. */
export type Offer = "mfa" | "mfa-suggestion" | "passkey";

/** Signs in without it from now on. */
export const skip = (offer: Offer) => call("POST", `/profile/mfa/${offer}-skipped`);

/** By what was verified, or by what the profile holds. */
export const identify = (by: Partial<Verification> = {}) => call("POST", "/identification", by);

/** Address to go on at; none after a forgotten password was reset. */
export const submit = () => call("POST", "/submit") as Promise<{ redirectTo: string }>;
